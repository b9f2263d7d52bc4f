//! The vault's cryptography, without a database: deriving, sealing, unsealing.

use crate::db::DbError;
use crate::source::Source;
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use hkdf::Hkdf;
use sha2::Sha256;
use zeroize::Zeroizing;

/// A symmetric key, wiped when dropped.
pub(super) type Key = Zeroizing<[u8; 32]>;

/// The first byte of everything sealed; another scheme will be another number.
const VERSION: u8 = 1;
/// XChaCha's nonce is long enough to be drawn at random for as many messages as one likes.
const NONCE_BYTES: usize = 24;

/// A key for one purpose from the master secret.
pub(super) fn derive(master: &[u8], purpose: &[u8]) -> Key {
    let mut key = Zeroizing::new([0; 32]);
    match Hkdf::<Sha256>::new(None, master).expand(purpose, &mut *key) {
        Ok(()) => key,
        Err(never) => unreachable!("32 bytes are within what HKDF-SHA256 gives: {never}"),
    }
}

/// Version, nonce, ciphertext. `aad` must be given again to unseal.
pub(super) fn seal_with(
    key: &Key,
    source: &Source,
    aad: &[u8],
    plain: &[u8],
) -> Result<Vec<u8>, DbError> {
    let nonce: [u8; NONCE_BYTES] = source.random();
    let payload = Payload { msg: plain, aad };
    let sealed = cipher(key).encrypt(&XNonce::from(nonce), payload);
    let sealed = sealed.map_err(|_| DbError::Bug("text too long to seal".to_owned()))?;
    Ok([&[VERSION], nonce.as_slice(), &sealed].concat())
}

/// `None` when the bytes were not sealed with this key and `aad`, or were changed since.
pub(super) fn unseal_with(key: &Key, aad: &[u8], sealed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let rest = sealed.strip_prefix(&[VERSION])?;
    let (nonce, msg) = rest.split_first_chunk::<NONCE_BYTES>()?;
    let plain = cipher(key).decrypt(&XNonce::from(*nonce), Payload { msg, aad });
    plain.ok().map(Zeroizing::new)
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&chacha20poly1305::Key::from(**key))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(key: &Key) -> Vec<u8> {
        seal_with(key, &Source::system(), b"anna", b"12 Oak Street").unwrap()
    }

    #[test]
    fn a_text_opens_only_with_its_key_and_for_its_person() {
        let key = derive(&[7; 32], b"test");
        let sealed = sealed(&key);
        assert_eq!(
            unseal_with(&key, b"anna", &sealed).unwrap().as_slice(),
            b"12 Oak Street"
        );
        assert!(unseal_with(&key, b"boris", &sealed).is_none());
        assert!(unseal_with(&derive(&[7; 32], b"other"), b"anna", &sealed).is_none());
    }

    #[test]
    fn one_changed_bit_anywhere_is_noticed() {
        let key = derive(&[7; 32], b"test");
        let sealed = sealed(&key);
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(unseal_with(&key, b"anna", &changed).is_none(), "byte {at}");
            assert!(
                unseal_with(&key, b"anna", &sealed[..at]).is_none(),
                "cut at {at}"
            );
        }
    }

    #[test]
    fn the_same_text_sealed_twice_looks_different() {
        let key = derive(&[7; 32], b"test");
        assert_ne!(sealed(&key), sealed(&key));
    }
}
