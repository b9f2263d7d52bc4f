//! The keys an outside issuer signs with: kept in memory, asked for again when a token names one
//! that is not known, but not more often than once a minute, whatever is sent to us.

use super::fetch::Fetcher;
use crate::config::OidcIssuer;
use crate::source::Source;
use jsonwebtoken::jwk::{
    AlgorithmParameters, EllipticCurve, Jwk, KeyAlgorithm, KeyOperations, PublicKeyUse,
};
use jsonwebtoken::{Algorithm, DecodingKey};
use kernel::Timestamp;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

/// Between two attempts to read the keys.
const RETRY_AFTER: Duration = Duration::from_secs(60);
/// Keys this old are read again beside, so that one the issuer took back does not live on here.
const STALE_AFTER: Duration = Duration::from_secs(15 * 60);
/// Requests that may wait for an attempt; those beyond have a token that is as good as unknown.
const WAITING_MAX: usize = 64;
/// Issuers publish two to five keys.
const KEYS_MAX: usize = 100;

/// A public key, and the one algorithm it is for.
#[derive(Clone)]
pub struct Key {
    pub algorithm: Algorithm,
    pub key: DecodingKey,
}

/// Cloning shares the keys.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    source: Source,
    fetcher: Fetcher,
    ring: RwLock<Ring>,
    /// Held by whoever asks the issuer.
    turn: Mutex<()>,
    waiting: Semaphore,
}

#[derive(Default)]
struct Ring {
    by_kid: HashMap<String, Arc<Key>>,
    read_at: Option<Timestamp>,
    tried_at: Option<Timestamp>,
}

impl Keys {
    pub fn new(source: Source, issuer: &OidcIssuer) -> Self {
        Self(Arc::new(Inner {
            source,
            fetcher: Fetcher::new(issuer),
            ring: RwLock::default(),
            turn: Mutex::new(()),
            waiting: Semaphore::new(WAITING_MAX),
        }))
    }

    /// A key that is known.
    pub fn get(&self, kid: &str) -> Option<Arc<Key>> {
        self.read(|ring| ring.by_kid.get(kid).cloned())
    }

    /// A key; the issuer is asked when it is not known and may be asked again.
    pub async fn find(&self, kid: &str) -> Option<Arc<Key>> {
        if let Some(key) = self.get(kid) {
            return Some(key);
        }
        if self.may_try() {
            let _place = self.0.waiting.try_acquire().ok()?;
            // A task of its own: a caller who hangs up does not use up this minute's attempt.
            let asking = tokio::spawn(self.clone().refresh());
            asking.await.ok()?;
        }
        self.get(kid)
    }

    /// Reads keys that have grown old again, without waiting for it.
    pub fn keep_fresh(&self) {
        let now = self.0.source.now();
        let stale = |at: Timestamp| now.since(at) >= STALE_AFTER;
        if self.read(|ring| ring.read_at.is_some_and(stale)) && self.may_try() {
            tokio::spawn(self.clone().refresh());
        }
    }

    fn may_try(&self) -> bool {
        let now = self.0.source.now();
        self.read(|ring| ring.tried_at.is_none_or(|at| now.since(at) >= RETRY_AFTER))
    }

    /// Asks the issuer, unless somebody else did while this one waited for its turn. What cannot
    /// be read changes nothing: the keys that are known go on.
    async fn refresh(self) {
        let _turn = self.0.turn.lock().await;
        if !self.may_try() {
            return;
        }
        let now = self.0.source.now();
        self.write(|ring| ring.tried_at = Some(now));
        match self.0.fetcher.fetch().await {
            Ok(found) => {
                let by_kid = usable(found);
                tracing::info!(keys = by_kid.len(), "read the keys of the outside issuer");
                self.write(|ring| (ring.by_kid, ring.read_at) = (by_kid, Some(now)));
            }
            Err(error) => {
                tracing::warn!(%error, "the keys of the outside issuer cannot be read");
            }
        }
    }

    fn read<T>(&self, look: impl FnOnce(&Ring) -> T) -> T {
        look(&self.0.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn write(&self, change: impl FnOnce(&mut Ring)) {
        change(&mut self.0.ring.write().unwrap_or_else(PoisonError::into_inner));
    }
}

/// Keys that can sign what we accept, by their names. The others are for somebody else.
fn usable(found: Vec<Value>) -> HashMap<String, Arc<Key>> {
    let mut by_kid = HashMap::new();
    for value in found.into_iter().take(KEYS_MAX) {
        let Ok(jwk) = serde_json::from_value::<Jwk>(value) else {
            continue;
        };
        if let Some((kid, key)) = key(&jwk) {
            by_kid.entry(kid).or_insert_with(|| Arc::new(key));
        }
    }
    by_kid
}

fn key(jwk: &Jwk) -> Option<(String, Key)> {
    let common = &jwk.common;
    let (algorithm, named) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(ec) if ec.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(pair) if pair.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        _ => return None,
    };
    let for_that = common.key_algorithm.is_none_or(|alg| alg == named);
    let for_signatures = |usage: &PublicKeyUse| *usage == PublicKeyUse::Signature;
    let verifies = |operations: &Vec<_>| operations.contains(&KeyOperations::Verify);
    let signs = common.public_key_use.as_ref().is_none_or(for_signatures)
        && common.key_operations.as_ref().is_none_or(verifies);
    let kid = common.key_id.clone().filter(|kid| !kid.is_empty())?;
    let key = DecodingKey::from_jwk(jwk).ok()?;
    (for_that && signs).then_some((kid, Key { algorithm, key }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const X: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

    fn kept(key: Value) -> bool {
        !usable(vec![key]).is_empty()
    }

    #[test]
    fn only_public_keys_for_our_algorithms_are_kept() {
        let good = json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": "a"});
        assert!(kept(good.clone()));
        let with = |name: &str, value: Value| {
            let mut key = good.clone();
            key[name] = value;
            key
        };
        assert!(kept(with("use", json!("sig"))) && kept(with("alg", json!("EdDSA"))));
        for (name, value) in [
            ("use", json!("enc")),
            ("alg", json!("HS256")),
            ("alg", json!("RS256")),
            ("kid", json!("")),
            ("kid", json!(7)),
            ("kty", json!("oct")),
            ("crv", json!("X25519")),
            ("key_ops", json!(["encrypt"])),
        ] {
            assert!(!kept(with(name, value.clone())), "{name} {value}");
        }
        assert!(!kept(
            json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256"})
        ));
        assert!(!kept(json!({"kty": "oct", "k": "c2VjcmV0", "kid": "a"})));
        assert!(!kept(json!("a text")) && !kept(Value::Null));
    }

    #[test]
    fn one_name_is_one_key_and_there_is_an_end_to_them() {
        let key = |kid: String| json!({"kty": "OKP", "crv": "Ed25519", "x": X, "kid": kid});
        let many = (0..1000).map(|nth| key(nth.to_string())).collect();
        assert_eq!(usable(many).len(), KEYS_MAX);
        let twice = usable(vec![key("a".to_owned()), key("a".to_owned())]);
        assert_eq!(twice.len(), 1);
    }
}
