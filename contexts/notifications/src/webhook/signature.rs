//! How a receiver knows that a webhook is ours: the signatures of Standard Webhooks
//! (<https://www.standardwebhooks.com>), HMAC-SHA256 over id, time and the body as it is sent.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use secrecy::{ExposeSecret as _, SecretString};
use sha2::Sha256;

/// What all secrets begin with.
const PREFIX: &str = "whsec_";
/// Standard Webhooks asks for 24 to 64.
pub const SECRET_BYTES: usize = 32;

/// A secret of random bytes, as it is shown and kept.
pub fn secret(random: [u8; SECRET_BYTES]) -> SecretString {
    format!("{PREFIX}{}", STANDARD.encode(random)).into()
}

/// `webhook-signature`: one signature by each secret, with a space between.
pub fn header(secrets: &[SecretString], id: &str, at: Timestamp, body: &str) -> String {
    let signed = secrets
        .iter()
        .filter_map(|secret| sign(secret, id, at, body));
    signed.collect::<Vec<_>>().join(" ")
}

/// Nothing for what is no secret of ours.
fn sign(secret: &SecretString, id: &str, at: Timestamp, body: &str) -> Option<String> {
    let key = secret.expose_secret().strip_prefix(PREFIX)?;
    let key = STANDARD.decode(key).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", at.unix_seconds()).as_bytes());
    mac.update(body.as_bytes());
    Some(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the specification.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const AT: Timestamp = Timestamp::from_unix_micros(1_614_265_330_000_000);
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    #[test]
    fn the_example_of_the_specification_is_signed_as_it_says() {
        assert_eq!(header(&[SECRET.into()], ID, AT, BODY), SIGNATURE);
    }

    #[test]
    fn while_a_secret_is_replaced_there_are_two_signatures() {
        let new = secret([7; SECRET_BYTES]);
        let both = header(&[new, SECRET.into()], ID, AT, BODY);
        let (first, second) = both.split_once(' ').unwrap();
        assert_eq!(second, SIGNATURE);
        assert!(first.starts_with("v1,") && first != second);
    }

    #[test]
    fn a_signature_is_of_one_id_time_and_body() {
        let later = AT.plus(std::time::Duration::from_secs(1));
        for (id, at, body) in [("msg_2", AT, BODY), (ID, later, BODY), (ID, AT, "{}")] {
            assert_ne!(header(&[SECRET.into()], id, at, body), SIGNATURE);
        }
    }
}
