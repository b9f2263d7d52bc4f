//! What a login or refresh gives: an access token and the next refresh token.

use crate::Identity;
use crate::session::{RefreshToken, Session};
use crate::user::User;
use platform::auth::{ACCESS_LIFETIME, TokenError, same_secret};
use secrecy::SecretString;

const SIGNATURE: &str = "identity.refresh-token";

/// Tokens for one client.
pub struct Grant {
    pub access_token: SecretString,
    pub refresh_token: SecretString,
    /// Seconds until the access token expires.
    pub expires_in: u64,
}

/// Tokens for `user` in `session`.
pub fn grant(identity: &Identity, user: &User, session: &Session) -> Result<Grant, TokenError> {
    let (roles, stores) = (user.access.roles, user.access.stores.clone());
    let tokens = &identity.host.tokens;
    let access_token = tokens.issue(user.id, user.client_id, roles, stores)?;
    let vault = &identity.host.vault;
    let refresh_token = session.token().write(|said| vault.index(SIGNATURE, said));
    Ok(Grant {
        access_token: access_token.into(),
        refresh_token: refresh_token.into(),
        expires_in: ACCESS_LIFETIME.as_secs(),
    })
}

/// The refresh token in a text, if it was made here.
pub fn read_refresh_token(identity: &Identity, text: &str) -> Option<RefreshToken> {
    let vault = &identity.host.vault;
    let is_signed =
        |said: &str, signature: &[u8]| same_secret(&vault.index(SIGNATURE, said), signature);
    RefreshToken::read(text, is_signed)
}
