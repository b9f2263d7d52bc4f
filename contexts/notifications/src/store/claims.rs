//! Claims: notices of which an attempt is being made. A claim is a row whose time runs out, so that
//! what a killed process was doing is done by another; its number tells late results apart.

use super::word;
use crate::kind::{Channel, Kind};
use crate::notice::Verdict;
use kernel::{Currency, Money, NotificationId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use uuid::Uuid;

/// A notice to be delivered now, with what the copies know about it.
pub struct Claimed {
    pub id: NotificationId,
    pub kind: Kind,
    pub channel: Channel,
    pub person_id: Uuid,
    /// Which attempt this is.
    pub nth: i64,
    pub deadline_at: Timestamp,
    pub details: String,
    pub order: Option<OrderCopy>,
    /// How the person is reached: as the news said, or as the copy knows.
    pub sealed: Option<Vec<u8>>,
    pub erased: bool,
    /// The person does not want to hear of it.
    pub unsubscribed: bool,
}

/// What is known of an order.
pub struct OrderCopy {
    pub number: String,
    pub total: Money,
}

/// What became of a claim.
pub struct Settled {
    pub id: NotificationId,
    pub nth: i64,
    pub verdict: Verdict,
}

/// What is due by a channel.
#[derive(Clone, Copy, Debug, Default)]
pub struct Due {
    pub urgent: bool,
    pub usual: bool,
}

impl Due {
    pub fn is_nothing(self) -> bool {
        !self.urgent && !self.usual
    }
}

/// What is due by this channel. In the order of claims, so that the index is walked and nobody
/// looks for the first of them through all that was ever sent.
pub async fn due(tx: &mut Tx, channel: Channel, now: Timestamp) -> Result<Due, DbError> {
    let query = tx.query(
        "select (select 1 from notifications_notice
             where channel = $1 and urgent = true and next_at <= $2
                 and status in ('queued', 'sending') and person_id is not null
             order by next_at, id limit 1) is not null as urgent,
         (select 1 from notifications_notice
             where channel = $1 and urgent = false and next_at <= $2
                 and status in ('queued', 'sending') and person_id is not null
             order by next_at, id limit 1) is not null as usual",
    );
    let row = query.bind(channel.as_str()).bind(now).fetch_one().await?;
    Ok(Due {
        urgent: row.get("urgent")?,
        usual: row.get("usual")?,
    })
}

