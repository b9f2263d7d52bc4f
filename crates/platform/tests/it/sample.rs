//! A context of two tables: counters that announce each step, and a tally kept by a reaction.

use kernel::{Entity, Event, Id};
use platform::db::{Migration, Migrations};
use platform::{DbError, Delivered, Host, Module, Reaction, Subscriptions, Turn, Tx};
use serde::{Deserialize, Serialize};
use testkit::TestApp;
use uuid::Uuid;

pub struct Counter;
impl Entity for Counter {
    const PREFIX: &'static str = "cnt";
}

/// A counter reached `value`, which is also its version. Negative steps are poison.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Counted {
    pub counter: Id<Counter>,
    pub value: i64,
    pub poison: bool,
}

impl Event for Counted {
    const TYPE: &'static str = "comptoir.sample.counted.v1";
    const AGGREGATE: &'static str = "counter";
    fn aggregate_id(&self) -> Uuid {
        self.counter.uuid()
    }
}

pub const MIGRATIONS: Migrations = &[Migration {
    name: "0001_sample",
    both: "create table sample_counter (id uuid primary key, value bigint not null);
           create table sample_tally (
               id uuid primary key, times bigint not null, last bigint not null,
               inversions bigint not null);
           create table sample_cure (id uuid primary key);
           create table sample_batch (size bigint not null);",
    sqlite: "",
    postgres: "",
}];

/// Counts deliveries per counter, and how often one came out of order. Poison fails until a cure
/// is there.
pub struct Tally;

impl Reaction for Tally {
    type Event = Counted;
    const NAME: &'static str = "sample.tally";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        for one in batch {
            if one.event.poison && !is_cured(tx, one.event.counter).await? {
                return Err(DbError::Bug("poison".to_owned()));
            }
            tx.query(
                "insert into sample_tally (id, times, last, inversions) values ($1, 1, $2, 0)
                 on conflict (id) do update set times = sample_tally.times + 1,
                     last = excluded.last, inversions = sample_tally.inversions
                         + case when excluded.last > sample_tally.last then 0 else 1 end",
            )
            .bind(one.event.counter)
            .bind(one.event.value)
            .execute()
            .await?;
        }
        Ok(())
    }
}

/// The same under another name, for a database far away: what was handled at home under the first
/// name is not handled again under it.
pub struct FarTally;

impl Reaction for FarTally {
    type Event = Counted;
    const NAME: &'static str = "sample.far-tally";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        Tally.handle(tx, batch).await
    }
}

/// The same, a moment later.
pub struct LaterTally;

impl Reaction for LaterTally {
    type Event = Counted;
    const NAME: &'static str = "sample.later-tally";
    const TURN: Turn = Turn::Later;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        Tally.handle(tx, batch).await
    }
}

/// Keeps the sizes of the batches it is given, in a turn of its own.
pub struct Batches;

impl Reaction for Batches {
    type Event = Counted;
    const NAME: &'static str = "sample.batches";
    const TURN: Turn = Turn::Last;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        tx.query("insert into sample_batch (size) values ($1)")
            .bind(batch.len() as i64)
            .execute()
            .await
            .map(drop)
    }
}

async fn is_cured(tx: &mut Tx, counter: Id<Counter>) -> Result<bool, DbError> {
    let row = tx
        .query("select 1 as one from sample_cure where id = $1")
        .bind(counter)
        .fetch_optional();
    Ok(row.await?.is_some())
}

pub fn app(_: &Host) -> Vec<Module> {
    vec![
        Module::new("sample")
            .migrations(MIGRATIONS)
            .subscriptions(Subscriptions::new().on(Tally).on(Batches)),
    ]
}

pub fn counter(nth: u128) -> Id<Counter> {
    Id::from_uuid(Uuid::from_u128(nth))
}

/// Takes the next step of a counter and announces it.
pub async fn step(tx: &mut Tx, counter: Id<Counter>, poison: bool) -> Result<(), DbError> {
    let row = tx
        .query(
            "insert into sample_counter (id, value) values ($1, 1)
             on conflict (id) do update set value = sample_counter.value + 1 returning value",
        )
        .bind(counter)
        .fetch_one()
        .await?;
    let value = row.get("value")?;
    tx.publish(
        &Counted {
            counter,
            value,
            poison,
        },
        value,
    )
}

pub async fn step_once(app: &TestApp, counter: Id<Counter>, poison: bool) {
    let mut tx = app.host().db.begin().await.unwrap();
    step(&mut tx, counter, poison).await.unwrap();
    tx.commit().await.unwrap();
}

/// How often the reaction saw the counter, the last value, and how often order was broken.
pub async fn tally(db: &platform::Db, counter: Id<Counter>) -> Option<(i64, i64, i64)> {
    let mut tx = db.read().await.unwrap();
    let row = tx
        .query("select times, last, inversions from sample_tally where id = $1")
        .bind(counter)
        .fetch_optional()
        .await
        .unwrap()?;
    let get = |name| row.get(name).unwrap();
    Some((get("times"), get("last"), get("inversions")))
}
