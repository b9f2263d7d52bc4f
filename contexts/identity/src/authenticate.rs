//! Tells the HTTP server who is behind a bearer token.
//!
//! An access token is proof by itself: signature, time and key are checked in memory. An API key
//! is looked up every time, one row by its primary key, so that revoking it works at once. Tokens
//! of an outside issuer are looked at when they are not ours, and so never stand in the way of
//! ours.

use crate::api_key::{self, ApiKey};
use crate::create_api_key::hash;
use crate::signing_keys;
use crate::store::api_keys;
use crate::usage::Usage;
use kernel::Timestamp;
use platform::Host;
use platform::auth::{
    Allowance, Caller, Day, DayAllowance, Outside, Principal, PrincipalKind, TokenError, Tokens,
    same_secret,
};
use platform::http::{Authenticate, Problem};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Tokens that name unknown keys make the keys be read again, but not more often than this.
const RELOAD_AFTER: Duration = Duration::from_secs(5);

/// Knows access tokens, our own and those of the outside issuer, and API keys.
pub fn authenticator(host: &Host) -> Arc<dyn Authenticate> {
    let issuer = host.settings.oidc.clone();
    Arc::new(Authenticator {
        host: host.clone(),
        usage: Usage::new(host),
        outside: issuer.map(|issuer| Outside::new(host.source.clone(), issuer)),
        reloaded_at: Mutex::new(None),
    })
}

struct Authenticator {
    host: Host,
    usage: Usage,
    outside: Option<Outside>,
    reloaded_at: Mutex<Option<Timestamp>>,
}

impl Authenticate for Authenticator {
    fn authenticate<'a>(
        &'a self,
        bearer: &'a str,
    ) -> Pin<Box<dyn Future<Output = Result<Caller, Problem>> + Send + 'a>> {
        Box::pin(async move {
            if bearer.starts_with(api_key::PREFIX) {
                return self.by_key(bearer).await;
            }
            let principal = match self.host.tokens.verify(bearer) {
                Err(error) => self.by_others(bearer, error).await?,
                Ok(principal) => principal,
            };
            Ok(principal.into())
        })
    }
}

impl Authenticator {
    async fn by_key(&self, text: &str) -> Result<Caller, Problem> {
        let refused = || Problem::unauthenticated("the API key is not valid");
        let (id, secret) = api_key::read(text).ok_or_else(refused)?;
        let host = &self.host;
        let found = api_keys::with_hash(&mut host.db.read().await?, id).await?;
        let (key, kept) = found.ok_or_else(refused)?;
        if !same_secret(&hash(&host.vault, secret), &kept) || !key.is_good(host.source.now()) {
            return Err(refused());
        }
        let principal = Principal {
            subject: id.uuid(),
            kind: PrincipalKind::Key,
            roles: key.roles,
            client: None,
            stores: None,
        };
        Ok(Caller {
            principal,
            allowance: self.allowance(&key),
        })
    }

    /// The key's own limits, where it has any.
    fn allowance(&self, key: &ApiKey) -> Option<Allowance> {
        let (rate, per_day) = (key.plan.rate, key.plan.per_day);
        let today = Day::of(self.host.source.now());
        let day = per_day.map(|limit| DayAllowance {
            limit,
            recorded: key.used.map_or(0, |used| used.on(today)),
            meter: self.usage.meter(key.id),
        });
        (rate.is_some() || day.is_some()).then_some(Allowance { rate, day })
    }

    /// A token that is none of ours as far as this process knows.
    async fn by_others(&self, token: &str, error: TokenError) -> Result<Principal, Problem> {
        match &self.outside {
            Some(outside) if outside.is_named_in(token) => Ok(outside.verify(token).await?),
            _ if error == TokenError::UnknownKey => self.by_new_key(token).await,
            _ => Err(error.into()),
        }
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
