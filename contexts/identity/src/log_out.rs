//! A client gives its refresh token back.

use crate::Identity;
use crate::grant::read_refresh_token;
use crate::store::sessions;
use platform::DbError;

/// Ends the session of the token. What is no token, or no longer one, has nothing to end: that
/// is no error (RFC 7009). Access tokens given out live on for at most 15 minutes.
pub async fn log_out(identity: &Identity, token: &str) -> Result<(), DbError> {
    let host = &identity.host;
    let Some(token) = read_refresh_token(identity, token) else {
        return Ok(());
    };
    let mut tx = host.db.begin().await?;
    sessions::revoke(&mut tx, token.session, host.source.now()).await?;
    tx.commit().await
}
