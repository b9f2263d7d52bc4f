//! Somebody signed in proves again that they know their password, before something that a stolen
//! access token must not do.

use crate::Identity;
use crate::log_in::LoginError;
use crate::password::Password;
use crate::store::{guards, users};
use kernel::UserId;
use std::net::IpAddr;

/// Passes only with the user's password; throttled like a login.
pub async fn confirm(
    identity: &Identity,
    id: UserId,
    password: Password,
    from: IpAddr,
) -> Result<(), LoginError> {
    let host = &identity.host;
    let turn = identity.queue.turn(from).await;
    let keys = guards::Keys::of(&host.vault, &id.to_string(), from);
    let mut tx = host.db.read().await?;
    let counts = guards::read(&mut tx, keys).await?;
    drop(tx);
    let wait = counts.wait(host.source.now());
    if !wait.is_zero() {
        return Err(LoginError::Throttled(wait));
    }
    let hash = users::password_hash(&mut host.db.read().await?, id).await?;
    if identity
        .passwords
        .verify(password.into_secret(), hash)
        .await?
    {
        return Ok(());
    }
    let mut tx = host.db.begin().await?;
    turn.until_durable(&mut tx);
    guards::write(&mut tx, keys, counts.failed(host.source.now())).await?;
    tx.commit().await?;
    Err(LoginError::WrongCredentials)
}
