//! Access tokens: short-lived JWTs (RFC 9068) signed with Ed25519, and the keys they are checked
//! with. Nothing here is stored; who keeps the keys hands them in with [`Tokens::install`].
//!
//! Checking a signature is a pure function of the token and a key that never changes under its
//! name, so its result is remembered: a bounded cache from the token's SHA-256 to its claims.
//! This is memoisation, not authorisation by cache: issuer, audience and type cannot change
//! within a token, while expiry, `nbf` and the key still being in force are checked on every use.

use super::{Jwk, JwkSet, Principal, PrincipalKind, Roles, SigningKey, scopes_of};
use crate::source::Source;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use kernel::{ClientId, ErrorKind, Fault, StoreId, Timestamp, UserId};
use moka::sync::Cache;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use uuid::Uuid;

/// How long an access token is good for.
pub const ACCESS_LIFETIME: Duration = Duration::from_secs(15 * 60);
/// A token from a machine whose clock runs ahead by this much is not refused (`nbf`).
pub(super) const CLOCK_SKEW: Duration = Duration::from_secs(30);
/// RFC 9068: keeps ID tokens and other JWTs from being taken for access tokens.
const TYPE: &str = "at+jwt";
/// Roughly 6 MiB when full; tokens of more callers than this are checked anew.
pub(super) const REMEMBERED: u64 = 10_000;
/// Longer than any token made here with 500 stores; longer ones are not even hashed.
pub(super) const MAX_LENGTH: usize = 32 * 1024;

/// Issues and checks access tokens. Cloning shares keys and memory.
#[derive(Clone)]
pub struct Tokens(Arc<Inner>);

struct Inner {
    source: Source,
    issuer: String,
    rules: Validation,
    ring: RwLock<Arc<Ring>>,
    verified: Cache<[u8; 32], Arc<Verified>>,
}

/// The keys in force, replaced as a whole.
#[derive(Default)]
struct Ring {
    by_kid: HashMap<String, Verifier>,
    signer: Option<(String, EncodingKey)>,
}

struct Verifier {
    key: DecodingKey,
    jwk: Jwk,
    /// After this moment the key verifies nothing more.
    until: Option<Timestamp>,
}

/// What stands in a token. Unknown claims are ignored.
#[derive(Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    iat: i64,
    nbf: i64,
    exp: i64,
    jti: Uuid,
    roles: Roles,
    /// For others to read; see `scopes.rs`.
    #[serde(default)]
    scope: String,
    /// The client the user buys as, where that is not the one of the same UUID.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client: Option<ClientId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    stores: Option<Vec<StoreId>>,
}

/// A token whose signature and fixed claims were found good.
struct Verified {
    kid: String,
    not_before: Timestamp,
    expires: Timestamp,
    principal: Principal,
}

/// Why a token is no good. On the wire only expiry is told apart from the rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the access token is not valid")]
    Malformed,
    #[error("the access token is not valid")]
    UnknownKey,
    #[error("the access token is not valid")]
    BadSignature,
    #[error("the access token is not valid")]
    WrongClaims,
    #[error("the access token has expired")]
    Expired,
    #[error("no key is installed to sign access tokens with")]
    NoSigner,
}

impl Fault for TokenError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSigner => ErrorKind::Unavailable,
            _ => ErrorKind::Unauthenticated,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Expired => "TOKEN_EXPIRED",
            Self::NoSigner => "NO_SIGNING_KEY",
            _ => "INVALID_TOKEN",
        }
    }
}