/// Claims what is due until `until`, urgent letters first and then the longest waiting, and writes
/// the attempts down.
pub async fn claim(
    tx: &mut Tx,
    (channel, due): (Channel, Due),
    times: (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Claimed>, DbError> {
    let mut claims = match due.urgent {
        true => take(tx, (channel, true), times, limit).await?,
        false => Vec::new(),
    };
    let room = limit - i64::try_from(claims.len()).unwrap_or(limit);
    if due.usual && room > 0 {
        claims.extend(take(tx, (channel, false), times, room).await?);
    }
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    note_attempts(tx, &claims, times.0).await?;
    load(tx, claims).await
}

/// Claims of one lane. Two lanes are two statements: each walks one stretch of the index and stops
/// at the limit, however much waits behind it. The array is why PostgreSQL looks rows up by their
/// ids also where it plans without knowing the limit.
async fn take(
    tx: &mut Tx,
    (channel, urgent): (Channel, bool),
    (now, until): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<(Uuid, i64)>, DbError> {
    let rows = tx
        .query_for(
            "update notifications_notice set status = 'sending', tries = tries + 1,
                 next_at = $3, version = version + 1, updated_at = $2
             where id in (select id from notifications_notice
                 where channel = $1 and urgent = $5 and next_at <= $2
                     and status in ('queued', 'sending') and person_id is not null
                 order by next_at, id limit $4)
             returning id, tries",
            "update notifications_notice set status = 'sending', tries = tries + 1,
                 next_at = $3, version = version + 1, updated_at = $2
             where id = any(array(select id from notifications_notice
                 where channel = $1 and urgent = $5 and next_at <= $2
                     and status in ('queued', 'sending') and person_id is not null
                 order by next_at, id limit $4
                 for no key update skip locked))
             returning id, tries",
        )
        .bind(channel.as_str())
        .bind(now)
        .bind(until)
        .bind(limit)
        .bind(urgent)
        .fetch_all()
        .await?;
    let claims = rows
        .iter()
        .map(|row| Ok((row.get("id")?, row.get("tries")?)));
    claims.collect()
}

fn keys(claims: &[(Uuid, i64)]) -> Rows {
    Rows::new()
        .uuid("id", claims.iter().map(|(id, _)| *id).collect())
        .bigint("nth", claims.iter().map(|(_, nth)| *nth).collect())
}

/// What was begun before and never ended was lost.
async fn note_attempts(tx: &mut Tx, claims: &[(Uuid, i64)], now: Timestamp) -> Result<(), DbError> {
    tx.bulk(
        "update notifications_attempt set outcome = 'lost' from {rows}
         where notifications_attempt.notice_id = r.id
             and notifications_attempt.outcome = 'started'",
        keys(claims),
    )
    .execute()
    .await?;
    tx.bulk(
        "insert into notifications_attempt (notice_id, nth, outcome, reason, started_at, ended_at)
         select id, nth, 'started', null, {1}, null from {rows}",
        keys(claims),
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

async fn load(tx: &mut Tx, claims: Vec<(Uuid, i64)>) -> Result<Vec<Claimed>, DbError> {
    let rows = tx
        .bulk(
            "select n.id, n.kind, n.channel, n.person_id, n.tries, n.deadline_at, n.details,
                 o.number, o.total_minor, o.currency,
                 coalesce(n.sealed, case when n.order_id is null then u.sealed_contact
                     else c.sealed_contact end) as sealed,
                 coalesce(c.erased, false) as erased, s.kind as unwanted, w.kind as wanted
             from {rows} join notifications_notice n on n.id = r.id
             left join notifications_order o on o.id = n.order_id
             left join notifications_client c on c.id = n.person_id
             left join notifications_user u on u.id = n.person_id
             left join notifications_unsubscribed s
                 on s.person_id = n.person_id and s.kind = n.kind
             left join notifications_wanted w
                 on w.person_id = n.person_id and w.kind = n.kind
             order by n.urgent desc, n.id",
            keys(&claims),
        )
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

fn read(row: &Row) -> Result<Claimed, DbError> {
    let (wanted, unwanted): (Option<String>, Option<String>) =
        (row.get("wanted")?, row.get("unwanted")?);
    let kind: Kind = word(row, "kind")?;
    Ok(Claimed {
        id: row.get("id")?,
        kind,
        channel: word(row, "channel")?,
        person_id: row.get("person_id")?,
        nth: row.get("tries")?,
        deadline_at: row.get("deadline_at")?,
        details: row.get("details")?,
        order: order(row)?,
        sealed: row.get("sealed")?,
        erased: row.get("erased")?,
        unsubscribed: match kind.is_on_request() {
            true => wanted.is_none(),
            false => unwanted.is_some(),
        },
    })
}

fn order(row: &Row) -> Result<Option<OrderCopy>, DbError> {
    let number: Option<String> = row.get("number")?;
    let Some(number) = number else {
        return Ok(None);
    };
    let currency: Currency = word(row, "currency")?;
    Ok(Some(OrderCopy {
        number,
        total: Money::new(row.get("total_minor")?, currency),
    }))
}

/// Writes down what came of claims. One that somebody else has taken over meanwhile is theirs, and
/// the attempt stays lost.
/// What was sealed goes once it was sent, or can be opened no more.
pub async fn settle(tx: &mut Tx, settled: &[Settled], now: Timestamp) -> Result<(), DbError> {
    let rows = || {
        let reasons = settled.iter().map(|one| one.verdict.reason.clone());
        Rows::new()
            .id("id", settled.iter().map(|one| one.id))
            .bigint("nth", settled.iter().map(|one| one.nth).collect())
            .optional_text("reason", reasons.collect())
    };
    let status = |one: &Settled| one.verdict.status.as_str().to_owned();
    tx.bulk(
        "update notifications_notice set status = r.status, reason = r.reason,
             next_at = r.next_at, version = version + 1, updated_at = {1},
             sealed = case when r.status in ('sent', 'erased') then null else sealed end
         from {rows}
         where notifications_notice.id = r.id and notifications_notice.tries = r.nth
             and notifications_notice.status = 'sending'",
        rows()
            .text("status", settled.iter().map(status).collect())
            .time("next_at", settled.iter().map(|one| one.verdict.next_at)),
    )
    .bind(now)
    .execute()
    .await?;
    let outcome = |one: &Settled| one.verdict.outcome.to_owned();
    tx.bulk(
        "update notifications_attempt set outcome = r.outcome, reason = r.reason, ended_at = {1}
         from {rows}
         where notifications_attempt.notice_id = r.id and notifications_attempt.nth = r.nth
             and notifications_attempt.outcome = 'started'",
        rows().text("outcome", settled.iter().map(outcome).collect()),
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}
