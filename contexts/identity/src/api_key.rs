//! API keys: what they are and how their text is made: pure rules.

use crate::usage::Used;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{ApiKeyId, ErrorKind, Fault, Name, Timestamp};
use platform::auth::{Role, Roles, UsagePlan};
use platform::config::RateLimit;
use std::num::NonZeroU32;

/// Bearers that begin so are API keys; everything else is an access token.
pub const PREFIX: &str = "key_";
/// `key_` and 26 characters.
const ID_CHARS: usize = 30;
/// 256 bits: nobody guesses, so a plain keyed hash protects it.
pub const SECRET_BYTES: usize = 32;

/// A key as it is wished for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewApiKey {
    pub name: Name,
    pub roles: Roles,
    pub plan: UsagePlan,
    pub expires_at: Option<Timestamp>,
}

/// A machine's key, as stored; without its secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: Name,
    pub roles: Roles,
    pub plan: UsagePlan,
    /// With a daily quota: when it was last used, and how often that day.
    pub used: Option<Used>,
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
    #[error("requests_per_second and burst go together, from 1, the burst not below the rate")]
    BadRate,
    #[error("requests_per_day is 1 or more")]
    BadDay,
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
            Self::BadRate | Self::BadDay => "INVALID_PLAN",
        }
    }
}

impl ApiKey {
    /// A new key that can be had.
    pub fn new(id: ApiKeyId, wish: NewApiKey, now: Timestamp) -> Result<Self, ApiKeyFault> {
        let NewApiKey {
            name,
            roles,
            plan,
            expires_at,
        } = wish;
        if roles.is_empty() {
            return Err(ApiKeyFault::NoRole);
        }
        if roles.has(Role::Customer) {
            return Err(ApiKeyFault::Customer);
        }
        if expires_at.is_some_and(|at| at <= now) {
            return Err(ApiKeyFault::AlreadyExpired);
        }
        let (used, revoked_at, version) = (None, None, 1);
        let (created_at, updated_at) = (now, now);
        Ok(Self {
            id,
            name,
            roles,
            plan,
            used,
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

/// A usage plan, as numbers say it: a rate with its burst, a number a day, both or neither.
pub fn plan(
    per_second: Option<u32>,
    burst: Option<u32>,
    per_day: Option<u32>,
) -> Result<UsagePlan, ApiKeyFault> {
    let rate = match (per_second, burst) {
        (None, None) => None,
        (Some(per_second @ 1..), Some(burst)) if burst >= per_second => {
            Some(RateLimit { per_second, burst })
        }
        _ => return Err(ApiKeyFault::BadRate),
    };
    let per_day = per_day.map(|n| NonZeroU32::new(n).ok_or(ApiKeyFault::BadDay));
    Ok(UsagePlan {
        rate,
        per_day: per_day.transpose()?,
    })
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
        let wish = NewApiKey {
            name: "Scanner".parse().unwrap(),
            roles: Roles::of(roles),
            plan: UsagePlan::default(),
            expires_at,
        };
        ApiKey::new(ApiKeyId::from_uuid(Uuid::from_u128(1)), wish, noon())
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
    fn a_plan_has_a_rate_with_its_burst_or_a_quota_or_both() {
        let rate = |per_second, burst| Some(RateLimit { per_second, burst });
        assert_eq!(plan(Some(2), Some(2), None).unwrap().rate, rate(2, 2));
        assert_eq!(
            plan(None, None, Some(9)).unwrap().per_day,
            NonZeroU32::new(9)
        );
        assert_eq!(plan(None, None, None), Ok(UsagePlan::default()));
        for (per_second, burst) in [(Some(0), Some(1)), (Some(2), Some(1)), (Some(1), None)] {
            assert_eq!(plan(per_second, burst, None), Err(ApiKeyFault::BadRate));
        }
        assert_eq!(plan(None, Some(1), None), Err(ApiKeyFault::BadRate));
        assert_eq!(plan(None, None, Some(0)), Err(ApiKeyFault::BadDay));
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
