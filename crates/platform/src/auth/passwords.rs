//! Hashes passwords with argon2id, a few at a time, away from the threads that serve requests.

use crate::source::Source;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use kernel::{ErrorKind, Fault};
use secrecy::{ExposeSecret, SecretString};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;

/// OWASP Password Storage Cheat Sheet, second argon2id profile: 19 MiB, two passes, one lane.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
const SALT_BYTES: usize = 16;

/// How long a request waits for a free slot before it is told to come again; less than the
/// request timeout, so that the caller gets a 503 with `Retry-After` and not a bare timeout.
const PATIENCE: Duration = Duration::from_secs(3);

/// Hashes and compares passwords. Cloning shares the slots.
#[derive(Clone)]
pub struct Passwords(Arc<Inner>);

struct Inner {
    source: Source,
    /// Each hash takes a core and 19 MiB; more at once than cores would only be slower.
    slots: Arc<Semaphore>,
}

/// Compared with when there is no such account, so that both cases take the same time. Salt and
/// hash are random bytes; the parameters are those above.
const DECOY: &str = concat!(
    "$argon2id$v=19$m=19456,t=2,p=1$",
    "n6b4eHkloshL3a9metHeOg$qo6+/nDmq2IPUd3QLL/H+konaZUZoZURLKW2Jka/o5U"
);

/// Why a password could not be hashed or compared.
#[derive(Debug, thiserror::Error)]
pub enum PasswordError {
    #[error("too many people are logging in at this moment; try again")]
    Busy,
    #[error("the password hash cannot be computed: {0}")]
    Broken(String),
}

impl Fault for PasswordError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Busy => ErrorKind::Unavailable,
            Self::Broken(_) => ErrorKind::Bug,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Busy => "LOGIN_BUSY",
            Self::Broken(_) => "INTERNAL",
        }
    }
}

impl Passwords {
    /// One slot per core.
    pub fn new(source: Source) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let slots = Arc::new(Semaphore::new(cores));
        Self(Arc::new(Inner { source, slots }))
    }

    /// The hash to store, in PHC string format with its parameters and salt.
    pub async fn hash(&self, password: SecretString) -> Result<String, PasswordError> {
        let salt = self.0.source.random();
        self.run(move || hash_now(password.expose_secret().as_bytes(), &salt))
            .await
    }

    /// Whether `password` is the one that was hashed. Without a hash (nobody by that name, or
    /// somebody without a password) the answer is no, after the same work.
    pub async fn verify(
        &self,
        password: SecretString,
        hash: Option<String>,
    ) -> Result<bool, PasswordError> {
        let known = hash.is_some();
        let hash = hash.unwrap_or_else(|| DECOY.to_owned());
        let same = self.run(move || compare_now(&password, &hash)).await?;
        Ok(same && known)
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, PasswordError> + Send + 'static,
    ) -> Result<T, PasswordError> {
        let slot = tokio::time::timeout(PATIENCE, Arc::clone(&self.0.slots).acquire_owned());
        let slot = slot.await.map_err(|_| PasswordError::Busy)?;
        let slot = slot.map_err(|_| PasswordError::Busy)?;
        // The slot travels with the work: a caller who hangs up frees it only once it is done.
        let done = tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(slot);
            answer
        });
        done.await
            .map_err(|stopped| PasswordError::Broken(stopped.to_string()))?
    }
}

fn argon2id() -> Result<Argon2<'static>, PasswordError> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None);
    let params = params.map_err(|error| PasswordError::Broken(error.to_string()))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash_now(password: &[u8], salt: &[u8; SALT_BYTES]) -> Result<String, PasswordError> {
    let hash = argon2id()?.hash_password_with_salt(password, salt);
    hash.map(|hash| hash.to_string())
        .map_err(|error| PasswordError::Broken(error.to_string()))
}

fn compare_now(password: &SecretString, hash: &str) -> Result<bool, PasswordError> {
    let same = argon2id()?.verify_password(password.expose_secret().as_bytes(), hash);
    match same {
        Ok(()) => Ok(true),
        Err(argon2::password_hash::Error::PasswordInvalid) => Ok(false),
        Err(error) => Err(PasswordError::Broken(error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(Source::system())
    }

    #[tokio::test]
    async fn only_the_password_itself_opens_its_hash() {
        let passwords = passwords();
        let hash = passwords.hash("a long enough one".into()).await.unwrap();
        assert!(
            hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{hash}"
        );
        assert!(
            passwords
                .verify("a long enough one".into(), Some(hash.clone()))
                .await
                .unwrap()
        );
        assert!(
            !passwords
                .verify("a long enough two".into(), Some(hash))
                .await
                .unwrap()
        );
    }

    #[tokio::test]
    async fn the_decoy_takes_the_same_work_as_a_hash_of_today() {
        let hash = passwords().hash("anything".into()).await.unwrap();
        let parameters = |hash: &str| {
            hash.split('$')
                .take(4)
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(parameters(&hash), parameters(DECOY));
        assert_eq!(hash.len(), DECOY.len());
    }

    #[tokio::test]
    async fn nobody_opens_a_missing_hash() {
        assert!(!passwords().verify("anything".into(), None).await.unwrap());
    }

    #[tokio::test]
    async fn one_password_hashed_twice_gives_two_hashes() {
        let passwords = passwords();
        let first = passwords.hash("the very same".into()).await.unwrap();
        assert_ne!(first, passwords.hash("the very same".into()).await.unwrap());
    }
}
