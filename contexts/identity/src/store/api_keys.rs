//! The table of API keys.

use crate::api_key::{self, ApiKey};
use crate::usage::Used;
use kernel::{ApiKeyId, Cursor, Limit, Timestamp};
use platform::auth::{Day, Roles};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// Which keys are wanted.
pub struct Wanted {
    pub revoked: Option<bool>,
    pub newest_first: bool,
    pub after: Option<ApiKeyId>,
    pub limit: Limit,
}

/// Writes a new key.
pub async fn insert(tx: &mut Tx, key: &ApiKey, secret_hash: Vec<u8>) -> Result<(), DbError> {
    let query = tx.query(
        "insert into identity_api_key
           (id, name, roles, secret_hash, expires_at, version, created_at, updated_at,
            plan_per_second, plan_burst, plan_per_day)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    );
    let rate = key.plan.rate;
    let query = query
        .bind(key.id)
        .bind(key.name.as_str())
        .bind(key.roles.to_text());
    let query = query.bind(secret_hash).bind(key.expires_at);
    query
        .bind(key.version)
        .bind(key.created_at)
        .bind(key.updated_at)
        .bind(rate.map(|rate| i64::from(rate.per_second)))
        .bind(rate.map(|rate| i64::from(rate.burst)))
        .bind(key.plan.per_day.map(|limit| i64::from(limit.get())))
        .execute()
        .await
        .map(drop)
}

/// Adds to what keys have used, a row per key, in the order of keys. A day that is over by now is
/// history nobody asks for.
pub async fn add_used(tx: &mut Tx, used: &[(ApiKeyId, Used)]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", used.iter().map(|(key, _)| *key))
        .bigint("day", used.iter().map(|(_, used)| used.day.0).collect())
        .bigint(
            "requests",
            used.iter().map(|(_, used)| used.requests).collect(),
        );
    let sql = "update identity_api_key set used_day = r.day, used_requests = r.requests
            + case when used_day = r.day then used_requests else 0 end
        from {rows} where identity_api_key.id = r.id and coalesce(used_day, r.day) <= r.day";
    tx.bulk(sql, rows).execute().await.map(drop)
}

/// A key by id.
pub async fn read(tx: &mut Tx, id: ApiKeyId) -> Result<Option<ApiKey>, DbError> {
    let query = tx
        .query("select * from identity_api_key where id = $1")
        .bind(id);
    query
        .fetch_optional()
        .await?
        .map(|row| key(&row))
        .transpose()
}

/// A key by id with the hash of its secret.
pub async fn with_hash(tx: &mut Tx, id: ApiKeyId) -> Result<Option<(ApiKey, Vec<u8>)>, DbError> {
    let query = tx
        .query("select * from identity_api_key where id = $1")
        .bind(id);
    let Some(row) = query.fetch_optional().await? else {
        return Ok(None);
    };
    Ok(Some((key(&row)?, row.get("secret_hash")?)))
}

/// Revokes a key that is not revoked yet; `false` when there is none.
pub async fn revoke(tx: &mut Tx, id: ApiKeyId, now: Timestamp) -> Result<bool, DbError> {
    let query = tx.query(
        "update identity_api_key set revoked_at = $2, version = version + 1, updated_at = $2
         where id = $1 and revoked_at is null",
    );
    Ok(query.bind(id).bind(now).execute().await? == 1)
}

/// A page of keys, with one row more than the limit where there is one.
pub async fn list(tx: &mut Tx, wanted: &Wanted) -> Result<Vec<ApiKey>, DbError> {
    let build = filtered(
        tx.build("select * from identity_api_key where true"),
        wanted,
    );
    let (after, order) = match wanted.newest_first {
        true => ("and id < ?", "order by id desc limit ?"),
        false => ("and id > ?", "order by id limit ?"),
    };
    let build = build
        .and(after, wanted.after)
        .push(order)
        .bind(wanted.limit.get() + 1);
    build.fetch_all().await?.iter().map(key).collect()
}

/// How many keys there are on all pages.
pub async fn count(tx: &mut Tx, wanted: &Wanted) -> Result<i64, DbError> {
    let build = tx.build("select count(*) as keys from identity_api_key where true");
    filtered(build, wanted).fetch_one().await?.get("keys")
}

fn filtered<'t>(build: platform::db::Build<'t>, wanted: &Wanted) -> platform::db::Build<'t> {
    let build = build.push_if(wanted.revoked == Some(true), "and revoked_at is not null");
    build.push_if(wanted.revoked == Some(false), "and revoked_at is null")
}

/// Where a page ends.
pub fn cursor(key: &ApiKey) -> Cursor {
    Cursor::of(&key.id)
}

fn key(row: &Row) -> Result<ApiKey, DbError> {
    let unreadable = |error: String| DbError::Bug(format!("identity_api_key: {error}"));
    let roles = Roles::from_text(&row.get::<String>("roles")?);
    let name = row.get::<String>("name")?.parse();
    let number = |column| {
        let number: Option<i64> = row.get(column)?;
        Ok::<_, DbError>(number.and_then(|number| u32::try_from(number).ok()))
    };
    let plan = api_key::plan(
        number("plan_per_second")?,
        number("plan_burst")?,
        number("plan_per_day")?,
    );
    let (day, requests): (Option<i64>, Option<i64>) =
        (row.get("used_day")?, row.get("used_requests")?);
    let used = day.zip(requests).map(|(day, requests)| Used {
        day: Day(day),
        requests,
    });
    Ok(ApiKey {
        id: row.get("id")?,
        name: name.map_err(|error: kernel::BadText| unreadable(error.to_string()))?,
        roles: roles.map_err(|error| unreadable(error.to_string()))?,
        plan: plan.map_err(|error| unreadable(error.to_string()))?,
        used,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
