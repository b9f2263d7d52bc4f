//! What is due, and claiming it.

use kernel::{Timestamp, WebhookDeliveryId, WebhookId};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// Who takes how much, and until when.
pub struct Taking {
    pub endpoint: WebhookId,
    pub claim: Uuid,
    pub now: Timestamp,
    pub until: Timestamp,
    pub limit: u32,
}

/// A delivery that is somebody's to send.
#[derive(Clone, Debug)]
pub struct Claimed {
    pub id: WebhookDeliveryId,
    pub event_id: Uuid,
    pub aggregate: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    /// All attempts and those of this round, this one counted.
    pub attempts: i64,
    pub tries: i64,
    pub first_failed_at: Option<Timestamp>,
    pub body: String,
}

/// Endpoints to which something is due that nobody is sending.
pub async fn endpoints(tx: &mut Tx, now: Timestamp) -> Result<Vec<WebhookId>, DbError> {
    let rows = tx
        .query(
            "select e.id from notifications_webhook_endpoint e
             where e.paused_at is null and e.probe_at <= $1
                 and exists (select 1 from notifications_webhook_delivery d
                     where d.endpoint_id = e.id and d.state = 'pending' and d.next_at <= $1
                         and (d.claimed_until is null or d.claimed_until <= $1)
                         and d.version = (select b.version from notifications_webhook_delivery b
                             where b.endpoint_id = d.endpoint_id
                                 and b.aggregate_id = d.aggregate_id
                                 and b.aggregate = d.aggregate and b.state = 'pending'
                             order by b.version limit 1))
             order by e.id",
        )
        .bind(now)
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Claims what is due to an endpoint, the longest waiting first, of each aggregate the oldest
/// only. The attempt counts from here on, so that one which takes the process down is counted too.
///
/// PostgreSQL plans it once, when the table may still be empty and one index looks like another.
/// The order in which the oldest is looked for, and what is said of `state` first, leave it only
/// those that also serve when much is waiting.
pub async fn claim(tx: &mut Tx, taking: &Taking) -> Result<Vec<Claimed>, DbError> {
    let rows = tx
        .query(
            "update notifications_webhook_delivery
             set claim = $2, claimed_until = $4, attempts = attempts + 1, tries = tries + 1,
                 updated_at = $3
             where state <> 'delivered' and state <> 'dead'
                 and (claimed_until is null or claimed_until <= $3)
                 and id in (select d.id from notifications_webhook_delivery d
                     where d.endpoint_id = $1 and d.state = 'pending' and d.next_at <= $3
                         and (d.claimed_until is null or d.claimed_until <= $3)
                         and d.version = (select b.version from notifications_webhook_delivery b
                             where b.endpoint_id = d.endpoint_id
                                 and b.aggregate_id = d.aggregate_id
                                 and b.aggregate = d.aggregate and b.state = 'pending'
                             order by b.version limit 1)
                     order by d.next_at, d.id limit $5)
             returning id",
        )
        .bind(taking.endpoint)
        .bind(taking.claim)
        .bind(taking.now)
        .bind(taking.until)
        .bind(i64::from(taking.limit))
        .fetch_all()
        .await?;
    let ids = rows
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<Vec<Uuid>, _>>()?;
    match ids.is_empty() {
        true => Ok(Vec::new()),
        false => claimed(tx, ids).await,
    }
}

async fn claimed(tx: &mut Tx, ids: Vec<Uuid>) -> Result<Vec<Claimed>, DbError> {
    let rows = tx
        .bulk(
            "select d.id, d.event_id, d.aggregate, d.aggregate_id, d.version, d.attempts, d.tries,
                 d.first_failed_at, e.body
             from {rows} join notifications_webhook_delivery d on d.id = r.id
             join notifications_webhook_event e on e.id = d.event_id
             order by d.next_at, d.id",
            Rows::new().uuid("id", ids),
        )
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Claimed, DbError> {
    Ok(Claimed {
        id: row.get("id")?,
        event_id: row.get("event_id")?,
        aggregate: row.get("aggregate")?,
        aggregate_id: row.get("aggregate_id")?,
        version: row.get("version")?,
        attempts: row.get("attempts")?,
        tries: row.get("tries")?,
        first_failed_at: row.get("first_failed_at")?,
        body: row.get("body")?,
    })
}
