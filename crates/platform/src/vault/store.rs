//! The SQL of the vault.

use crate::db::{DbError, Rows, Tx};
use kernel::Timestamp;
use uuid::Uuid;

/// The wrapped key of `subject`.
pub(super) async fn key(tx: &mut Tx, subject: Uuid) -> Result<Option<Vec<u8>>, DbError> {
    let query = tx
        .query("select wrapped from vault_key where subject = $1")
        .bind(subject);
    query
        .fetch_optional()
        .await?
        .map(|row| row.get("wrapped"))
        .transpose()
}

/// The wrapped keys of those `subjects` that have one.
pub(super) async fn keys(
    tx: &mut Tx,
    subjects: Vec<Uuid>,
) -> Result<Vec<(Uuid, Vec<u8>)>, DbError> {
    let sql = "select k.subject, k.wrapped from {rows} join vault_key k on k.subject = r.subject";
    let rows = tx
        .bulk(sql, Rows::new().uuid("subject", subjects))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("subject")?, row.get("wrapped")?)))
        .collect()
}

/// Stores a new key; `false` when the subject has one already.
pub(super) async fn insert(
    tx: &mut Tx,
    subject: Uuid,
    wrapped: Vec<u8>,
    now: Timestamp,
) -> Result<bool, DbError> {
    let sql = "insert into vault_key (subject, wrapped, created_at) values ($1, $2, $3)
               on conflict (subject) do nothing";
    let query = tx.query(sql).bind(subject).bind(wrapped).bind(now);
    Ok(query.execute().await? == 1)
}

/// Stores new keys for those who have none.
pub(super) async fn insert_many(
    tx: &mut Tx,
    subjects: Vec<Uuid>,
    wrapped: Vec<Vec<u8>>,
    now: Timestamp,
) -> Result<(), DbError> {
    let sql = "insert into vault_key (subject, wrapped, created_at)
               select r.subject, r.wrapped, {1} from {rows} where true
               on conflict (subject) do nothing";
    let rows = Rows::new()
        .uuid("subject", subjects)
        .bytes("wrapped", wrapped);
    tx.bulk(sql, rows).bind(now).execute().await.map(drop)
}

/// Deletes the key of `subject`.
pub(super) async fn erase(tx: &mut Tx, subject: Uuid) -> Result<(), DbError> {
    tx.query("delete from vault_key where subject = $1")
        .bind(subject)
        .execute()
        .await
        .map(drop)
}
