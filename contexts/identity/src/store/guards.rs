//! The table of failed logins. Rows are found by a keyed hash, so that neither e-mail addresses
//! nor network addresses lie here.

use crate::throttle::{Count, Counts};
use kernel::Timestamp;
use platform::vault::Vault;
use platform::{DbError, Rows, Tx};
use std::net::IpAddr;
use uuid::Uuid;

/// The rows one attempt is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Keys {
    pair: Uuid,
    account: Uuid,
    address: Uuid,
}

impl Keys {
    /// `account` is what was typed, whether or not there is such an account.
    pub fn of(vault: &Vault, account: &str, address: IpAddr) -> Self {
        let address = address.to_string();
        Self {
            pair: key(
                vault,
                "identity.guard.pair",
                &format!("{account}\n{address}"),
            ),
            account: key(vault, "identity.guard.account", account),
            address: key(vault, "identity.guard.address", &address),
        }
    }

    fn all(self) -> [Uuid; 3] {
        [self.pair, self.account, self.address]
    }
}

fn key(vault: &Vault, kind: &str, text: &str) -> Uuid {
    let index = vault.index(kind, text);
    let first = index.first_chunk::<16>().copied().unwrap_or_default();
    Uuid::from_bytes(first)
}

/// The counts as they stand.
pub async fn read(tx: &mut Tx, keys: Keys) -> Result<Counts, DbError> {
    let sql = "select g.* from {rows} join identity_login_guard g on g.id = r.id";
    let rows = tx
        .bulk(sql, Rows::new().uuid("id", keys.all().to_vec()))
        .fetch_all()
        .await?;
    let mut counts = Counts::default();
    for row in rows {
        let count = Count {
            failures: row.get("failures")?,
            failed_at: row.get("failed_at")?,
            succeeded_at: row.get("succeeded_at")?,
        };
        match row.get::<Uuid>("id")? {
            id if id == keys.pair => counts.pair = count,
            id if id == keys.account => counts.account = count,
            _ => counts.address = count,
        }
    }
    Ok(counts)
}

/// Writes those counts that were ever touched, in the order of their ids, so that two attempts
/// never wait for each other in a circle.
pub async fn write(tx: &mut Tx, keys: Keys, counts: Counts) -> Result<(), DbError> {
    let all = keys
        .all()
        .into_iter()
        .zip([counts.pair, counts.account, counts.address]);
    let touched = all.filter_map(|(id, count)| Some((id, count.failed_at?, count)));
    let mut touched: Vec<_> = touched.collect();
    touched.sort_by_key(|(id, ..)| *id);
    let column = |of: fn(&Count) -> i64| touched.iter().map(|(.., count)| of(count)).collect();
    let succeeded = |count: &Count| count.succeeded_at.map(Timestamp::unix_micros);
    let rows = Rows::new()
        .uuid("id", touched.iter().map(|(id, ..)| *id).collect())
        .bigint("failures", column(|count| count.failures))
        .time("failed_at", touched.iter().map(|(_, at, _)| *at))
        .optional_bigint(
            "succeeded_at",
            touched.iter().map(|(.., c)| succeeded(c)).collect(),
        );
    let sql = "insert into identity_login_guard (id, failures, failed_at, succeeded_at)
               select r.id, r.failures, r.failed_at, r.succeeded_at from {rows} where true
               on conflict (id) do update set failures = excluded.failures,
                 failed_at = excluded.failed_at, succeeded_at = excluded.succeeded_at";
    tx.bulk(sql, rows).execute().await.map(drop)
}

/// Deletes what no rule looks at any more.
pub async fn delete_old(tx: &mut Tx, failed: Timestamp, known: Timestamp) -> Result<u64, DbError> {
    let query = tx.query(
        "delete from identity_login_guard
         where failed_at < $1 and (succeeded_at is null or succeeded_at < $2)",
    );
    query.bind(failed).bind(known).execute().await
}