impl Tokens {
    /// Without keys at first: every token is refused until [`Tokens::install`] was called.
    /// `issuer` and `audience` are written into tokens and asked of them.
    pub fn new(source: Source, issuer: &str, audience: &str) -> Self {
        let mut rules = Validation::new(Algorithm::EdDSA);
        rules.algorithms = vec![Algorithm::EdDSA];
        rules.set_issuer(&[issuer]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "nbf", "aud", "iss", "sub"]);
        // Time is asked of the source, on every use; see `check`.
        (rules.validate_exp, rules.validate_nbf) = (false, false);
        Self(Arc::new(Inner {
            source,
            issuer: issuer.to_owned(),
            rules,
            ring: RwLock::default(),
            verified: Cache::new(REMEMBERED),
        }))
    }

    /// Replaces the keys. The newest one that is not retired signs from now on; a retired one
    /// goes on verifying until its last token has expired.
    pub fn install(&self, keys: &[SigningKey]) {
        let now = self.0.source.now();
        let signer = keys
            .iter()
            .filter(|key| key.retired_at.is_none_or(|at| at > now));
        let signer = signer.max_by_key(|key| (key.created_at, key.id));
        let signer = signer.map(|key| (key.kid(), key.encoding()));
        let by_kid = keys
            .iter()
            .map(|key| (key.kid(), Verifier::of(key)))
            .collect();
        let ring = Arc::new(Ring { by_kid, signer });
        *self.0.ring.write().unwrap_or_else(PoisonError::into_inner) = ring;
    }

    /// Whether a key named `kid` is installed.
    pub fn knows(&self, kid: &str) -> bool {
        self.ring().by_kid.contains_key(kid)
    }

    /// Whether there is a key to sign with.
    pub fn can_sign(&self) -> bool {
        self.ring().signer.is_some()
    }

    /// The public keys in force.
    pub fn jwks(&self) -> JwkSet {
        let (ring, now) = (self.ring(), self.0.source.now());
        let in_force = ring
            .by_kid
            .values()
            .filter(|verifier| verifier.holds_at(now));
        let mut keys: Vec<_> = in_force.map(|verifier| verifier.jwk.clone()).collect();
        keys.sort_by(|a, b| a.kid.cmp(&b.kid));
        JwkSet { keys }
    }

    /// A token for `user` that is good for [`ACCESS_LIFETIME`]. They buy as `client` where there
    /// is one, else as the client made when they registered.
    pub fn issue(
        &self,
        user: UserId,
        client: Option<ClientId>,
        roles: Roles,
        stores: Option<Vec<StoreId>>,
    ) -> Result<String, TokenError> {
        let ring = self.ring();
        let (kid, key) = ring.signer.as_ref().ok_or(TokenError::NoSigner)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(TYPE.to_owned());
        header.kid = Some(kid.clone());
        let audience = self
            .0
            .rules
            .aud
            .iter()
            .flatten()
            .next()
            .cloned()
            .unwrap_or_default();
        let iat = self.0.source.now().unix_seconds();
        let claims = Claims {
            iss: self.0.issuer.clone(),
            aud: audience,
            sub: user,
            iat,
            nbf: iat,
            exp: iat + i64::try_from(ACCESS_LIFETIME.as_secs()).unwrap_or_default(),
            jti: self.0.source.uuid(),
            roles,
            scope: scopes_of(roles),
            client,
            stores,
        };
        jsonwebtoken::encode(&header, &claims, key).map_err(|_| TokenError::NoSigner)
    }

    /// Who holds this token, if it is good now.
    pub fn verify(&self, token: &str) -> Result<Principal, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Malformed);
        }
        let digest: [u8; 32] = Sha256::digest(token).into();
        let verified = match self.0.verified.get(&digest) {
            Some(verified) => verified,
            None => {
                let verified = Arc::new(self.decode(token)?);
                self.check(&verified)?;
                self.0.verified.insert(digest, Arc::clone(&verified));
                verified
            }
        };
        self.check(&verified)?;
        Ok(verified.principal.clone())
    }

    /// The key a token says it was signed with, without believing anything else of it.
    pub fn kid_of(token: &str) -> Option<String> {
        jsonwebtoken::decode_header(token).ok()?.kid
    }

    /// What may change from one use to the next.
    fn check(&self, verified: &Verified) -> Result<(), TokenError> {
        let now = self.0.source.now();
        if now >= verified.expires {
            return Err(TokenError::Expired);
        }
        if now.plus(CLOCK_SKEW) < verified.not_before {
            return Err(TokenError::WrongClaims);
        }
        match self.ring().by_kid.get(&verified.kid) {
            Some(verifier) if verifier.holds_at(now) => Ok(()),
            _ => Err(TokenError::UnknownKey),
        }
    }

    /// What cannot change: form, algorithm, key, signature, type, issuer, audience.
    fn decode(&self, token: &str) -> Result<Verified, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if header.alg != Algorithm::EdDSA || header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        if !header.typ.is_some_and(|typ| typ.eq_ignore_ascii_case(TYPE)) {
            return Err(TokenError::WrongClaims);
        }
        let kid = header.kid.ok_or(TokenError::UnknownKey)?;
        let ring = self.ring();
        // Only our own keys count: `jwk`, `jku` and `x5u` of the header are never looked at.
        let verifier = ring.by_kid.get(&kid).ok_or(TokenError::UnknownKey)?;
        let claims = jsonwebtoken::decode::<Claims>(token, &verifier.key, &self.0.rules);
        let claims = claims.map_err(|error| reason(&error))?.claims;
        Ok(Verified {
            kid,
            not_before: seconds(claims.nbf),
            expires: seconds(claims.exp),
            principal: Principal {
                subject: claims.sub.uuid(),
                kind: PrincipalKind::User,
                roles: claims.roles,
                client: claims.client,
                stores: claims.stores,
            },
        })
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Verifier {
    fn of(key: &SigningKey) -> Self {
        let until = key.retired_at.map(|at| at.plus(ACCESS_LIFETIME));
        Self {
            key: key.decoding(),
            jwk: key.jwk(),
            until,
        }
    }

    fn holds_at(&self, now: Timestamp) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

fn seconds(since_1970: i64) -> Timestamp {
    Timestamp::from_unix_micros(since_1970.saturating_mul(1_000_000))
}

pub(super) fn reason(error: &jsonwebtoken::errors::Error) -> TokenError {
    use jsonwebtoken::errors::ErrorKind as Kind;
    match error.kind() {
        Kind::InvalidSignature => TokenError::BadSignature,
        Kind::InvalidIssuer | Kind::InvalidAudience | Kind::MissingRequiredClaim(_) => {
            TokenError::WrongClaims
        }
        _ => TokenError::Malformed,
    }
}

#[cfg(test)]
#[path = "tokens_tests.rs"]
mod tests;
