//! Holding things before their rows are locked: who holds them, who waits, and what undoes it.
//! On SQLite a transaction that writes holds everything, so nobody else is there to ask.

use crate::events::until_parked;
use crate::sample::{Counted, MIGRATIONS, app, counter, step_once};
use kernel::OrderId;
use platform::Subscriptions;
use platform::events::replay_parked;
use platform::{Db, DbError, Delivered, Engine, Holds, Host, Module, Reaction, Turn, Tx};
use std::time::Duration;
use testkit::{Setup, TestApp, on_both};
use uuid::Uuid;

fn order(nth: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(nth))
}

async fn begin(db: &Db) -> Tx {
    db.begin().await.unwrap()
}

on_both! {
    async fn what_is_free_is_held_and_what_is_not_is_left_out(app: TestApp) {
        let db = &app.host().db;
        let mut first = begin(db).await;
        first.hold([order(1)]).await.unwrap();
        if db.engine() == Engine::Postgres {
            let mut second = begin(db).await;
            let free = second.hold_free(vec![order(1), order(2)]).await.unwrap();
            assert_eq!(Vec::from_iter(free), [order(2)]);
            second.rollback().await.unwrap();
        }
        let mine = first.hold_free(vec![order(1), order(2)]).await.unwrap();
        assert_eq!(mine.len(), 2, "{mine:?}");
        first.commit().await.unwrap();
        let free = begin(db).await.hold_free(vec![order(1)]).await.unwrap();
        assert_eq!(free.len(), 1);
    }

    async fn what_is_held_already_costs_no_statement(app: TestApp) {
        let db = &app.host().db;
        let mut tx = begin(db).await;
        tx.hold([order(1), order(2)]).await.unwrap();
        let before = db.statements();
        tx.hold([order(2), order(1)]).await.unwrap();
        assert_eq!(db.statements(), before);
    }

    async fn whoever_wants_what_is_held_waits(app: TestApp) {
        let db = app.host().db.clone();
        let mut first = begin(&db).await;
        first.hold([order(1)]).await.unwrap();
        let mut waits = tokio::spawn(async move {
            let mut second = begin(&db).await;
            second.hold([order(1)]).await.unwrap();
        });
        let patience = Duration::from_millis(200);
        assert!(tokio::time::timeout(patience, &mut waits).await.is_err());
        first.rollback().await.unwrap();
        waits.await.unwrap();
    }
}

/// Holds every second counter.
struct Every<const SECOND: u128>;

impl<const SECOND: u128> Reaction for Every<SECOND> {
    type Event = Counted;
    const NAME: &'static str = match SECOND {
        0 => "sample.even",
        _ => "sample.odd",
    };
    const TURN: Turn = Turn::Later;
    const HOLDS: Holds<Counted> = Some(|one| one.counter.uuid());

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        let counters = batch.iter().map(|one| one.event.counter);
        tx.hold(counters.filter(|one| one.uuid().as_u128() % 2 == SECOND))
            .await
    }
}

fn even_then_odd(_: &Host) -> Vec<Module> {
    let both = Subscriptions::new().on(Every::<0>).on(Every::<1>);
    vec![
        Module::new("sample")
            .migrations(MIGRATIONS)
            .subscriptions(both),
    ]
}

/// Until a transaction of this database waits for a lock.
async fn somebody_waits(tx: &mut Tx) {
    let sql = "select count(*) as waiting from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and d.datname = current_database()";
    loop {
        let row = tx.query(sql).fetch_one().await.unwrap();
        if row.get::<i64>("waiting").unwrap() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn body(app: TestApp) {
    for nth in [2, 1] {
        step_once(&app, counter(nth), false).await;
    }
    let mut other = begin(&app.host().db).await;
    other.hold([counter(1)]).await.unwrap();
    let settling = app.clone();
    let settling = tokio::spawn(async move { settling.settle().await });
    somebody_waits(&mut other).await;
    let free = other.hold_free(vec![counter(2)]).await.unwrap();
    assert_eq!(free.len(), 1, "the runner has one and waits for the other");
    other.commit().await.unwrap();
    settling.await.unwrap();
}

#[test]
fn a_runner_with_several_reactions_waits_in_no_circle_with_who_holds_several_things() {
    testkit::run(Setup::new(Engine::Postgres, even_then_odd), body);
}

/// Holds a counter and does not say so beforehand.
struct Silent;

impl Reaction for Silent {
    type Event = Counted;
    const NAME: &'static str = "sample.silent";
    const TURN: Turn = Turn::Later;

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<Counted>]) -> Result<(), DbError> {
        tx.hold(batch.iter().map(|one| one.event.counter)).await
    }
}

fn silent(_: &Host) -> Vec<Module> {
    let one = Subscriptions::new().on(Silent);
    vec![
        Module::new("sample")
            .migrations(MIGRATIONS)
            .subscriptions(one),
    ]
}

async fn what_is_not_declared_is_parked(app: TestApp) {
    step_once(&app, counter(1), false).await;
    let parked = until_parked(&app, 1).await;
    assert!(parked[0].error.contains("HOLDS"), "{parked:?}");
    replay_parked(&app.host().db).await.unwrap(); // alone it may hold what it likes
}

#[test]
fn a_reaction_that_holds_what_it_does_not_declare_is_parked() {
    let setup = Setup::new(Engine::Postgres, silent);
    testkit::run(setup, what_is_not_declared_is_parked);
}
