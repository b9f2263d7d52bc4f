//! A client exchanges its refresh token for new tokens.

use crate::Identity;
use crate::grant::{Grant, grant, read_refresh_token};
use crate::session::{Session, Turn};
use crate::store::{sessions, users};
use kernel::{ErrorKind, Fault};
use platform::auth::TokenError;
use platform::{DbError, Tx};

/// Why no new tokens were given. All say the same to the caller.
#[derive(Debug, thiserror::Error)]
pub enum RefreshError {
    #[error("the refresh token is not good (any more); log in again")]
    Refused,
    #[error(transparent)]
    Token(#[from] TokenError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for RefreshError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Refused => ErrorKind::Unauthenticated,
            Self::Token(fault) => fault.kind(),
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Refused => "INVALID_REFRESH_TOKEN",
            Self::Token(fault) => fault.code(),
            Self::Db(fault) => fault.code(),
        }
    }
}

/// New tokens for the newest refresh token of a session. One that was used before ends the
/// session, because two hold it: there is no telling which of them is the thief.
pub async fn refresh(identity: &Identity, token: &str) -> Result<Grant, RefreshError> {
    let host = &identity.host;
    let token = read_refresh_token(identity, token).ok_or(RefreshError::Refused)?;
    let now = host.source.now();
    let mut tx = host.db.begin().await?;
    let session = sessions::lock(&mut tx, token.session)
        .await?
        .ok_or(RefreshError::Refused)?;
    match session.turn(token, now) {
        Turn::Rotate => rotate(identity, tx, session.rotated(now)).await,
        Turn::Ended => Err(RefreshError::Refused),
        Turn::Replay => {
            tracing::warn!(user = %session.user_id, "a used refresh token came again");
            sessions::revoke(&mut tx, session.id, now).await?;
            tx.commit().await?;
            Err(RefreshError::Refused)
        }
    }
}

async fn rotate(identity: &Identity, mut tx: Tx, session: Session) -> Result<Grant, RefreshError> {
    let user = users::read(&mut tx, &identity.host.vault, session.user_id).await?;
    let user = user
        .filter(|user| user.disabled_at.is_none())
        .ok_or(RefreshError::Refused)?;
    sessions::rotate(&mut tx, &session).await?;
    let grant = grant(identity, &user, &session)?;
    tx.commit().await?;
    Ok(grant)
}
