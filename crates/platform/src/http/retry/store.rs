//! The stored answers: table `idempotency_record`.

use std::collections::HashMap;

use kernel::Timestamp;
use uuid::Uuid;

use crate::db::{Db, DbError, Engine, Rows, Tx};
use crate::source::Source;

use super::answer::StoredAnswer;
use super::key::RetryKey;
use super::{KEPT, seal};

/// The limit in the statement of [`purge`].
const PORTION: u64 = 2000;

/// A stored answer that is still sealed.
#[derive(Debug, Clone)]
pub struct Record {
    fingerprint: Vec<u8>,
    status: i64,
    headers: String,
    body: Vec<u8>,
}

/// What the store says to a retry.
#[derive(Debug)]
pub enum Told {
    /// The same request: here is its answer.
    Same(StoredAnswer),
    /// The key belongs to a request with another body.
    Reused,
}

impl Record {
    /// The answer, if `key` comes with the body it was stored for.
    pub fn tell(self, key: &RetryKey) -> Result<Told, DbError> {
        if self.fingerprint != key.fingerprint {
            return Ok(Told::Reused);
        }
        let body = seal::open(key, &self.body);
        let answer = body.and_then(|b| StoredAnswer::from_parts(self.status, &self.headers, b));
        let broken = || DbError::Bug(format!("stored answer {} cannot be read", key.id));
        answer.map(Told::Same).ok_or_else(broken)
    }
}

/// The stored answers of these keys, one statement for all.
pub async fn find_all(tx: &mut Tx, ids: &[Uuid]) -> Result<HashMap<Uuid, Record>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select s.id, s.fingerprint, s.status, s.headers, s.body
             from {rows} cross join idempotency_record s where s.id = r.id"
        }
        // The lateral keeps a plan made while the table was small on the index.
        Engine::Postgres => {
            "select s.id, s.fingerprint, s.status, s.headers, s.body
             from {rows} cross join lateral (
                 select * from idempotency_record s where s.id = r.id offset 0) s"
        }
    };
    let rows = Rows::new().uuid("id", ids.to_vec());
    let rows = tx.bulk(sql, rows).fetch_all().await?;
    let record = |row: &crate::db::Row| {
        let record = Record {
            fingerprint: row.get("fingerprint")?,
            status: row.get("status")?,
            headers: row.get("headers")?,
            body: row.get("body")?,
        };
        Ok((row.get("id")?, record))
    };
    rows.iter().map(record).collect()
}

/// The stored answer of one key.
pub(super) async fn find(db: &Db, id: Uuid) -> Result<Option<Record>, DbError> {
    let mut tx = db.read().await?;
    let row = tx
        .query("select fingerprint, status, headers, body from idempotency_record where id = $1")
        .bind(id)
        .fetch_optional()
        .await?;
    let Some(row) = row else { return Ok(None) };
    let (fingerprint, status) = (row.get("fingerprint")?, row.get("status")?);
    Ok(Some(Record {
        fingerprint,
        status,
        headers: row.get("headers")?,
        body: row.get("body")?,
    }))
}

/// Stores answers in the transaction of their effects. [`DbError::Unique`] when one of the keys
/// was answered by another process: roll back and replay.
pub async fn insert_all(
    tx: &mut Tx,
    source: &Source,
    answers: &[(RetryKey, StoredAnswer)],
) -> Result<(), DbError> {
    let expires_at = source.now().plus(KEPT).unix_micros();
    tx.bulk(
        "insert into idempotency_record (id, fingerprint, status, headers, body, expires_at)
         select r.id, r.fingerprint, r.status, r.headers, r.body, {1} from {rows}",
        rows(source, answers)?,
    )
    .bind(expires_at)
    .execute()
    .await
    .map(drop)
}

/// Answers as bulk rows, their bodies sealed.
fn rows(source: &Source, answers: &[(RetryKey, StoredAnswer)]) -> Result<Rows, DbError> {
    let (mut ids, mut prints, mut statuses) = (vec![], vec![], vec![]);
    let (mut headers, mut bodies) = (vec![], vec![]);
    for (key, answer) in answers {
        let sealed = seal::seal(key, source.random(), &answer.body);
        ids.push(key.id);
        prints.push(key.fingerprint.clone());
        statuses.push(i64::from(answer.status.as_u16()));
        headers.push(answer.headers_text());
        bodies.push(sealed.ok_or_else(|| DbError::Bug("answer cannot be sealed".to_owned()))?);
    }
    Ok(Rows::new()
        .uuid("id", ids)
        .bytes("fingerprint", prints)
        .bigint("status", statuses)
        .text("headers", headers)
        .bytes("body", bodies))
}

/// Puts definite answers in place of provisional ones.
pub async fn replace_all(
    tx: &mut Tx,
    source: &Source,
    answers: &[(RetryKey, StoredAnswer)],
) -> Result<(), DbError> {
    tx.bulk(
        "update idempotency_record set fingerprint = r.fingerprint, status = r.status,
             headers = r.headers, body = r.body
         from {rows} where idempotency_record.id = r.id",
        rows(source, answers)?,
    )
    .execute()
    .await
    .map(drop)
}

/// Forgets answers that have expired by `now`; answers how many. In portions, so that nobody waits
/// long for the writer.
pub async fn purge(db: &Db, now: Timestamp) -> Result<u64, DbError> {
    let mut total = 0;
    loop {
        let mut tx = db.begin().await?;
        let gone = tx
            .query(
                "delete from idempotency_record where id in (
                     select id from idempotency_record where expires_at < $1 limit 2000)",
            )
            .bind(now.unix_micros())
            .execute()
            .await?;
        tx.commit().await?;
        total += gone;
        if gone < PORTION {
            return Ok(total);
        }
    }
}
