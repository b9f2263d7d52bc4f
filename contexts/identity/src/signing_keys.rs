//! The keys that sign access tokens: made at first start, kept sealed, rotated every 90 days.

use crate::store::signing_keys;
use platform::auth::{ACCESS_LIFETIME, SigningKey};
use platform::{DbError, Host};
use std::time::Duration;

/// A key signs for so long; the next one takes its place.
const ROTATE_AFTER: Duration = Duration::from_secs(90 * 24 * 60 * 60);
/// Retired keys verify for [`ACCESS_LIFETIME`]; deleted well after.
const KEEP_RETIRED: Duration = Duration::from_secs(24 * 60 * 60);

/// Loads the keys, and makes the first when there is none. Two processes that start at once may
/// make one each: both verify everywhere, and the newest signs.
pub async fn ensure_signing_key(host: &Host) -> Result<(), DbError> {
    load(host).await?;
    if host.tokens.can_sign() {
        return Ok(());
    }
    let key = generate(host)?;
    let mut tx = host.db.begin().await?;
    signing_keys::lock(&mut tx).await?;
    // Another process that started at the same moment may have been faster.
    if !signing_keys::has_good(&mut tx).await? {
        signing_keys::insert(&mut tx, &host.vault, &key).await?;
    }
    tx.commit().await?;
    load(host).await
}

/// Reads the keys again; another process may have made or retired some.
pub async fn load(host: &Host) -> Result<(), DbError> {
    let mut tx = host.db.read().await?;
    let keys = signing_keys::read_all(&mut tx, &host.vault).await?;
    host.tokens.install(&keys);
    Ok(())
}

/// Adds a key that signs from now on and retires the others.
pub async fn rotate(host: &Host) -> Result<(), DbError> {
    let key = generate(host)?;
    let mut tx = host.db.begin().await?;
    signing_keys::insert(&mut tx, &host.vault, &key).await?;
    signing_keys::retire_others(&mut tx, key.id, host.source.now()).await?;
    tx.commit().await?;
    load(host).await
}

/// Rotates when it is time, deletes what retired long ago, and reads the keys again.
pub async fn keep_fresh(host: &Host) -> Result<(), DbError> {
    let now = host.source.now();
    let mut tx = host.db.read().await?;
    let keys = signing_keys::read_all(&mut tx, &host.vault).await?;
    drop(tx);
    let newest = keys
        .iter()
        .filter(|key| key.retired_at.is_none())
        .map(|key| key.created_at)
        .max();
    if newest.is_none_or(|at| now.since(at) >= ROTATE_AFTER) {
        return rotate(host).await;
    }
    let then = now.minus(ACCESS_LIFETIME + KEEP_RETIRED);
    if keys
        .iter()
        .any(|key| key.retired_at.is_some_and(|at| at < then))
    {
        let mut tx = host.db.begin().await?;
        signing_keys::delete_retired(&mut tx, &host.vault, then).await?;
        tx.commit().await?;
    }
    load(host).await
}

fn generate(host: &Host) -> Result<SigningKey, DbError> {
    let key = SigningKey::generate(&host.source);
    key.map_err(|error| DbError::Bug(error.to_string()))
}
