//! Passwords on their way in. They never print themselves and are wiped from memory.

use kernel::Email;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Deserializer, de};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// NIST SP 800-63B allows 8 with a second factor; without one, 12 keep guessing out of reach.
pub const MIN_CHARS: usize = 12;
/// Long enough for any passphrase, short enough to hash.
pub const MAX_CHARS: usize = 128;
/// `aaaaaaaaaaaa` is long, but no password.
const MIN_DISTINCT: usize = 5;

/// A password somebody wants to have.
#[derive(Clone, Debug)]
pub struct NewPassword(SecretString);

/// A password somebody claims to have.
#[derive(Clone, Debug)]
pub struct Password(SecretString);

/// Why a password cannot be had. Never repeats it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPassword {
    #[error("a password has {MIN_CHARS} to {MAX_CHARS} characters")]
    Length,
    #[error("this password is among the first that an attacker tries; take another")]
    Common,
}

impl NewPassword {
    /// Any characters, 12 to 128 of them, not all alike and not on every attacker's list.
    pub fn new(text: &str) -> Result<Self, BadPassword> {
        if !(MIN_CHARS..=MAX_CHARS).contains(&text.chars().count()) {
            return Err(BadPassword::Length);
        }
        if is_common(text) {
            return Err(BadPassword::Common);
        }
        Ok(Self(text.into()))
    }

    /// Whether it is the e-mail address itself, or the part before the `@` and little more.
    pub fn tells(&self, email: &Email) -> bool {
        let (text, email) = (self.0.expose_secret().to_lowercase(), email.as_str());
        let (local, _) = email.split_once('@').unwrap_or((email, ""));
        text == email || text.contains(local) && text.len() < local.len() + 4
    }

    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl Password {
    pub fn into_secret(self) -> SecretString {
        self.0
    }
}

impl From<SecretString> for Password {
    fn from(secret: SecretString) -> Self {
        Self(secret)
    }
}

/// Lists of leaked passwords have few of twelve characters; most are one of these stretched.
fn is_common(text: &str) -> bool {
    const WORDS: &[&str] = &[
        "password",
        "passw0rd",
        "qwerty",
        "azerty",
        "123456",
        "654321",
        "letmein",
        "welcome",
        "iloveyou",
        "administrator",
        "admin",
        "abc123",
        "changeme",
        "comptoir",
        "motdepasse",
        "1q2w3e4r",
        "1qaz2wsx",
        "zaq12wsx",
        "qazwsx",
        "asdfgh",
        "monkey",
        "dragon",
        "football",
        "baseball",
        "sunshine",
        "princess",
        "superman",
        "starwars",
        "trustno1",
        "master",
        "123",
        "456",
        "789",
        "012",
        "987654321",
        "0987654321",
        "abcdefghijkl",
        "secret",
        "login",
        "user",
    ];
    let lower = text.to_lowercase();
    let mut distinct: Vec<char> = lower.chars().collect();
    distinct.sort_unstable();
    distinct.dedup();
    if distinct.len() < MIN_DISTINCT {
        return true;
    }
    // What is left when the words are taken out is what was chosen.
    let rest = WORDS
        .iter()
        .fold(lower, |rest, word| rest.replace(word, ""));
    rest.chars().filter(|c| c.is_alphanumeric()).count() < 4
}

impl<'de> Deserialize<'de> for NewPassword {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::from(String::deserialize(deserializer)?);
        Self::new(text.expose_secret()).map_err(de::Error::custom)
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = SecretString::from(String::deserialize(deserializer)?);
        if (1..=MAX_CHARS).contains(&text.expose_secret().chars().count()) {
            return Ok(Self(text));
        }
        Err(de::Error::custom(format!(
            "a password has at most {MAX_CHARS} characters"
        )))
    }
}

fn schema(least: usize, about: &str) -> RefOr<Schema> {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Password)))
        .min_length(Some(least))
        .max_length(Some(MAX_CHARS))
        .description(Some(about))
        .examples([serde_json::Value::from("correct horse battery staple")])
        .into()
}

impl PartialSchema for NewPassword {
    fn schema() -> RefOr<Schema> {
        schema(
            MIN_CHARS,
            "Any characters; what attackers try first is refused (422).",
        )
    }
}
impl ToSchema for NewPassword {}

impl PartialSchema for Password {
    fn schema() -> RefOr<Schema> {
        schema(1, "The password as it was chosen.")
    }
}
impl ToSchema for Password {}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(text: &str) -> BadPassword {
        NewPassword::new(text).expect_err("the password must be refused")
    }

    #[test]
    fn a_password_is_long_enough_and_not_too_long() {
        assert_eq!(refused("elevenchars"), BadPassword::Length);
        assert!(NewPassword::new("twelve chars").is_ok());
        assert!(NewPassword::new(&"é1ñ2ü ".repeat(21)).is_ok());
        assert_eq!(refused(&"abcdefg ".repeat(17)), BadPassword::Length);
    }

    #[test]
    fn what_attackers_try_first_is_refused() {
        let tried = [
            "aaaaaaaaaaaa",
            "abababababab",
            "passwordpassword",
            "Password1234!",
            "123456789012",
            "qwerty123456",
            "administrator1",
            "welcome123456",
            "PASSWORD!!!!!!",
            "iloveyou1234",
        ];
        for text in tried {
            assert_eq!(refused(text), BadPassword::Common, "{text}");
        }
        assert!(NewPassword::new("correct horse battery staple").is_ok());
        assert!(NewPassword::new("my password is odd").is_ok());
    }

    #[test]
    fn a_password_that_is_the_address_is_noticed() {
        let email: Email = "anna.tremblay@example.com".parse().unwrap();
        let tells = |text: &str| NewPassword::new(text).unwrap().tells(&email);
        assert!(tells("Anna.Tremblay@example.com") && tells("anna.tremblay1"));
        assert!(!tells("my name is anna.tremblay"));
    }

    #[test]
    fn no_password_prints_itself() {
        let new = NewPassword::new("canary in the mine").unwrap();
        assert!(!format!("{new:?}").contains("canary"));
        let refused = serde_json::from_str::<NewPassword>(r#""canary""#).unwrap_err();
        assert!(!refused.to_string().contains("canary"));
    }
}
