//! Endpoints: what they want, how they do, their sealed secrets.

use super::word;
use crate::webhook::endpoint::{Endpoint, Paused, Reason};
use crate::webhook::told::Taste;
use kernel::{Limit, Timestamp, WebhookId};
use platform::db::{Build, Row};
use platform::events::KindPattern;
use platform::{DbError, Tx};
use uuid::Uuid;

const COLUMNS: &str = "select id, url, event_types, description, paused_reason, paused_at,
    failures, failing_since, probe_at, old_secret_until, version, created_at, updated_at
    from notifications_webhook_endpoint";

/// Which endpoints.
#[derive(Clone, Copy, Debug, Default)]
pub struct Filter {
    pub paused: Option<bool>,
}

/// Since when an endpoint fails, and how often in a row.
pub struct Ill {
    pub since: Timestamp,
    pub failures: i64,
}

pub async fn insert(tx: &mut Tx, endpoint: &Endpoint, secret: Vec<u8>) -> Result<(), DbError> {
    tx.query(
        "insert into notifications_webhook_endpoint (id, url, event_types, description, secret,
             failures, probe_at, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, 0, $6, $7, $6, $6)",
    )
    .bind(endpoint.id)
    .bind(endpoint.url.as_str())
    .bind(joined(&endpoint.event_types))
    .bind(endpoint.description.as_deref())
    .bind(secret)
    .bind(endpoint.created_at)
    .bind(endpoint.version)
    .execute()
    .await
    .map(drop)
}

fn joined(types: &[KindPattern]) -> String {
    let types: Vec<_> = types.iter().map(KindPattern::as_str).collect();
    types.join(" ")
}

fn split(types: &str) -> Result<Vec<KindPattern>, DbError> {
    let parsed = types.split(' ').map(str::parse).collect::<Result<_, _>>();
    parsed.map_err(|error| DbError::Bug(format!("{types}: {error}")))
}

