//! API keys: what they are and how their text is made: pure rules.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{ApiKeyId, ErrorKind, Fault, Name, Timestamp};
use platform::auth::{Role, Roles};

/// Bearers that begin so are API keys; everything else is an access token.
pub const PREFIX: &str = "key_";
/// `key_` and 26 characters.
const ID_CHARS: usize = 30;
/// 256 bits: nobody guesses, so a plain keyed hash protects it.
pub const SECRET_BYTES: usize = 32;

/// A machine's key, as stored; without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: Name,
    pub roles: Roles,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What no key may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApiKeyFault {
    #[error("a key has at least one role")]
    NoRole,
    #[error("a machine is no customer; give it another role")]
    Customer,
    #[error("expires_at lies in the past")]
    AlreadyExpired,
}

impl Fault for ApiKeyFault {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoRole => "NO_ROLE",
            Self::Customer => "CUSTOMER_KEY",
            Self::AlreadyExpired => "ALREADY_EXPIRED",
        }
    }
}

impl ApiKey {
    /// A new key that can be had.
    pub fn new(
        id: ApiKeyId,
        name: Name,
        roles: Roles,
        expires_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Self, ApiKeyFault> {
        if roles.is_empty() {
            return Err(ApiKeyFault::NoRole);
        }
        if roles.has(Role::Customer) {
            return Err(ApiKeyFault::Customer);
        }
        if expires_at.is_some_and(|at| at <= now) {
            return Err(ApiKeyFault::AlreadyExpired);
        }
        let (revoked_at, version, created_at, updated_at) = (None, 1, now, now);
        Ok(Self {
            id,
            name,
            roles,
            expires_at,
            revoked_at,
            version,
            created_at,
            updated_at,
        })
    }

    /// Whether the key opens anything now.
    pub fn is_good(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at.is_none_or(|at| now < at)
    }
}

/// The text a machine sends: `key_<26 characters>_<43 characters>`.
pub fn write(id: ApiKeyId, secret: [u8; SECRET_BYTES]) -> String {
    format!("{id}_{}", URL_SAFE_NO_PAD.encode(secret))
}

/// The id in such a text, and the secret as it stands there.
pub fn read(text: &str) -> Option<(ApiKeyId, &str)> {
    let (id, secret) = text.split_at_checked(ID_CHARS)?;
    let secret = secret.strip_prefix('_')?;
    Some((id.parse().ok()?, secret))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use uuid::Uuid;

    fn key(roles: &[Role], expires_at: Option<Timestamp>) -> Result<ApiKey, ApiKeyFault> {
        let id = ApiKeyId::from_uuid(Uuid::from_u128(1));
        ApiKey::new(
            id,
            "Scanner".parse().unwrap(),
            Roles::of(roles),
            expires_at,
            noon(),
        )
    }

    fn noon() -> Timestamp {
        Timestamp::from_unix_micros(1_700_000_000_000_000)
    }

    #[test]
    fn the_text_of_a_key_is_read_back_as_written() {
        let id = ApiKeyId::from_uuid(Uuid::from_u128(u128::MAX));
        let text = write(id, [0xff; SECRET_BYTES]);
        assert_eq!(text.len(), 74);
        assert_eq!(read(&text), Some((id, &text[31..])));
        for wrong in [
            "",
            "key_",
            "key__",
            "key_01h455vb4pex5vsknk084sn02q",
            &text[1..],
            "ké",
        ] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_at_all_upsets_the_reader(text in "(key_)?\\PC{0,80}") {
            if let Some((id, secret)) = read(&text) {
                proptest::prop_assert_eq!(format!("{id}_{secret}"), text);
            }
        }
    }

    #[test]
    fn a_key_without_role_or_of_a_customer_is_refused() {
        assert_eq!(key(&[], None), Err(ApiKeyFault::NoRole));
        assert_eq!(
            key(&[Role::Admin, Role::Customer], None),
            Err(ApiKeyFault::Customer)
        );
        assert!(key(&[Role::Service], None).is_ok());
    }

    #[test]
    fn a_key_is_good_until_it_expires_or_is_revoked() {
        let end = noon().plus(Duration::from_secs(60));
        let mut key = key(&[Role::Clerk], Some(end)).unwrap();
        assert!(key.is_good(noon()) && !key.is_good(end));
        key.revoked_at = Some(noon());
        assert!(!key.is_good(noon()));
    }

    #[test]
    fn a_key_that_is_over_before_it_begins_is_refused() {
        assert_eq!(
            key(&[Role::Clerk], Some(noon())),
            Err(ApiKeyFault::AlreadyExpired)
        );
    }
}
