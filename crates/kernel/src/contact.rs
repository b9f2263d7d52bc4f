//! Ways to reach a person. Both are personal data: neither prints itself by accident, so there is
//! no `Display`, and `Debug` shows only the type.

use crate::fault::invalid;
use crate::{schema, wire};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{KnownFormat, SchemaFormat};
use utoipa::openapi::{RefOr, Schema};

/// An e-mail address as HTML's `<input type=email>` takes it, in lower case, at most 254
/// characters (RFC 5321 §4.5.3.1), 64 of them before the `@`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Email(String);

/// Not an e-mail address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address")]
pub struct BadEmail;
invalid!(BadEmail, "INVALID_EMAIL");

const EMAIL_MAX: usize = 254;
const EMAIL_PATTERN: &str = concat!(
    r"^ *[a-zA-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@",
    r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?",
    r"(\.[a-zA-Z0-9]([a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?)* *$"
);

impl Email {
    /// The address, in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = BadEmail;

    fn from_str(text: &str) -> Result<Self, BadEmail> {
        let address = text.trim_matches(' ');
        let (local, domain) = address.split_once('@').ok_or(BadEmail)?;
        let good = text.len() <= EMAIL_MAX
            && (1..=64).contains(&local.len())
            && local.bytes().all(is_local)
            && domain.split('.').all(is_label);
        if good {
            Ok(Self(address.to_ascii_lowercase()))
        } else {
            Err(BadEmail)
        }
    }
}

fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b".!#$%&'*+/=?^_`{|}~-".contains(&byte)
}

/// One part of a domain name: 1 to 63 letters, digits and inner hyphens.
fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

wire::text_serde!(Email, "an e-mail address");

impl ComposeSchema for Email {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string(EMAIL_PATTERN, "anna@example.com")
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Email)))
            .min_length(Some(3))
            .max_length(Some(EMAIL_MAX))
            .description(Some("Kept in lower case."))
            .into()
    }
}
impl ToSchema for Email {}

/// A telephone number as people write it: an optional `+`, 5 to 15 digits (15 is E.164's limit)
/// with at most three of `space ( ) . - /` between two of them, and an optional extension `x12`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

/// Not a telephone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a telephone number: write it like +1 514 555 0123")]
pub struct BadPhone;
invalid!(BadPhone, "INVALID_PHONE");

const PHONE_MAX: usize = 64;
const PHONE_PATTERN: &str = r"^ *\+?\(?[0-9]([ ().\-/]{0,3}[0-9]){4,14}( ?x[0-9]{1,6})? *$";

impl Phone {
    /// The number as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = BadPhone;

    fn from_str(text: &str) -> Result<Self, BadPhone> {
        let trimmed = text.trim_matches(' ');
        let (number, extension) = match trimmed.split_once('x') {
            Some((number, extension)) => (number.strip_suffix(' ').unwrap_or(number), extension),
            None => (trimmed, "0"),
        };
        let digits = number.strip_prefix('+').unwrap_or(number);
        let digits = digits.strip_prefix('(').unwrap_or(digits);
        let good = text.len() <= PHONE_MAX
            && (1..=6).contains(&extension.len())
            && extension.bytes().all(|byte| byte.is_ascii_digit())
            && are_grouped_digits(digits);
        if good {
            Ok(Self(trimmed.to_owned()))
        } else {
            Err(BadPhone)
        }
    }
}

/// 5 to 15 digits, the first and the last place among them, at most three separators in a row.
fn are_grouped_digits(text: &str) -> bool {
    let (mut digits, mut gap) = (0, 0);
    for byte in text.bytes() {
        match byte {
            b'0'..=b'9' => {
                digits += 1;
                gap = 0;
            }
            b' ' | b'(' | b')' | b'.' | b'-' | b'/' if digits > 0 && gap < 3 => gap += 1,
            _ => return false,
        }
    }
    (5..=15).contains(&digits) && gap == 0
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

wire::text_serde!(Phone, "a telephone number");

impl ComposeSchema for Phone {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string(PHONE_PATTERN, "+1 514 555 0123")
            .min_length(Some(5))
            .max_length(Some(PHONE_MAX))
            .into()
    }
}
impl ToSchema for Phone {}
