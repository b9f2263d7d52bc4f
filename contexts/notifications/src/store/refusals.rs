//! Who does not want to hear of something, and which addresses take nothing.

use crate::kind::Kind;
use kernel::{NotificationId, Timestamp};
use platform::{DbError, Rows, Tx};
use std::collections::HashSet;
use uuid::Uuid;

/// Remembers that somebody does not want to hear of something.
pub async fn unsubscribe(
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

/// Forgets that somebody did not want to hear of something.
pub async fn subscribe(tx: &mut Tx, person: Uuid, kind: Kind) -> Result<(), DbError> {
    let query =
        tx.query("delete from notifications_unsubscribed where person_id = $1 and kind = $2");
    let query = query.bind(person).bind(kind.as_str());
    query.execute().await.map(drop)
}

/// What somebody does not want to hear of.
pub async fn of(tx: &mut Tx, person: Uuid) -> Result<Vec<Kind>, DbError> {
    let rows = tx
        .query("select kind from notifications_unsubscribed where person_id = $1 order by kind")
        .bind(person)
        .fetch_all()
        .await?;
    let kind = |row: &platform::db::Row| {
        let kind: String = row.get("kind")?;
        kind.parse()
            .map_err(|_| DbError::Bug(format!("kind holds {kind}")))
    };
    rows.iter().map(kind).collect()
}

/// Those of these addresses, as keyed hashes, that take nothing.
pub async fn suppressed(tx: &mut Tx, addresses: Vec<Vec<u8>>) -> Result<HashSet<Vec<u8>>, DbError> {
    if addresses.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .bulk(
            "select s.address from {rows}
             join notifications_suppression s on s.address = r.address",
            Rows::new().bytes("address", addresses),
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("address")).collect()
}

/// Takes back what the delivery of a notice showed of its address.
pub async fn lift(tx: &mut Tx, notice: NotificationId) -> Result<(), DbError> {
    let query = tx.query("delete from notifications_suppression where notice_id = $1");
    query.bind(notice).execute().await.map(drop)
}
