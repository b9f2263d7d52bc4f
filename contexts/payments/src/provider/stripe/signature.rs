//! Whether a webhook is Stripe's: `Stripe-Signature: t=…,v1=…`, an HMAC over time and raw body.

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;
use std::fmt::Write as _;
use std::time::Duration;
use subtle::{Choice, ConstantTimeEq as _};

/// How far the time of a webhook may be from ours; what Stripe's own libraries take.
const TOLERANCE: Duration = Duration::from_secs(300);
/// Stripe sends one signature, two while a secret is replaced; more is somebody keeping us busy.
const MOST_SIGNATURES: usize = 8;

/// Why a webhook is not believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadSignature {
    #[error("the signature is missing or cannot be read")]
    Malformed,
    #[error("the signature is not by a secret of ours")]
    Wrong,
    #[error("the signature is of another time")]
    Stale,
}

/// Believes `body` when one of the signatures was made with one of our secrets, lately.
pub fn verify(
    header: &str,
    body: &[u8],
    secrets: &[SecretString],
    now: Timestamp,
) -> Result<(), BadSignature> {
    let (time, signatures) = parts(header).ok_or(BadSignature::Malformed)?;
    let mut known = Choice::from(0);
    for secret in secrets {
        let expected = expected(time, body, secret.expose_secret());
        for signature in &signatures {
            known |= expected.as_bytes().ct_eq(signature.as_bytes());
        }
    }
    if !bool::from(known) {
        return Err(BadSignature::Wrong);
    }
    let away = i128::from(now.unix_seconds()) - i128::from(time);
    match away.unsigned_abs() <= u128::from(TOLERANCE.as_secs()) {
        true => Ok(()),
        false => Err(BadSignature::Stale),
    }
}

/// The time, and all signatures of the scheme we know.
fn parts(header: &str) -> Option<(i64, Vec<&str>)> {
    let pairs = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let mut times = pairs().filter(|(name, _)| *name == "t");
    let (time, None) = (times.next()?.1.parse().ok()?, times.next()) else {
        return None;
    };
    let signatures = pairs().filter(|(name, _)| *name == "v1");
    let signatures: Vec<_> = signatures.map(|(_, value)| value).collect();
    let fits = !signatures.is_empty() && signatures.len() <= MOST_SIGNATURES;
    fits.then_some((time, signatures))
}

fn expected(time: i64, body: &[u8], secret: &str) -> String {
    // HMAC takes keys of any length; an empty text is nobody's signature.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_bytes()) else {
        return String::new();
    };
    mac.update(format!("{time}.").as_bytes());
    mac.update(body);
    let mut text = String::with_capacity(64);
    for byte in mac.finalize().into_bytes() {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id": "evt_1"}"#;
    const TIME: i64 = 1_772_460_000;
    /// Of `printf '1772460000.{"id": "evt_1"}' | openssl dgst -sha256 -hmac whsec_ours`.
    const SIGNATURE: &str = "dc74d255de5a1d97edd9c36593799b72672dd3e73e73eb04634e1ad0f80e6f9e";

    fn at(seconds: i64, header: &str, body: &[u8]) -> Result<(), BadSignature> {
        let secrets = ["whsec_another".into(), "whsec_ours".into()];
        let now = Timestamp::from_unix_micros(seconds * 1_000_000);
        verify(header, body, &secrets, now)
    }

    #[test]
    fn a_signature_by_any_secret_of_ours_over_the_raw_bytes_is_believed() {
        let good = format!("t={TIME},v1={SIGNATURE}");
        assert_eq!(at(TIME, &good, BODY), Ok(()));
        let zeros = "0".repeat(64);
        let many = format!("t={TIME},v0=x,v1={zeros}, v1={SIGNATURE},v2=y");
        assert_eq!(at(TIME, &many, BODY), Ok(()));
        let other_bytes = br#"{"id":"evt_1"}"#;
        assert_eq!(at(TIME, &good, other_bytes), Err(BadSignature::Wrong));
        let other_time = format!("t={},v1={SIGNATURE}", TIME + 1);
        assert_eq!(at(TIME, &other_time, BODY), Err(BadSignature::Wrong));
        let upper = format!("t={TIME},v1={}", &SIGNATURE[..63]);
        assert_eq!(at(TIME, &upper, BODY), Err(BadSignature::Wrong));
    }

    #[test]
    fn a_signature_is_good_for_five_minutes() {
        let good = format!("t={TIME},v1={SIGNATURE}");
        for away in [-300, 0, 300] {
            assert_eq!(at(TIME + away, &good, BODY), Ok(()), "{away}");
        }
        for away in [-301, 301, 86_400] {
            assert_eq!(
                at(TIME + away, &good, BODY),
                Err(BadSignature::Stale),
                "{away}"
            );
        }
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let busy = format!("t={TIME}{}", format!(",v1={SIGNATURE}").repeat(9));
        let twice = format!("t={TIME},t={TIME},v1={SIGNATURE}");
        for bad in [
            "",
            "t=",
            "v1=x",
            &format!("t={TIME}"),
            "t=x,v1=y",
            &busy,
            &twice,
        ] {
            assert_eq!(at(TIME, bad, BODY), Err(BadSignature::Malformed), "{bad:?}");
        }
        let far = format!("t={},v1={SIGNATURE}", i64::MIN);
        assert_eq!(at(TIME, &far, BODY), Err(BadSignature::Wrong));
    }

    #[test]
    fn without_a_secret_nothing_is_believed() {
        let header = format!("t={TIME},v1={SIGNATURE}");
        let now = Timestamp::from_unix_micros(TIME * 1_000_000);
        assert_eq!(verify(&header, BODY, &[], now), Err(BadSignature::Wrong));
        let empty = format!("t={TIME},v1=");
        assert_eq!(verify(&empty, BODY, &[], now), Err(BadSignature::Wrong));
    }
}
