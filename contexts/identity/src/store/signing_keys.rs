//! The table of keys that sign access tokens, sealed by the vault.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::Timestamp;
use platform::auth::SigningKey;
use platform::vault::Vault;
use platform::{DbError, Engine, Tx};
use uuid::Uuid;

/// Every key, oldest first.
pub async fn read_all(tx: &mut Tx, vault: &Vault) -> Result<Vec<SigningKey>, DbError> {
    let rows = tx
        .query("select * from identity_signing_key order by created_at, id")
        .fetch_all();
    let mut stored = Vec::new();
    let mut sealed = Vec::new();
    for row in rows.await? {
        let id: Uuid = row.get("id")?;
        sealed.push((id, row.get("sealed")?));
        stored.push((id, row.get("created_at")?, row.get("retired_at")?));
    }
    let opened = vault.open_many(tx, &sealed).await?;
    let keys = stored
        .into_iter()
        .zip(opened)
        .filter_map(|(stored, text)| Some((stored, text?)));
    keys.map(|(stored, text)| key(stored, &text)).collect()
}

/// Nobody else writes keys until `tx` ends; SQLite's only writer needs no lock.
pub async fn lock(tx: &mut Tx) -> Result<(), DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    let lock = "lock table identity_signing_key in share row exclusive mode";
    tx.query(lock).execute().await.map(drop)
}

/// Whether there is a key that signs.
pub async fn has_good(tx: &mut Tx) -> Result<bool, DbError> {
    let sql = "select exists (select 1 from identity_signing_key where retired_at is null) as good";
    tx.query(sql).fetch_one().await?.get("good")
}

/// Writes a new key.
pub async fn insert(tx: &mut Tx, vault: &Vault, key: &SigningKey) -> Result<(), DbError> {
    let sealed = vault
        .seal(tx, key.id, &STANDARD.encode(key.pkcs8()))
        .await?;
    let query =
        tx.query("insert into identity_signing_key (id, sealed, created_at) values ($1, $2, $3)");
    query
        .bind(key.id)
        .bind(sealed)
        .bind(key.created_at)
        .execute()
        .await
        .map(drop)
}

/// Retires every key but `newest`.
pub async fn retire_others(tx: &mut Tx, newest: Uuid, now: Timestamp) -> Result<(), DbError> {
    let query = tx.query(
        "update identity_signing_key set retired_at = $2 where id <> $1 and retired_at is null",
    );
    query.bind(newest).bind(now).execute().await.map(drop)
}

/// Deletes keys retired before `then`, and what they were sealed with.
pub async fn delete_retired(tx: &mut Tx, vault: &Vault, then: Timestamp) -> Result<(), DbError> {
    let query = tx.query("delete from identity_signing_key where retired_at < $1 returning id");
    for row in query.bind(then).fetch_all().await? {
        vault.erase(tx, row.get("id")?).await?;
    }
    Ok(())
}

fn key(
    (id, created_at, retired_at): (Uuid, Timestamp, Option<Timestamp>),
    text: &str,
) -> Result<SigningKey, DbError> {
    let broken = || DbError::Bug("a signing key cannot be read".to_owned());
    let pkcs8 = STANDARD.decode(text).map_err(|_| broken())?;
    let mut key = SigningKey::from_pkcs8(id, created_at, &pkcs8).map_err(|_| broken())?;
    key.retired_at = retired_at;
    Ok(key)
}
