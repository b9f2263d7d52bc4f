//! Seals stored answers with the caller's key: they hold tokens, secrets that are shown once, and
//! personal data, and none of it may lie in the database in plain for three days.
//!
//! Not a substitute for strong keys: who can guess an `Idempotency-Key` can open its answer.

use chacha20poly1305::aead::{Aead, KeyInit};
use chacha20poly1305::{ChaCha20Poly1305, Key, Nonce};
use sha2::{Digest, Sha256};

use super::key::RetryKey;

const NONCE_BYTES: usize = 12;

/// The nonce followed by the sealed text.
pub(super) fn seal(key: &RetryKey, nonce: [u8; NONCE_BYTES], plain: &[u8]) -> Option<Vec<u8>> {
    let sealed = cipher(key).encrypt(&Nonce::from(nonce), plain).ok()?;
    Some([&nonce[..], &sealed].concat())
}

/// What was sealed; `None` when it was sealed with another key or altered.
pub(super) fn open(key: &RetryKey, sealed: &[u8]) -> Option<Vec<u8>> {
    let (nonce, text) = sealed.split_at_checked(NONCE_BYTES)?;
    let nonce: [u8; NONCE_BYTES] = nonce.try_into().ok()?;
    cipher(key).decrypt(&Nonce::from(nonce), text).ok()
}

fn cipher(key: &RetryKey) -> ChaCha20Poly1305 {
    let mut hash = Sha256::new();
    hash.update(b"comptoir stored answer v1");
    hash.update(key.secret);
    hash.update(&key.fingerprint);
    let bytes: [u8; 32] = hash.finalize().into();
    ChaCha20Poly1305::new(&Key::from(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn key(secret: u8) -> RetryKey {
        RetryKey {
            id: Uuid::nil(),
            fingerprint: vec![1; 32],
            secret: [secret; 16],
        }
    }

    #[test]
    fn only_the_same_key_opens_a_sealed_answer() {
        let sealed = seal(&key(1), [7; 12], b"access_token").unwrap();
        assert_eq!(open(&key(1), &sealed).unwrap(), b"access_token");
        assert!(open(&key(2), &sealed).is_none());
        assert!(open(&key(1), &sealed[..5]).is_none());
        assert!(!sealed.windows(6).any(|window| window == b"access"));
    }
}
