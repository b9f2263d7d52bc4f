//! Which days were compared with which provider.

use crate::day::Day;
use kernel::Timestamp;
use platform::{DbError, Tx};

/// Whether the day is still to be compared with a provider: nobody has begun, or whoever did has
/// not ended and began before `stale`.
pub async fn is_due(
    tx: &mut Tx,
    provider: &str,
    day: Day,
    stale: Timestamp,
) -> Result<bool, DbError> {
    let row = tx
        .query(
            "select outcome is null and begun_at < $3 as due from payments_reconciled
             where provider = $1 and day = $2",
        )
        .bind(provider)
        .bind(day.from())
        .bind(stale)
        .fetch_optional()
        .await?;
    row.map_or(Ok(true), |row| row.get("due"))
}

/// Begins it; false where another process was faster.
pub async fn begin(
    tx: &mut Tx,
    provider: &str,
    day: Day,
    (stale, now): (Timestamp, Timestamp),
) -> Result<bool, DbError> {
    let begun = tx
        .query(
            "insert into payments_reconciled as t (provider, day, begun_at) values ($1, $2, $4)
             on conflict (provider, day) do update set begun_at = excluded.begun_at
             where t.outcome is null and t.begun_at < $3",
        )
        .bind(provider)
        .bind(day.from())
        .bind(stale)
        .bind(now)
        .execute()
        .await?;
    Ok(begun == 1)
}

/// Writes down what came of it.
pub async fn end(
    tx: &mut Tx,
    provider: &str,
    day: Day,
    (outcome, differences): (&'static str, i64),
    now: Timestamp,
) -> Result<(), DbError> {
    tx.query(
        "update payments_reconciled set outcome = $3, differences = $4, ended_at = $5
         where provider = $1 and day = $2",
    )
    .bind(provider)
    .bind(day.from())
    .bind(outcome)
    .bind(differences)
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// How many differences each provider's day had, where it was compared.
pub async fn differences(tx: &mut Tx, day: Day) -> Result<Vec<(String, i64)>, DbError> {
    let rows = tx
        .query(
            "select provider, differences from payments_reconciled
             where day = $1 and outcome = 'compared' order by provider",
        )
        .bind(day.from())
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("provider")?, row.get("differences")?)))
        .collect()
}
