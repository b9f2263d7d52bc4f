//! Addresses that do not take everything, and who was written to where.

use super::word;
use crate::kind::Channel;
use crate::suppression::Cause;
use kernel::{Limit, NotificationId, SuppressionId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;
use uuid::Uuid;

/// A suppression as it is kept.
#[derive(Clone)]
pub struct Kept {
    pub id: SuppressionId,
    pub channel: Channel,
    /// The keyed hash.
    pub address: Vec<u8>,
    pub cause: Cause,
    pub said: Option<String>,
    pub notice_id: Option<NotificationId>,
    pub sealed: Option<Vec<u8>>,
    pub suppressed_at: Timestamp,
}

/// What a list is narrowed down to.
#[derive(Clone, Default)]
pub struct Filter {
    pub channel: Option<Channel>,
    pub cause: Option<Cause>,
    /// The keyed hash.
    pub address: Option<Vec<u8>>,
}

const COLUMNS: &str = "select id, channel, address, cause, reason, notice_id, sealed,
    suppressed_at from notifications_suppressed";

/// Keeps suppressions, each once.
pub async fn insert(tx: &mut Tx, kept: Vec<Kept>) -> Result<(), DbError> {
    if kept.is_empty() {
        return Ok(());
    }
    let text = |of: fn(&Kept) -> &str| kept.iter().map(|one| of(one).to_owned()).collect();
    let rows = Rows::new()
        .id("id", kept.iter().map(|one| one.id))
        .text("channel", text(|one| one.channel.as_str()))
        .bytes(
            "address",
            kept.iter().map(|one| one.address.clone()).collect(),
        )
        .text("cause", text(|one| one.cause.as_str()))
        .optional_text("reason", kept.iter().map(|one| one.said.clone()).collect())
        .optional_id("notice_id", kept.iter().map(|one| one.notice_id))
        .optional_bytes(
            "sealed",
            kept.iter().map(|one| one.sealed.clone()).collect(),
        )
        .time("suppressed_at", kept.iter().map(|one| one.suppressed_at));
    tx.bulk(
        "insert into notifications_suppressed
             (id, channel, address, cause, reason, notice_id, sealed, suppressed_at)
         select id, channel, address, cause, reason, notice_id, sealed, suppressed_at
         from {rows} where true order by address on conflict (address, cause) do nothing",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Those of these addresses, as keyed hashes, that do not take everything; of two causes the one
/// that stops more.
pub async fn of(tx: &mut Tx, addresses: Vec<Vec<u8>>) -> Result<HashMap<Vec<u8>, Cause>, DbError> {
    if addresses.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx
        .bulk(
            "select s.address, s.cause from {rows}
             join notifications_suppressed s on s.address = r.address
             order by case when s.cause = 'bounce' then 1 else 0 end",
            Rows::new().bytes("address", addresses),
        )
        .fetch_all()
        .await?;
    let cause = |row: &Row| Ok((row.get("address")?, word(row, "cause")?));
    rows.iter().map(cause).collect()
}

/// One more row than `limit`, newest first, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<SuppressionId>,
    limit: Limit,
) -> Result<Vec<Kept>, DbError> {
    let rows = filtered(tx.build(COLUMNS), filter)
        .and("and id < ?", after)
        .push("order by id desc limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

/// How many there are under the filter.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from notifications_suppressed");
    filtered(query, filter).fetch_one().await?.get("total")
}

fn filtered<'t>(query: Build<'t>, filter: &Filter) -> Build<'t> {
    query
        .push("where true")
        .and("and channel = ?", filter.channel.map(Channel::as_str))
        .and("and cause = ?", filter.cause.map(Cause::as_str))
        .and("and address = ?", filter.address.clone())
}

/// One of them.
pub async fn find(tx: &mut Tx, id: SuppressionId) -> Result<Option<Kept>, DbError> {
    let found = tx.build(COLUMNS).push("where id = ?").bind(id);
    found.fetch_optional().await?.as_ref().map(read).transpose()
}

/// The one of an address, as its keyed hash, and a cause.
pub async fn find_of(tx: &mut Tx, address: &[u8], cause: Cause) -> Result<Option<Kept>, DbError> {
    let build = tx.build(COLUMNS).push("where address = ? and cause = ?");
    let found = build.bind(address).bind(cause.as_str());
    found.fetch_optional().await?.as_ref().map(read).transpose()
}

/// Takes one away; whether it was there.
pub async fn delete(tx: &mut Tx, id: SuppressionId) -> Result<bool, DbError> {
    let query = tx.query("delete from notifications_suppressed where id = $1");
    Ok(query.bind(id).execute().await? > 0)
}

/// Takes back what the delivery of a notice showed of its address.
pub async fn lift(tx: &mut Tx, notice: NotificationId) -> Result<(), DbError> {
    let query = tx.query("delete from notifications_suppressed where notice_id = $1");
    query.bind(notice).execute().await.map(drop)
}

/// Remembers who is written to where, by keyed hashes.
pub async fn reach(tx: &mut Tx, reached: Vec<(Vec<u8>, Uuid)>) -> Result<(), DbError> {
    if reached.is_empty() {
        return Ok(());
    }
    let (addresses, people) = reached.into_iter().unzip();
    tx.bulk(
        "insert into notifications_reached (address, person_id)
         select distinct address, person_id from {rows} where true order by address, person_id
         on conflict (address, person_id) do nothing",
        Rows::new()
            .bytes("address", addresses)
            .uuid("person_id", people),
    )
    .execute()
    .await
    .map(drop)
}

/// Whether somebody was written to there, and not erased since.
pub async fn is_reached(tx: &mut Tx, address: &[u8]) -> Result<bool, DbError> {
    let query = tx.query("select 1 as one from notifications_reached where address = $1 limit 1");
    Ok(query.bind(address).fetch_optional().await?.is_some())
}

/// Forgets where these people were written to, and what their addresses are; that something is
/// suppressed there stays. Answers whose keys are of no use any more.
pub async fn forget(tx: &mut Tx, people: Vec<Uuid>) -> Result<Vec<Uuid>, DbError> {
    if people.is_empty() {
        return Ok(Vec::new());
    }
    let rows = || Rows::new().uuid("person_id", people.clone());
    let forgotten = tx
        .bulk(
            "update notifications_suppressed set sealed = null
             where sealed is not null and address in (select t.address from {rows}
                 join notifications_reached t on t.person_id = r.person_id)
             returning id",
            rows(),
        )
        .fetch_all()
        .await?;
    tx.bulk(
        "delete from notifications_reached
         where person_id in (select r.person_id from {rows})",
        rows(),
    )
    .execute()
    .await?;
    forgotten.iter().map(|row| row.get("id")).collect()
}

fn read(row: &Row) -> Result<Kept, DbError> {
    Ok(Kept {
        id: row.get("id")?,
        channel: word(row, "channel")?,
        address: row.get("address")?,
        cause: word(row, "cause")?,
        said: row.get("reason")?,
        notice_id: row.get("notice_id")?,
        sealed: row.get("sealed")?,
        suppressed_at: row.get("suppressed_at")?,
    })
}
