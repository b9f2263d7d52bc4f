//! Deliveries: putting them on their way, reading them, sending them again.

use crate::webhook::told::{Planned, Told};
use kernel::{EventId, Limit, Timestamp, WebhookDeliveryId, WebhookId};
use platform::db::{Build, Row};
use platform::events::KindPattern;
use platform::{DbError, Rows, Tx};

/// A delivery as it is shown.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookId,
    pub event_id: EventId,
    pub kind: String,
    pub state: String,
    pub attempts: i64,
    pub next_at: Timestamp,
    pub last_outcome: Option<String>,
    pub last_status: Option<i64>,
    pub last_duration_ms: Option<i64>,
    pub delivered_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One time it was sent.
#[derive(Clone, Debug)]
pub struct Attempt {
    pub at: Timestamp,
    pub outcome: String,
    pub status: Option<i64>,
    pub duration_ms: i64,
    pub answer: Option<String>,
}

/// Which deliveries of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub state: Option<&'static str>,
    pub kind: Option<KindPattern>,
    pub event_id: Option<EventId>,
}

/// Puts events on their way, each to each endpoint once, however often it is asked for.
pub async fn insert(
    tx: &mut Tx,
    told: &[Told],
    planned: &[Planned<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let events = Rows::new()
        .uuid("id", told.iter().map(|one| one.event_id).collect())
        .text("kind", told.iter().map(|one| one.kind.clone()).collect())
        .text("body", told.iter().map(|one| one.body.clone()).collect());
    tx.bulk(
        "insert into notifications_webhook_event (id, kind, body, kept_at)
         select id, kind, body, {1} from {rows} where true
         on conflict (id) do update set kept_at = excluded.kept_at",
        events,
    )
    .bind(now)
    .execute()
    .await?;
    let event = || planned.iter().map(|one| one.event);
    let rows = Rows::new()
        .id("id", planned.iter().map(|one| one.id))
        .id("endpoint_id", planned.iter().map(|one| one.endpoint))
        .uuid("event_id", event().map(|one| one.event_id).collect())
        .text("kind", event().map(|one| one.kind.clone()).collect())
        .text(
            "aggregate",
            event().map(|one| one.aggregate.clone()).collect(),
        )
        .uuid(
            "aggregate_id",
            event().map(|one| one.aggregate_id).collect(),
        )
        .bigint("version", event().map(|one| one.version).collect());
    tx.bulk(
        "insert into notifications_webhook_delivery (id, endpoint_id, event_id, kind, aggregate,
             aggregate_id, version, state, attempts, tries, next_at, created_at, updated_at)
         select id, endpoint_id, event_id, kind, aggregate, aggregate_id, version, 'pending', 0, 0,
             {1}, {1}, {1} from {rows} where true
         on conflict (endpoint_id, event_id) do nothing",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

const COLUMNS: &str = "select id, endpoint_id, event_id, kind, state, attempts, next_at,
    last_outcome, last_status, last_duration_ms, delivered_at, created_at, updated_at
    from notifications_webhook_delivery d";

/// One more row than `limit`, newest first, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    endpoint: WebhookId,
    filter: &Filter,
    after: Option<WebhookDeliveryId>,
    limit: Limit,
) -> Result<Vec<Delivery>, DbError> {
    let rows = filtered(tx.build(COLUMNS), endpoint, filter)
        .and("and id < ?", after)
        .push("order by id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

pub async fn count(tx: &mut Tx, endpoint: WebhookId, filter: &Filter) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from notifications_webhook_delivery d");
    filtered(query, endpoint, filter)
        .fetch_one()
        .await?
        .get("total")
}

fn filtered<'t>(query: Build<'t>, endpoint: WebhookId, filter: &Filter) -> Build<'t> {
    let (exact, beginning) = match &filter.kind {
        Some(kind) => match kind.as_str().strip_suffix('*') {
            Some(beginning) => (None, Some(format!("{beginning}%"))),
            None => (Some(kind.as_str()), None),
        },
        None => (None, None),
    };
    query
        .push("where endpoint_id = ?")
        .bind(endpoint)
        .and("and state = ?", filter.state)
        .and("and kind = ?", exact)
        .and("and kind like ?", beginning.as_deref())
        .and("and event_id = ?", filter.event_id)
}

