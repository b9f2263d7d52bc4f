//! Tells the HTTP server who is behind a bearer token.
//!
//! An access token is proof by itself: signature, time and key are checked in memory. An API key
//! is looked up every time, one row by its primary key, so that revoking it works at once.

use crate::api_key;
use crate::create_api_key::hash;
use crate::signing_keys;
use crate::store::api_keys;
use kernel::Timestamp;
use platform::Host;
use platform::auth::{Principal, PrincipalKind, TokenError, Tokens, same_secret};
use platform::http::{Authenticate, Problem};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Tokens that name unknown keys make the keys be read again, but not more often than this.
const RELOAD_AFTER: Duration = Duration::from_secs(5);

/// Knows access tokens and API keys.
pub fn authenticator(host: &Host) -> Arc<dyn Authenticate> {
    Arc::new(Authenticator {
        host: host.clone(),
        reloaded_at: Mutex::new(None),
    })
}

struct Authenticator {
    host: Host,
    reloaded_at: Mutex<Option<Timestamp>>,
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(
        &'a self,
        bearer: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Principal, Problem>> + Send + 'a>> {
        Box::pin(async move {
            if bearer.starts_with(api_key::PREFIX) {
                return self.by_key(bearer).await;
            }
            match self.host.tokens.verify(bearer) {
                Err(TokenError::UnknownKey) => self.by_new_key(bearer).await,
                verified => Ok(verified?),
            }
        })
    }
}

impl Authenticator {
    async fn by_key(&self, text: &str) -> Result<Principal, Problem> {
        let refused = || Problem::unauthenticated("the API key is not valid");
        let (id, secret) = api_key::read(text).ok_or_else(refused)?;
        let host = &self.host;
        let found = api_keys::with_hash(&mut host.db.read().await?, id).await?;
        let (key, kept) = found.ok_or_else(refused)?;
        if !same_secret(&hash(&host.vault, secret), &kept) || !key.is_good(host.source.now()) {
            return Err(refused());
        }
        let (subject, roles) = (id.uuid(), key.roles);
        Ok(Principal {
            subject,
            kind: PrincipalKind::Key,
            roles,
            stores: None,
        })
    }

    /// Another process may have made the key since this one read them.
    async fn by_new_key(&self, token: &str) -> Result<Principal, Problem> {
        let tokens = &self.host.tokens;
        let unknown = Tokens::kid_of(token).is_some_and(|kid| !tokens.knows(&kid));
        if unknown && self.may_reload() {
            signing_keys::load(&self.host).await?;
        }
        Ok(tokens.verify(token)?)
    }

    fn may_reload(&self) -> bool {
        let now = self.host.source.now();
        let mut reloaded_at = self
            .reloaded_at
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let due = reloaded_at.is_none_or(|at| now.since(at) >= RELOAD_AFTER);
        if due {
            *reloaded_at = Some(now);
        }
        due
    }
}
