//! The table of sessions.

use crate::session::Session;
use kernel::{Timestamp, UserId};
use platform::{DbError, Tx};
use uuid::Uuid;

/// Writes a new session.
pub async fn insert(tx: &mut Tx, session: &Session) -> Result<(), DbError> {
    let query = tx.query(
        "insert into identity_session
           (id, user_id, generation, used_at, expires_at, revoked_at, created_at)
         values ($1, $2, $3, $4, $5, null, $4)",
    );
    let query = query
        .bind(session.id)
        .bind(session.user_id)
        .bind(session.generation);
    query
        .bind(session.used_at)
        .bind(session.expires_at)
        .execute()
        .await
        .map(drop)
}

/// A session, which stays as it is until the transaction ends.
pub async fn lock(tx: &mut Tx, id: Uuid) -> Result<Option<Session>, DbError> {
    let query = tx.query_for(
        "select * from identity_session where id = $1",
        "select * from identity_session where id = $1 for no key update",
    );
    let Some(row) = query.bind(id).fetch_optional().await? else {
        return Ok(None);
    };
    Ok(Some(Session {
        id,
        user_id: row.get("user_id")?,
        generation: row.get("generation")?,
        used_at: row.get("used_at")?,
        expires_at: row.get("expires_at")?,
        revoked_at: row.get("revoked_at")?,
    }))
}

/// Stores that the newest token was used.
pub async fn rotate(tx: &mut Tx, session: &Session) -> Result<(), DbError> {
    let query = tx.query("update identity_session set generation = $2, used_at = $3 where id = $1");
    query
        .bind(session.id)
        .bind(session.generation)
        .bind(session.used_at)
        .execute()
        .await
        .map(drop)
}

/// Ends one session.
pub async fn revoke(tx: &mut Tx, id: Uuid, now: Timestamp) -> Result<(), DbError> {
    let query = tx
        .query("update identity_session set revoked_at = $2 where id = $1 and revoked_at is null");
    query.bind(id).bind(now).execute().await.map(drop)
}

/// Ends every session of a user.
pub async fn revoke_all(tx: &mut Tx, user: UserId, now: Timestamp) -> Result<(), DbError> {
    let query = tx.query(
        "update identity_session set revoked_at = $2 where user_id = $1 and revoked_at is null",
    );
    query.bind(user).bind(now).execute().await.map(drop)
}

/// Deletes what has expired before `then`.
pub async fn delete_expired(tx: &mut Tx, then: Timestamp) -> Result<u64, DbError> {
    tx.query("delete from identity_session where expires_at < $1")
        .bind(then)
        .execute()
        .await
}