/// A delivery of an endpoint that is there.
pub async fn find(tx: &mut Tx, id: WebhookDeliveryId) -> Result<Option<Delivery>, DbError> {
    let row = tx
        .build(COLUMNS)
        .push("where id = ?")
        .bind(id)
        .push(
            "and exists (select 1 from notifications_webhook_endpoint e
                 where e.id = d.endpoint_id)",
        )
        .fetch_optional()
        .await?;
    row.as_ref().map(read).transpose()
}

fn read(row: &Row) -> Result<Delivery, DbError> {
    Ok(Delivery {
        id: row.get("id")?,
        endpoint_id: row.get("endpoint_id")?,
        event_id: row.get("event_id")?,
        kind: row.get("kind")?,
        state: row.get("state")?,
        attempts: row.get("attempts")?,
        next_at: row.get("next_at")?,
        last_outcome: row.get("last_outcome")?,
        last_status: row.get("last_status")?,
        last_duration_ms: row.get("last_duration_ms")?,
        delivered_at: row.get("delivered_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// What came of it each time, the first first.
pub async fn attempts(tx: &mut Tx, id: WebhookDeliveryId) -> Result<Vec<Attempt>, DbError> {
    let rows = tx
        .query(
            "select at, outcome, status, duration_ms, answer from notifications_webhook_attempt
             where delivery_id = $1 order by nth",
        )
        .bind(id)
        .fetch_all()
        .await?;
    let attempt = |row: &Row| {
        Ok(Attempt {
            at: row.get("at")?,
            outcome: row.get("outcome")?,
            status: row.get("status")?,
            duration_ms: row.get("duration_ms")?,
            answer: row.get("answer")?,
        })
    };
    rows.iter().map(attempt).collect()
}

/// The event of a delivery, as it is sent.
pub async fn body(tx: &mut Tx, event: EventId) -> Result<String, DbError> {
    let query = tx.query("select body from notifications_webhook_event where id = $1");
    query.bind(event).fetch_one().await?.get("body")
}

/// Makes a delivery due, as if it had not been sent. One that is being sent stays so.
pub async fn due_again(tx: &mut Tx, id: WebhookDeliveryId, now: Timestamp) -> Result<(), DbError> {
    tx.query(
        "update notifications_webhook_delivery set state = 'pending', tries = 0, next_at = $2,
             first_failed_at = null, delivered_at = null, updated_at = $2
         where id = $1",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The same for all of these endpoints' deliveries of these events.
pub async fn all_of_due(
    tx: &mut Tx,
    planned: &[Planned<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("endpoint_id", planned.iter().map(|one| one.endpoint))
        .uuid(
            "event_id",
            planned.iter().map(|one| one.event.event_id).collect(),
        );
    tx.bulk(
        "update notifications_webhook_delivery set state = 'pending', tries = 0, next_at = {1},
             first_failed_at = null, delivered_at = null, updated_at = {1}
         from {rows} where notifications_webhook_delivery.endpoint_id = r.endpoint_id
             and notifications_webhook_delivery.event_id = r.event_id",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Makes everything due that waits for an endpoint.
pub async fn all_due(tx: &mut Tx, endpoint: WebhookId, now: Timestamp) -> Result<(), DbError> {
    tx.query(
        "update notifications_webhook_delivery set tries = 0, next_at = $2, first_failed_at = null
         where endpoint_id = $1 and state = 'pending'",
    )
    .bind(endpoint)
    .bind(now)
    .execute()
    .await
    .map(drop)
}
