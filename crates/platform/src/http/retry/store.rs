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
        let text = seal::open(key, &self.body);
        let answer = text.and_then(|text| match self.headers.is_empty() {
            true => unpack(self.status, text),
            false => StoredAnswer::from_parts(self.status, &self.headers, text),
        });
        let broken = || DbError::Bug(format!("stored answer {} cannot be read", key.id));
        answer.map(Told::Same).ok_or_else(broken)
    }
}

/// Headers and body as one text to be sealed: headers hold secrets, too, as a guest's token. Their
/// column stays empty; records that were written with it are read as they are.
fn pack(answer: &StoredAnswer) -> Vec<u8> {
    let headers = answer.headers_text();
    let mut text = Vec::with_capacity(headers.len() + 1 + answer.body.len());
    text.extend_from_slice(headers.as_bytes());
    // JSON text holds no line feed of its own.
    text.push(b'\n');
    text.extend_from_slice(&answer.body);
    text
}

fn unpack(status: i64, mut text: Vec<u8>) -> Option<StoredAnswer> {
    let end = text.iter().position(|byte| *byte == b'\n')?;
    let body = text.split_off(end + 1);
    let headers = std::str::from_utf8(&text).ok()?;
    StoredAnswer::from_parts(status, headers, body)
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
    let rows = tx.bulk(sql, rows).apart().fetch_all().await?;
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
    let expires_at = source.now().plus(KEPT);
    let expires = std::iter::repeat_n(expires_at, answers.len());
    tx.write(
        "insert into idempotency_record (id, fingerprint, status, headers, body, expires_at)
         select id, fingerprint, status, headers, body, expires_at from {rows}",
        rows(source, answers)?.time("expires_at", expires),
    )
    .await
}

/// Answers as bulk rows, their bodies sealed.
fn rows(source: &Source, answers: &[(RetryKey, StoredAnswer)]) -> Result<Rows, DbError> {
    let (mut ids, mut prints, mut statuses) = (vec![], vec![], vec![]);
    let (mut headers, mut bodies) = (vec![], vec![]);
    for (key, answer) in answers {
        let sealed = seal::seal(key, source.random(), &pack(answer));
        ids.push(key.id);
        prints.push(key.fingerprint.clone());
        statuses.push(i64::from(answer.status.as_u16()));
        headers.push(String::new());
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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderMap, HeaderValue, StatusCode};

    fn answer() -> StoredAnswer {
        let mut headers = HeaderMap::new();
        headers.append("x-odd", HeaderValue::from_static("two words"));
        headers.append("x-odd", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        StoredAnswer {
            status: StatusCode::CREATED,
            headers,
            body: b"{\n\"a\": 1}".to_vec().into(),
        }
    }

    #[test]
    fn headers_and_body_are_packed_and_unpacked_alike() {
        let mut bare = answer();
        assert_eq!(unpack(201, pack(&bare)), Some(bare.clone()));
        bare.headers.clear();
        bare.body = Vec::new().into();
        assert_eq!(unpack(201, pack(&bare)), Some(bare));
        assert_eq!(unpack(201, b"no line feed".to_vec()), None);
    }

    #[test]
    fn a_record_with_its_headers_in_plain_is_still_read() {
        let key = RetryKey {
            id: Uuid::nil(),
            fingerprint: vec![1; 32],
            secret: [2; 16],
        };
        let record = |headers: String, text: &[u8]| Record {
            fingerprint: vec![1; 32],
            status: 201,
            headers,
            body: seal::seal(&key, [3; 12], text).unwrap(),
        };
        let old = record(answer().headers_text(), &answer().body);
        let new = record(String::new(), &pack(&answer()));
        for record in [old, new] {
            assert!(matches!(record.tell(&key), Ok(Told::Same(told)) if told == answer()));
        }
    }
}
