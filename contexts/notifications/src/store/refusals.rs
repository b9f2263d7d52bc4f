//! Who does not want to hear of something, and who wants to hear of what nobody is told unasked.

use super::word;
use crate::kind::Kind;
use kernel::Timestamp;
use platform::db::Row;
use platform::{DbError, Tx};
use uuid::Uuid;

/// Somebody does not want to hear of something any more.
pub async fn unsubscribe(
    tx: &mut Tx,
    person: Uuid,
    kind: Kind,
    now: Timestamp,
) -> Result<(), DbError> {
    match kind.is_on_request() {
        true => forget_wanted(tx, person, kind).await,
        false => keep_unsubscribed(tx, person, kind, now).await,
    }
}

/// Somebody wants to hear of something.
pub async fn subscribe(
    tx: &mut Tx,
    person: Uuid,
    kind: Kind,
    now: Timestamp,
) -> Result<(), DbError> {
    match kind.is_on_request() {
        true => keep_wanted(tx, person, kind, now).await,
        false => forget_unsubscribed(tx, person, kind).await,
    }
}

async fn keep_unsubscribed(
    tx: &mut Tx,
    person: Uuid,
    kind: Kind,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = tx.query(
        "insert into notifications_unsubscribed (person_id, kind, unsubscribed_at)
         values ($1, $2, $3) on conflict (person_id, kind) do nothing",
    );
    let query = query.bind(person).bind(kind.as_str()).bind(now);
    query.execute().await.map(drop)
}

async fn forget_unsubscribed(tx: &mut Tx, person: Uuid, kind: Kind) -> Result<(), DbError> {
    let query =
        tx.query("delete from notifications_unsubscribed where person_id = $1 and kind = $2");
    let query = query.bind(person).bind(kind.as_str());
    query.execute().await.map(drop)
}

async fn keep_wanted(tx: &mut Tx, person: Uuid, kind: Kind, now: Timestamp) -> Result<(), DbError> {
    let query = tx.query(
        "insert into notifications_wanted (person_id, kind, wanted_at)
         values ($1, $2, $3) on conflict (person_id, kind) do nothing",
    );
    let query = query.bind(person).bind(kind.as_str()).bind(now);
    query.execute().await.map(drop)
}

async fn forget_wanted(tx: &mut Tx, person: Uuid, kind: Kind) -> Result<(), DbError> {
    let query = tx.query("delete from notifications_wanted where person_id = $1 and kind = $2");
    let query = query.bind(person).bind(kind.as_str());
    query.execute().await.map(drop)
}

/// What somebody is not told, by name: what they do not want to hear of, and what they have not
/// asked for.
pub async fn of(tx: &mut Tx, person: Uuid) -> Result<Vec<Kind>, DbError> {
    let rows = tx
        .query(
            "select kind, false as wanted from notifications_unsubscribed where person_id = $1
             union all
             select kind, true as wanted from notifications_wanted where person_id = $1",
        )
        .bind(person)
        .fetch_all()
        .await?;
    let said = |row: &Row| Ok((word::<Kind>(row, "kind")?, row.get("wanted")?));
    let said: Vec<(Kind, bool)> = rows.iter().map(said).collect::<Result<_, DbError>>()?;
    let untold = |kind: &Kind| match kind.is_on_request() {
        true => !said.contains(&(*kind, true)),
        false => said.contains(&(*kind, false)),
    };
    let mut kinds: Vec<Kind> = Kind::optional().filter(untold).collect();
    kinds.sort_by_key(|kind| kind.as_str());
    Ok(kinds)
}
