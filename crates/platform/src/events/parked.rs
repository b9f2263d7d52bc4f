//! Deliveries that failed. A poison event parks only its own aggregate: later events of that
//! aggregate wait behind it, everything else goes on. Parked deliveries are retried with growing
//! pauses, then declared dead; they are listed and replayed by people.

use super::deliver::{self, Key, key};
use super::subscriptions::{Failure, Subscription, Subscriptions};
use super::{Envelope, inline};
use crate::db::{Db, DbError, Row, Rows, Tx};
use kernel::Timestamp;
use std::collections::HashMap;
use std::time::Duration;
use uuid::Uuid;

/// Attempts before a delivery is dead: with doubling pauses about an hour.
const MAX_ATTEMPTS: i64 = 12;
/// The longest pause between two attempts.
const MAX_PAUSE: Duration = Duration::from_secs(900);

/// A parked delivery, for listings.
#[derive(Clone, Debug, serde::Serialize)]
pub struct ParkedDelivery {
    pub subscription: String,
    pub aggregate: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    /// `retrying`, `behind` (waits for an older one) or `dead`.
    pub state: String,
    pub kind: String,
    pub error: String,
    pub attempts: i64,
    pub next_at: Timestamp,
    pub first_failed_at: Timestamp,
}

/// The oldest parked version per aggregate, and what of the current batch waits behind it.
pub(crate) struct Blocked<'a> {
    parked: HashMap<Key, i64>,
    behind: Vec<&'a Envelope>,
}

impl<'a> Blocked<'a> {
    /// True when the aggregate has a parked delivery; remembers what must wait.
    pub fn holds(&mut self, key: &Key, envelope: &'a Envelope) -> bool {
        let Some(&oldest) = self.parked.get(key) else {
            return false;
        };
        if envelope.version > oldest {
            self.behind.push(envelope);
        }
        true
    }

    pub fn behind(&self) -> &[&'a Envelope] {
        &self.behind
    }
}

pub(crate) async fn blocked<'a>(
    tx: &mut Tx,
    subscription: &str,
    batch: &[&Envelope],
) -> Result<Blocked<'a>, DbError> {
    let ids = batch.iter().map(|one| one.aggregate_id).collect();
    let rows = tx
        .bulk(
            "select p.aggregate, p.aggregate_id, min(p.version) as version from {rows}
             join event_parked p on p.subscription = {1} and p.aggregate_id = r.aggregate_id
             group by p.aggregate, p.aggregate_id",
            Rows::new().uuid("aggregate_id", ids),
        )
        .bind(subscription)
        .fetch_all()
        .await?;
    let parked = rows
        .iter()
        .map(|row| {
            Ok((
                (row.get("aggregate")?, row.get("aggregate_id")?),
                row.get("version")?,
            ))
        })
        .collect::<Result<_, DbError>>()?;
    Ok(Blocked {
        parked,
        behind: Vec::new(),
    })
}

/// Parks a delivery that failed just now.
pub(crate) async fn park(
    tx: &mut Tx,
    subscription: &Subscription,
    envelope: &Envelope,
    failure: &Failure,
) -> Result<(), DbError> {
    let state = match failure {
        Failure::Undecodable(_) => "dead",
        Failure::Db(_) => "retrying",
    };
    tracing::error!(
        subscription = subscription.name, kind = envelope.kind, version = envelope.version,
        aggregate_id = %envelope.aggregate_id, %failure, "parked"
    );
    insert(tx, subscription, envelope, (state, &failure.to_string(), 1)).await
}

/// Parks a delivery that must wait for an older one of its aggregate.
pub(crate) async fn park_behind(
    tx: &mut Tx,
    subscription: &Subscription,
    envelope: &Envelope,
) -> Result<(), DbError> {
    insert(
        tx,
        subscription,
        envelope,
        ("behind", "waits for an older event", 0),
    )
    .await
}

