//! The key of a retry: what makes two requests the same one.

use axum::http::{HeaderMap, Method};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::auth::{Principal, PrincipalKind};

use super::super::authenticate::GUEST_HEADER;
use super::super::problem::Problem;

/// Longer keys are refused; a UUID needs 36.
const MAX_LENGTH: usize = 255;

/// Identifies a request that may come again: caller, method, path and `Idempotency-Key`, hashed.
#[derive(Clone, PartialEq, Eq)]
pub struct RetryKey {
    /// First half of SHA-256 over scope and key.
    pub id: Uuid,
    /// SHA-256 of the body; another one under the same key is a mistake of the caller.
    pub fingerprint: Vec<u8>,
    /// The other half: never stored, it seals the stored answer.
    pub(super) secret: [u8; 16],
}

/// The part of a [`RetryKey`] that is known before the body is read.
#[derive(Clone)]
pub(super) struct Claim {
    pub id: Uuid,
    secret: [u8; 16],
}

impl Claim {
    /// The claim a request makes by its header; `None` without one.
    pub(super) fn of(
        headers: &HeaderMap,
        principal: Option<&Principal>,
        method: &Method,
        path: &str,
    ) -> Result<Option<Self>, Problem> {
        let mut values = headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else {
            return Ok(None);
        };
        let key = value.as_bytes();
        let visible = key.iter().all(|byte| (b'!'..=b'~').contains(byte));
        if key.is_empty() || key.len() > MAX_LENGTH || !visible || values.next().is_some() {
            return Err(Problem::invalid(
                "Idempotency-Key takes 1 to 255 visible ASCII characters",
            )
            .detail(
                "Idempotency-Key",
                "INVALID_IDEMPOTENCY_KEY",
                "1 to 255 visible ASCII",
            ));
        }
        let mut hash = Sha256::new();
        match principal {
            Some(principal) => {
                let kind: &[u8] = match principal.kind {
                    PrincipalKind::User => b"user/",
                    PrincipalKind::Key => b"key/",
                };
                hash.update(kind);
                hash.update(principal.subject.as_bytes());
            }
            None => hash.update(b"anonymous"),
        }
        if let (None, Some(guest)) = (principal, headers.get(GUEST_HEADER)) {
            hash.update(b"/");
            hash.update(guest.as_bytes());
        }
        for part in [method.as_str().as_bytes(), path.as_bytes(), key] {
            hash.update(b"\n");
            hash.update(part);
        }
        let digest: [u8; 32] = hash.finalize().into();
        let (id, secret) = digest.split_at(16);
        let half = |bytes: &[u8]| <[u8; 16]>::try_from(bytes).unwrap_or_default();
        Ok(Some(Self {
            id: Uuid::from_bytes(half(id)),
            secret: half(secret),
        }))
    }

    /// The whole key, once the body is known.
    pub(super) fn with_fingerprint(&self, fingerprint: Vec<u8>) -> RetryKey {
        RetryKey {
            id: self.id,
            fingerprint,
            secret: self.secret,
        }
    }

    pub(super) fn with_body(&self, body: &[u8]) -> RetryKey {
        self.with_fingerprint(Sha256::digest(body).to_vec())
    }
}

impl std::fmt::Debug for RetryKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RetryKey({})", self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(key: &str, path: &str) -> Result<Option<Uuid>, Problem> {
        let mut headers = HeaderMap::new();
        headers.insert("idempotency-key", key.parse().unwrap());
        let claim = Claim::of(&headers, None, &Method::POST, path)?;
        Ok(claim.map(|claim| claim.id))
    }

    #[test]
    fn a_key_is_one_to_255_visible_ascii_characters() {
        assert!(claim(&"k".repeat(255), "/v1/orders").is_ok());
        for bad in ["", "two words", &"k".repeat(256)] {
            assert!(claim(bad, "/v1/orders").is_err(), "{bad:?}");
        }
    }

    #[test]
    fn the_same_key_of_another_guest_is_another_claim() {
        let claim = |guest: Option<&str>| {
            let mut headers = HeaderMap::new();
            headers.insert("idempotency-key", "k".parse().unwrap());
            if let Some(guest) = guest {
                headers.insert(GUEST_HEADER, guest.parse().unwrap());
            }
            let claim = Claim::of(&headers, None, &Method::POST, "/v1/cart/items").unwrap();
            claim.map(|claim| claim.id)
        };
        let claims = [claim(None), claim(Some("ann")), claim(Some("bob"))];
        assert!(claims[0] != claims[1] && claims[1] != claims[2] && claims[0] != claims[2]);
        assert_eq!(claims[1], claim(Some("ann")));
    }

    #[test]
    fn the_same_key_on_another_path_is_another_claim() {
        let (a, b) = (claim("k", "/v1/a").unwrap(), claim("k", "/v1/b").unwrap());
        assert!(a.is_some() && a != b);
        assert_eq!(a, claim("k", "/v1/a").unwrap());
    }
}
