//! The tables of tokens that travel by letter, and of those who say they forgot their password.

use crate::letter::LetterKind;
use kernel::{Timestamp, UserId};
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;
use uuid::Uuid;

/// A letter to be sent.
pub struct NewLetter {
    pub token_hash: Vec<u8>,
    pub user_id: UserId,
    pub email_index: Vec<u8>,
}

/// A letter whose token is still good.
pub struct GoodLetter {
    pub user_id: UserId,
    /// The address it went to.
    pub email_index: Vec<u8>,
}

/// Writes new letters of one kind.
pub async fn insert(
    tx: &mut Tx,
    kind: LetterKind,
    letters: Vec<NewLetter>,
    now: Timestamp,
) -> Result<(), DbError> {
    let mut rows = Rows::new().id("user_id", letters.iter().map(|one| one.user_id));
    let (hashes, indexes) = letters
        .into_iter()
        .map(|one| (one.token_hash, one.email_index))
        .unzip();
    rows = rows
        .bytes("token_hash", hashes)
        .bytes("email_index", indexes);
    tx.bulk(
        "insert into identity_letter
           (token_hash, user_id, kind, email_index, expires_at, used_at, created_at)
         select token_hash, user_id, {1}, email_index, {2}, null, {3} from {rows}",
        rows,
    )
    .bind(kind.as_str())
    .bind(now.plus(kind.lasts()))
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// The letter of a token that is good now.
pub async fn find(
    tx: &mut Tx,
    kind: LetterKind,
    token_hash: &[u8],
    now: Timestamp,
) -> Result<Option<GoodLetter>, DbError> {
    let query = tx.query(
        "select user_id, email_index from identity_letter
         where token_hash = $1 and kind = $2 and used_at is null and expires_at > $3",
    );
    let query = query.bind(token_hash).bind(kind.as_str()).bind(now);
    let row = query.fetch_optional().await?;
    let read = |row: platform::db::Row| {
        Ok(GoodLetter {
            user_id: row.get("user_id")?,
            email_index: row.get("email_index")?,
        })
    };
    row.map(read).transpose()
}

/// Uses a token up; `false` when somebody was faster.
pub async fn use_up(tx: &mut Tx, token_hash: &[u8], now: Timestamp) -> Result<bool, DbError> {
    let query = tx.query(
        "update identity_letter set used_at = $2
         where token_hash = $1 and used_at is null and expires_at > $2",
    );
    Ok(query.bind(token_hash).bind(now).execute().await? == 1)
}

/// Makes all letters of one kind to a user worthless.
pub async fn void(
    tx: &mut Tx,
    user: UserId,
    kind: LetterKind,
    now: Timestamp,
) -> Result<(), DbError> {
    let query = tx.query(
        "update identity_letter set used_at = $3
         where user_id = $1 and kind = $2 and used_at is null",
    );
    let query = query.bind(user).bind(kind.as_str()).bind(now);
    query.execute().await.map(drop)
}

/// How many letters of one kind each of these users was sent since `then`; who is missing: none.
pub async fn sent_since(
    tx: &mut Tx,
    kind: LetterKind,
    users: impl IntoIterator<Item = UserId>,
    then: Timestamp,
) -> Result<HashMap<UserId, i64>, DbError> {
    let rows = tx
        .bulk(
            "select l.user_id, count(*) as sent from {rows}
             join identity_letter l on l.user_id = r.id
             where l.kind = {1} and l.created_at > {2} group by l.user_id",
            Rows::new().id("id", users),
        )
        .bind(kind.as_str())
        .bind(then)
        .fetch_all()
        .await?;
    let pair = |row: &platform::db::Row| Ok((row.get("user_id")?, row.get("sent")?));
    rows.iter().map(pair).collect()
}

/// Deletes what expired before `then`.
pub async fn delete_expired(tx: &mut Tx, then: Timestamp) -> Result<u64, DbError> {
    let query = tx.query("delete from identity_letter where expires_at < $1");
    query.bind(then).execute().await
}

/// Remembers that somebody says they forgot the password of this address.
pub async fn remember(
    tx: &mut Tx,
    id: Uuid,
    email_index: Vec<u8>,
    now: Timestamp,
) -> Result<(), DbError> {
    let query =
        tx.query("insert into identity_forgotten (id, email_index, asked_at) values ($1, $2, $3)");
    let query = query.bind(id).bind(email_index).bind(now);
    query.execute().await.map(drop)
}

/// Whether anybody says so.
pub async fn somebody_forgot(tx: &mut Tx) -> Result<bool, DbError> {
    let query = tx.query("select 1 as one from identity_forgotten limit 1");
    Ok(query.fetch_optional().await?.is_some())
}

/// Takes the longest waiting of them away; their blind indexes.
pub async fn take_forgotten(tx: &mut Tx, limit: i64) -> Result<Vec<Vec<u8>>, DbError> {
    let rows = tx
        .query(
            "delete from identity_forgotten where id in
               (select id from identity_forgotten order by id limit $1)
             returning email_index",
        )
        .bind(limit)
        .fetch_all()
        .await?;
    let mut indexes: Vec<Vec<u8>> = rows
        .iter()
        .map(|row| row.get("email_index"))
        .collect::<Result<_, _>>()?;
    indexes.sort_unstable();
    indexes.dedup();
    Ok(indexes)
}