async fn insert(
    tx: &mut Tx,
    subscription: &Subscription,
    envelope: &Envelope,
    (state, error, attempts): (&str, &str, i64),
) -> Result<(), DbError> {
    let now = tx.db().source().now();
    let json = serde_json::to_string(envelope).map_err(|error| DbError::Bug(error.to_string()))?;
    tx.query(
        "insert into event_parked (subscription, aggregate, aggregate_id, version, context, state,
             envelope, error, attempts, next_at, first_failed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         on conflict (subscription, aggregate, aggregate_id, version) do nothing",
    )
    .bind(subscription.name)
    .bind(envelope.aggregate.as_str())
    .bind(envelope.aggregate_id)
    .bind(envelope.version)
    .bind(subscription.context())
    .bind(state)
    .bind(json)
    .bind(error)
    .bind(attempts)
    .bind(now.plus(pause(attempts)))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Doubles from one second.
fn pause(attempts: i64) -> Duration {
    let doublings = u32::try_from(attempts.clamp(0, 10)).unwrap_or(10);
    Duration::from_secs(1 << doublings).min(MAX_PAUSE)
}

struct Due {
    subscription: String,
    envelope: Envelope,
    attempts: i64,
}

/// Retries what is due of one context; answers how many deliveries succeeded.
pub(crate) async fn retry_due(
    db: &Db,
    subscriptions: &Subscriptions,
    context: &str,
) -> Result<u64, DbError> {
    let mut healed = 0;
    for due in read_due(db, context).await? {
        let Some(subscription) = subscriptions.find(&due.subscription) else {
            continue;
        };
        count_attempt(db, &due).await?;
        healed += u64::from(retry(db, subscription, &due).await?);
    }
    Ok(healed)
}

async fn read_due(db: &Db, context: &str) -> Result<Vec<Due>, DbError> {
    let now = db.source().now();
    let mut tx = db.read().await?;
    let rows = tx
        .query(
            "select subscription, envelope, attempts from event_parked
             where context = $1 and next_at <= $2 and state = 'retrying' order by next_at limit 50",
        )
        .bind(context)
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter().map(due).collect()
}

fn due(row: &Row) -> Result<Due, DbError> {
    let envelope = serde_json::from_str(&row.get::<String>("envelope")?)
        .map_err(|error| DbError::Bug(error.to_string()))?;
    Ok(Due {
        subscription: row.get("subscription")?,
        envelope,
        attempts: row.get("attempts")?,
    })
}

/// Counted before the reaction runs, so that one which takes the process down is counted too.
async fn count_attempt(db: &Db, due: &Due) -> Result<(), DbError> {
    let attempts = due.attempts + 1;
    let state = if attempts >= MAX_ATTEMPTS {
        "dead"
    } else {
        "retrying"
    };
    let mut tx = db.begin().await?;
    let next_at = db.source().now().plus(pause(attempts));
    update(&mut tx, due, (state, None, attempts), next_at).await?;
    tx.commit_now().await
}

async fn retry(db: &Db, subscription: &Subscription, due: &Due) -> Result<bool, DbError> {
    let mut tx = db.begin().await?;
    match deliver::attempt(&mut tx, subscription, &[&due.envelope], true).await? {
        Ok(()) => {
            inline::dispatch(&mut tx).await?;
            remove(&mut tx, due).await?;
            wake_next(&mut tx, due).await?;
            tx.commit_now().await?;
            Ok(true)
        }
        Err(failure) => {
            let attempts = due.attempts + 1;
            let state = match failure {
                Failure::Undecodable(_) => "dead",
                Failure::Db(_) if attempts >= MAX_ATTEMPTS => "dead",
                Failure::Db(_) => "retrying",
            };
            let next_at = db.source().now().plus(pause(attempts));
            update(
                &mut tx,
                due,
                (state, Some(failure.to_string()), attempts),
                next_at,
            )
            .await?;
            tx.commit_now().await?;
            Ok(false)
        }
    }
}

async fn update(
    tx: &mut Tx,
    due: &Due,
    (state, error, attempts): (&str, Option<String>, i64),
    next_at: Timestamp,
) -> Result<(), DbError> {
    tx.query(
        "update event_parked set state = $5, error = coalesce($6, error), attempts = $7,
             next_at = $8
         where subscription = $1 and aggregate = $2 and aggregate_id = $3 and version = $4",
    )
    .bind(due.subscription.as_str())
    .bind(due.envelope.aggregate.as_str())
    .bind(due.envelope.aggregate_id)
    .bind(due.envelope.version)
    .bind(state)
    .bind(error)
    .bind(attempts)
    .bind(next_at)
    .execute()
    .await
    .map(drop)
}

async fn remove(tx: &mut Tx, due: &Due) -> Result<(), DbError> {
    tx.query(
        "delete from event_parked
         where subscription = $1 and aggregate = $2 and aggregate_id = $3 and version = $4",
    )
    .bind(due.subscription.as_str())
    .bind(due.envelope.aggregate.as_str())
    .bind(due.envelope.aggregate_id)
    .bind(due.envelope.version)
    .execute()
    .await
    .map(drop)
}

/// The next delivery of the aggregate need not wait any longer.
async fn wake_next(tx: &mut Tx, due: &Due) -> Result<(), DbError> {
    let (aggregate, id) = key(&due.envelope);
    tx.query(
        "update event_parked set state = 'retrying', next_at = $4
         where subscription = $1 and aggregate = $2 and aggregate_id = $3 and version = (
             select min(version) from event_parked
             where subscription = $1 and aggregate = $2 and aggregate_id = $3)",
    )
    .bind(due.subscription.as_str())
    .bind(aggregate)
    .bind(id)
    .bind(tx_now(&due.envelope))
    .execute()
    .await
    .map(drop)
}

/// Any instant in the past makes a delivery due.
fn tx_now(envelope: &Envelope) -> Timestamp {
    envelope.occurred_at
}

/// Parked deliveries, oldest failure first.
pub async fn list(db: &Db) -> Result<Vec<ParkedDelivery>, DbError> {
    let mut tx = db.read().await?;
    let rows = tx
        .query(
            "select subscription, aggregate, aggregate_id, version, state, envelope, error,
                 attempts, next_at, first_failed_at
             from event_parked order by first_failed_at, aggregate_id, version limit 1000",
        )
        .fetch_all()
        .await?;
    rows.iter().map(listed).collect()
}

fn listed(row: &Row) -> Result<ParkedDelivery, DbError> {
    let envelope: Envelope = serde_json::from_str(&row.get::<String>("envelope")?)
        .map_err(|error| DbError::Bug(error.to_string()))?;
    Ok(ParkedDelivery {
        subscription: row.get("subscription")?,
        aggregate: row.get("aggregate")?,
        aggregate_id: row.get("aggregate_id")?,
        version: row.get("version")?,
        state: row.get("state")?,
        kind: envelope.kind,
        error: row.get("error")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        first_failed_at: row.get("first_failed_at")?,
    })
}

/// Makes every parked or dead delivery due now (those behind another follow it); answers how many.
pub async fn replay(db: &Db) -> Result<u64, DbError> {
    let now = db.source().now();
    let mut tx = db.begin().await?;
    let replayed = tx
        .query(
            "update event_parked set state = 'retrying', attempts = 0, next_at = $1
             where state <> 'behind'",
        )
        .bind(now)
        .execute()
        .await?;
    tx.commit_now().await?;
    Ok(replayed)
}