/// One more row than `limit`, newest first, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    filter: Filter,
    after: Option<WebhookId>,
    limit: Limit,
) -> Result<Vec<Endpoint>, DbError> {
    let rows = filtered(tx.build(COLUMNS), filter)
        .and("and id < ?", after)
        .push("order by id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

pub async fn count(tx: &mut Tx, filter: Filter) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from notifications_webhook_endpoint");
    filtered(query, filter).fetch_one().await?.get("total")
}

fn filtered(query: Build<'_>, filter: Filter) -> Build<'_> {
    query
        .push("where true")
        .push_if(filter.paused == Some(true), "and paused_at is not null")
        .push_if(filter.paused == Some(false), "and paused_at is null")
}

pub async fn find(tx: &mut Tx, id: WebhookId) -> Result<Option<Endpoint>, DbError> {
    let query = tx.build(COLUMNS).push("where id = ?").bind(id);
    let row = query.fetch_optional().await?;
    row.as_ref().map(read).transpose()
}

/// An endpoint that nobody else changes until this transaction ends.
pub async fn lock(tx: &mut Tx, id: WebhookId) -> Result<Option<Endpoint>, DbError> {
    tx.query_for(
        "select id from notifications_webhook_endpoint where id = $1",
        "select id from notifications_webhook_endpoint where id = $1 for update",
    )
    .bind(id)
    .fetch_optional()
    .await?;
    find(tx, id).await
}

fn read(row: &Row) -> Result<Endpoint, DbError> {
    let reason = word(row, "paused_reason", Reason::parse)?;
    let paused_at: Option<Timestamp> = row.get("paused_at")?;
    let paused = reason.zip(paused_at);
    Ok(Endpoint {
        id: row.get("id")?,
        url: row.get("url")?,
        event_types: split(&row.get::<String>("event_types")?)?,
        description: row.get("description")?,
        paused: paused.map(|(reason, at)| Paused { reason, at }),
        failures: row.get("failures")?,
        failing_since: row.get("failing_since")?,
        probe_at: row.get("probe_at")?,
        old_secret_until: row.get("old_secret_until")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// Writes all of it but secrets.
pub async fn update(tx: &mut Tx, endpoint: &Endpoint) -> Result<(), DbError> {
    tx.query(
        "update notifications_webhook_endpoint set url = $2, event_types = $3, description = $4,
             paused_reason = $5, paused_at = $6, failures = $7, failing_since = $8,
             probe_at = $9, version = $10, updated_at = $11
         where id = $1",
    )
    .bind(endpoint.id)
    .bind(endpoint.url.as_str())
    .bind(joined(&endpoint.event_types))
    .bind(endpoint.description.as_deref())
    .bind(endpoint.paused.map(|paused| paused.reason.as_str()))
    .bind(endpoint.paused.map(|paused| paused.at))
    .bind(endpoint.failures)
    .bind(endpoint.failing_since)
    .bind(endpoint.probe_at)
    .bind(endpoint.version)
    .bind(endpoint.updated_at)
    .execute()
    .await
    .map(drop)
}

pub async fn replace_secret(
    tx: &mut Tx,
    endpoint: &Endpoint,
    secret: Vec<u8>,
) -> Result<(), DbError> {
    tx.query(
        "update notifications_webhook_endpoint set old_secret = secret, old_secret_until = $3,
             secret = $2, version = $4, updated_at = $5
         where id = $1",
    )
    .bind(endpoint.id)
    .bind(secret)
    .bind(endpoint.old_secret_until)
    .bind(endpoint.version)
    .bind(endpoint.updated_at)
    .execute()
    .await
    .map(drop)
}

pub async fn delete(tx: &mut Tx, id: WebhookId) -> Result<(), DbError> {
    tx.query("delete from notifications_webhook_endpoint where id = $1")
        .bind(id)
        .execute()
        .await
        .map(drop)
}

/// The secrets that sign now, sealed, the newest first.
pub async fn secrets(
    tx: &mut Tx,
    id: WebhookId,
    now: Timestamp,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    let row = tx
        .query(
            "select secret, case when old_secret_until > $2 then old_secret end as old_secret
             from notifications_webhook_endpoint where id = $1",
        )
        .bind(id)
        .bind(now)
        .fetch_one()
        .await?;
    let old: Option<Vec<u8>> = row.get("old_secret")?;
    let all = [Some(row.get("secret")?), old].into_iter().flatten();
    Ok(all.map(|secret| (id.uuid(), secret)).collect())
}

/// What each endpoint wants to be told of, paused ones too.
pub async fn tastes(tx: &mut Tx) -> Result<Vec<Taste>, DbError> {
    let rows = tx
        .query("select id, event_types, created_at from notifications_webhook_endpoint order by id")
        .fetch_all()
        .await?;
    let taste = |row: &Row| {
        Ok(Taste {
            endpoint: row.get("id")?,
            types: split(&row.get::<String>("event_types")?)?,
            since: row.get("created_at")?,
        })
    };
    rows.iter().map(taste).collect()
}

/// Something went well: it does not fail any more, if it did.
pub async fn recovered(tx: &mut Tx, id: WebhookId, now: Timestamp) -> Result<(), DbError> {
    tx.query(
        "update notifications_webhook_endpoint set failures = 0, failing_since = null,
             probe_at = $2, version = version + 1, updated_at = $2
         where id = $1 and failures > 0",
    )
    .bind(id)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// So many more attempts failed, and none went well; nothing when it is not there any more.
pub async fn failed(
    tx: &mut Tx,
    id: WebhookId,
    more: i64,
    now: Timestamp,
) -> Result<Option<Ill>, DbError> {
    let row = tx
        .query(
            "update notifications_webhook_endpoint set failures = failures + $2,
                 failing_since = coalesce(failing_since, $3),
                 version = version + case when failures = 0 then 1 else 0 end,
                 updated_at = case when failures = 0 then $3 else updated_at end
             where id = $1 returning failures, failing_since",
        )
        .bind(id)
        .bind(more)
        .bind(now)
        .fetch_optional()
        .await?;
    let ill = |row: Row| {
        Ok(Ill {
            since: row.get("failing_since")?,
            failures: row.get("failures")?,
        })
    };
    row.map(ill).transpose()
}

pub async fn probe_later(tx: &mut Tx, id: WebhookId, at: Timestamp) -> Result<(), DbError> {
    tx.query("update notifications_webhook_endpoint set probe_at = $2 where id = $1")
        .bind(id)
        .bind(at)
        .execute()
        .await
        .map(drop)
}

/// False when it is paused already, or not there any more.
pub async fn pause(
    tx: &mut Tx,
    id: WebhookId,
    reason: Reason,
    now: Timestamp,
) -> Result<bool, DbError> {
    let paused = tx
        .query(
            "update notifications_webhook_endpoint set paused_reason = $2, paused_at = $3,
                 version = version + 1, updated_at = $3
             where id = $1 and paused_at is null",
        )
        .bind(id)
        .bind(reason.as_str())
        .bind(now)
        .execute()
        .await?;
    Ok(paused > 0)
}
