//! How far counting has come.

use kernel::Timestamp;
use platform::{DbError, Delivered, Tx};

/// Counts the events of a batch, in the transaction that took them in.
pub async fn count<E>(tx: &mut Tx, batch: &[Delivered<E>]) -> Result<(), DbError> {
    let Some(latest) = batch.iter().map(|one| one.occurred_at).max() else {
        return Ok(());
    };
    let events = i64::try_from(batch.len()).unwrap_or(i64::MAX);
    tx.query(
        "insert into reports_clock as c (id, events, latest_at) values (1, $1, $2)
         on conflict (id) do update set events = c.events + excluded.events,
             latest_at = case when c.latest_at < excluded.latest_at
                 then excluded.latest_at else c.latest_at end",
    )
    .bind(events)
    .bind(latest)
    .execute()
    .await
    .map(drop)
}

/// How many events were counted, and when the latest of them occurred; none before the first.
pub async fn read(tx: &mut Tx) -> Result<Option<(i64, Timestamp)>, DbError> {
    let row = tx
        .query("select events, latest_at from reports_clock where id = 1")
        .fetch_optional()
        .await?;
    row.map(|row| Ok((row.get("events")?, row.get("latest_at")?)))
        .transpose()
}
