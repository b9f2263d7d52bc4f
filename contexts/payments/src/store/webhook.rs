//! The inbox: messages of providers that were taken in.

use kernel::{PaymentId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// A message that a provider sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub provider: String,
    pub event_id: String,
    pub payment_id: PaymentId,
    pub tries: i64,
}

/// Takes a message in; false when it was taken in before.
pub async fn insert(
    tx: &mut Tx,
    message: &Message,
    followed: bool,
    now: Timestamp,
) -> Result<bool, DbError> {
    let new = tx
        .query(
            "insert into payments_inbox (provider, event_id, payment_id, followed, tries, next_at,
                 received_at)
             values ($1, $2, $3, $4, 0, $5, $5)
             on conflict (provider, event_id) do nothing",
        )
        .bind(message.provider.as_str())
        .bind(message.event_id.as_str())
        .bind(message.payment_id)
        .bind(followed)
        .bind(now)
        .execute()
        .await?;
    Ok(new > 0)
}

/// Whether a message was taken in before.
pub async fn is_known(tx: &mut Tx, provider: &str, event_id: &str) -> Result<bool, DbError> {
    let row = tx
        .query("select 1 as one from payments_inbox where provider = $1 and event_id = $2")
        .bind(provider)
        .bind(event_id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}

/// Messages whose payments are to be looked at, the longest waiting first.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Message>, DbError> {
    let rows = tx
        .query(
            "select provider, event_id, payment_id, tries from payments_inbox
             where not followed and next_at <= $1 order by next_at, event_id limit $2",
        )
        .bind(now)
        .bind(limit)
        .fetch_all()
        .await?;
    rows.iter().map(message).collect()
}

fn message(row: &Row) -> Result<Message, DbError> {
    Ok(Message {
        provider: row.get("provider")?,
        event_id: row.get("event_id")?,
        payment_id: row.get("payment_id")?,
        tries: row.get("tries")?,
    })
}

/// What these messages hinted at is known now.
pub async fn followed(tx: &mut Tx, messages: &[Message]) -> Result<(), DbError> {
    tx.bulk(
        "update payments_inbox set followed = true, tries = payments_inbox.tries + 1
         from {rows}
         where payments_inbox.provider = r.provider and payments_inbox.event_id = r.event_id",
        rows_of(messages),
    )
    .execute()
    .await
    .map(drop)
}

/// The provider could not be asked; it is asked again at `next_at`.
pub async fn postpone(
    tx: &mut Tx,
    messages: &[Message],
    next_at: Timestamp,
) -> Result<(), DbError> {
    tx.bulk(
        "update payments_inbox set tries = payments_inbox.tries + 1, next_at = {1}
         from {rows}
         where payments_inbox.provider = r.provider and payments_inbox.event_id = r.event_id",
        rows_of(messages),
    )
    .bind(next_at)
    .execute()
    .await
    .map(drop)
}

fn rows_of(messages: &[Message]) -> Rows {
    let provider = messages.iter().map(|one| one.provider.clone());
    let event_id = messages.iter().map(|one| one.event_id.clone());
    Rows::new()
        .text("provider", provider.collect())
        .text("event_id", event_id.collect())
}

/// Forgets messages older than `age`, a portion of them; answers how many.
pub async fn forget(tx: &mut Tx, age: Timestamp) -> Result<u64, DbError> {
    tx.query_for(
        "delete from payments_inbox where rowid in (
             select rowid from payments_inbox where received_at < $1 limit 2000)",
        "delete from payments_inbox where ctid in (
             select ctid from payments_inbox where received_at < $1 limit 2000)",
    )
    .bind(age)
    .execute()
    .await
}
