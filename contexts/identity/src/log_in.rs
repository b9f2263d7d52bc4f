//! Somebody logs in with e-mail address and password.
//!
//! An unknown address, a wrong password and a disabled user answer alike, also in time: each costs
//! one password hash and one write. How attempts are throttled stands in `throttle.rs`.

use crate::Identity;
use crate::grant::{Grant, grant};
use crate::password::Password;
use crate::session::Session;
use crate::store::{guards, sessions, users};
use crate::throttle::Counts;
use crate::user::User;
use kernel::{Email, ErrorKind, Fault};
use platform::auth::{PasswordError, TokenError};
use platform::{DbError, Tx};
use std::net::IpAddr;
use std::time::Duration;

/// Why somebody was not let in.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    #[error("e-mail address or password is wrong")]
    WrongCredentials,
    #[error("too many failed attempts; try again in {} s", .0.as_secs() + 1)]
    Throttled(Duration),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for LoginError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongCredentials => ErrorKind::Unauthenticated,
            Self::Throttled(_) => ErrorKind::TooMany,
            Self::Password(fault) => fault.kind(),
            Self::Token(fault) => fault.kind(),
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongCredentials => "WRONG_CREDENTIALS",
            Self::Throttled(_) => "TOO_MANY_ATTEMPTS",
            Self::Password(fault) => fault.code(),
            Self::Token(fault) => fault.code(),
            Self::Db(fault) => fault.code(),
        }
    }
}

/// Opens a session for whoever knows the password.
pub async fn log_in(
    identity: &Identity,
    email: Email,
    password: Password,
    from: IpAddr,
) -> Result<Grant, LoginError> {
    let host = &identity.host;
    let turn = identity.queue.turn(from).await;
    let keys = guards::Keys::of(&host.vault, email.as_str(), from);
    let mut tx = host.db.read().await?;
    let counts = guards::read(&mut tx, keys).await?;
    let found = users::by_email(&mut tx, &host.vault, &email).await?;
    drop(tx);
    let wait = counts.wait(host.source.now());
    if !wait.is_zero() {
        return Err(LoginError::Throttled(wait));
    }
    let (user, hash) = found.map(|found| (found.user, found.password_hash)).unzip();
    let hash = hash.flatten();
    let right = identity
        .passwords
        .verify(password.into_secret(), hash.clone())
        .await?;

    let mut tx = host.db.begin().await?;
    turn.until_durable(&mut tx);
    let user = match user.filter(|_| right) {
        Some(user) => still_good(identity, &mut tx, &user, hash.as_deref()).await?,
        None => None,
    };
    let Some(user) = user else {
        return refused(identity, tx, keys, counts).await;
    };
    let now = host.source.now();
    guards::write(&mut tx, keys, counts.succeeded(now)).await?;
    let session = Session::open(host.source.uuid(), user.id, now);
    sessions::insert(&mut tx, &session).await?;
    let grant = grant(identity, &user, &session)?;
    tx.commit().await?;
    Ok(grant)
}

/// The user as they are now, unless they were disabled or changed their password meanwhile.
async fn still_good(
    identity: &Identity,
    tx: &mut Tx,
    user: &User,
    hash: Option<&str>,
) -> Result<Option<User>, DbError> {
    let now = users::lock(tx, &identity.host.vault, user.id).await?;
    let now = now
        .filter(|now| now.password_hash.as_deref() == hash)
        .map(|now| now.user);
    Ok(now.filter(|user| user.disabled_at.is_none()))
}

async fn refused(
    identity: &Identity,
    mut tx: Tx,
    keys: guards::Keys,
    counts: Counts,
) -> Result<Grant, LoginError> {
    guards::write(&mut tx, keys, counts.failed(identity.host.source.now())).await?;
    tx.commit().await?;
    Err(LoginError::WrongCredentials)
}
