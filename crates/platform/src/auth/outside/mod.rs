//! Access tokens of an issuer outside of this shop: an OpenID Connect provider such as Amazon
//! Cognito or Keycloak, named in the settings. Its users have no row here: their id is derived
//! from issuer and subject, and what they may do stands in the token.
//!
//! Only signatures over RS256, ES256 and EdDSA count, only of keys the issuer publishes, each for
//! the one algorithm it is made for. ID tokens and other JWTs of the same issuer are refused.

mod claims;
mod fetch;
mod keys;

use super::tokens::{CLOCK_SKEW, MAX_LENGTH, REMEMBERED};
use super::{Principal, PrincipalKind, TokenError};
use crate::config::OidcIssuer;
use crate::source::Source;
use claims::{Claims, Named};
use jsonwebtoken::{Algorithm, Header, Validation};
use kernel::Timestamp;
use keys::Keys;
use moka::sync::Cache;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use uuid::Uuid;

/// What a signature may be made with. Anything else, `none` and HMAC above all, is refused before
/// a key is looked for.
const ALGORITHMS: [Algorithm; 3] = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
/// Real key ids have some forty characters.
const KID_MAX: usize = 256;

/// Checks the access tokens of one outside issuer.
pub struct Outside {
    source: Source,
    issuer: OidcIssuer,
    keys: Keys,
    /// As in [`super::Tokens`]: what a signature proved is remembered, time and key are not.
    verified: Cache<[u8; 32], Arc<Verified>>,
}

struct Verified {
    kid: String,
    not_before: Option<Timestamp>,
    expires: Timestamp,
    principal: Principal,
}

impl Outside {
    /// Asks nothing of the issuer yet.
    pub fn new(source: Source, issuer: OidcIssuer) -> Self {
        let keys = Keys::new(source.clone(), &issuer);
        let verified = Cache::new(REMEMBERED);
        Self {
            source,
            issuer,
            keys,
            verified,
        }
    }

    /// Whether a token says it is of this issuer. Nothing is proven by that.
    pub fn is_named_in(&self, token: &str) -> bool {
        let short = token.len() <= MAX_LENGTH;
        let named = short.then(|| jsonwebtoken::dangerous::insecure_decode_claims::<Named>(token));
        named.is_some_and(|named| named.is_ok_and(|named| named.iss == self.issuer.issuer))
    }

    /// Who holds this token, if it is good now. Waits for the issuer only when the token names a
    /// key that is not known, and then for two seconds at most, once a minute.
    pub async fn verify(&self, token: &str) -> Result<Principal, TokenError> {
        if token.len() > MAX_LENGTH {
            return Err(TokenError::Malformed);
        }
        self.keys.keep_fresh();
        let digest: [u8; 32] = Sha256::digest(token).into();
        if let Some(verified) = self.verified.get(&digest) {
            self.check(&verified)?;
            return Ok(verified.principal.clone());
        }
        let verified = self.decode(token).await?;
        self.check(&verified)?;
        let principal = verified.principal.clone();
        self.verified.insert(digest, Arc::new(verified));
        Ok(principal)
    }

    /// What may change from one use to the next.
    fn check(&self, verified: &Verified) -> Result<(), TokenError> {
        let now = self.source.now();
        if now >= verified.expires {
            return Err(TokenError::Expired);
        }
        let early = |from: Timestamp| now.plus(CLOCK_SKEW) < from;
        if verified.not_before.is_some_and(early) {
            return Err(TokenError::WrongClaims);
        }
        match self.keys.get(&verified.kid) {
            Some(_) => Ok(()),
            None => Err(TokenError::UnknownKey),
        }
    }

    async fn decode(&self, token: &str) -> Result<Verified, TokenError> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Malformed)?;
        if !ALGORITHMS.contains(&header.alg) || header.crit.is_some() {
            return Err(TokenError::Malformed);
        }
        if !is_access_or_plain(&header) {
            return Err(TokenError::WrongClaims);
        }
        let kid = header.kid.as_deref().unwrap_or_default();
        if kid.is_empty() || kid.len() > KID_MAX {
            return Err(TokenError::UnknownKey);
        }
        let key = self.keys.find(kid).await.ok_or(TokenError::UnknownKey)?;
        if key.algorithm != header.alg {
            return Err(TokenError::Malformed);
        }
        let claims = jsonwebtoken::decode::<Claims>(token, &key.key, &signature_by(key.algorithm));
        let claims = claims
            .map_err(|error| super::tokens::reason(&error))?
            .claims;
        if !claims.are_for(&self.issuer, &header) {
            return Err(TokenError::WrongClaims);
        }
        Ok(Verified {
            kid: kid.to_owned(),
            not_before: claims.not_before(),
            expires: claims.expires(),
            principal: Principal {
                subject: user_of(&self.issuer.issuer, &claims.sub),
                kind: PrincipalKind::User,
                roles: claims.roles(&self.issuer),
                client: None,
                stores: None,
            },
        })
    }
}

/// The signature only: every claim is checked here, by [`Claims`] and [`Outside::check`].
fn signature_by(algorithm: Algorithm) -> Validation {
    let mut rules = Validation::new(algorithm);
    (rules.validate_exp, rules.validate_nbf) = (false, false);
    rules.validate_aud = false;
    rules.required_spec_claims.clear();
    rules
}

/// Cognito writes no type, Keycloak `JWT`, RFC 9068 asks for `at+jwt`. Logout tokens and others
/// have types of their own.
fn is_access_or_plain(header: &Header) -> bool {
    let typ = header.typ.as_deref().unwrap_or("JWT");
    typ.eq_ignore_ascii_case("JWT") || is_access(header)
}

fn is_access(header: &Header) -> bool {
    let typ = header.typ.as_deref().unwrap_or_default();
    let typ = typ.strip_prefix("application/").unwrap_or(typ);
    typ.eq_ignore_ascii_case("at+jwt")
}

/// The id of somebody we know by issuer and subject only: the same every time. It is a UUID of
/// version 8, so it is never the id of a user of this shop, which is one of version 7.
pub fn user_of(issuer: &str, subject: &str) -> Uuid {
    let mut hash = Sha256::new_with_prefix(b"comptoir outside user\0");
    for part in [issuer, subject] {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part);
    }
    let digest: [u8; 32] = hash.finalize().into();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_one_id_and_no_other_has_it() {
        let ann = user_of("https://a.example", "ann");
        assert_eq!(ann, user_of("https://a.example", "ann"));
        assert_eq!(ann.get_version_num(), 8);
        for (issuer, subject) in [
            ("https://a.example", "bob"),
            ("https://b.example", "ann"),
            ("https://a.examplea", "nn"),
        ] {
            assert_ne!(ann, user_of(issuer, subject), "{issuer} {subject}");
        }
    }
}
