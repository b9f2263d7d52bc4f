//! Text of people: names, notes, addresses. Never empty, never longer than it says, no control
//! characters but line feed and tab, no space around it.

use crate::fault::invalid;
use crate::schema;
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// 1 to `MAX` characters (Unicode scalar values, spaces around counted but not kept).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// A name of something or somebody: 1 to 100 characters.
pub type Name = Text<100>;

/// Empty, too long, or with control characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a text here has 1 to {max} characters, not only spaces and no control characters")]
pub struct BadText {
    /// The most characters that are allowed.
    pub max: usize,
}
invalid!(BadText, "INVALID_TEXT");

/// At least one visible character, and no control character but `\t` and `\n`.
const PATTERN: &str = concat!(
    r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*",
    r"[^\s\x00-\x1f\x7f-\x9f]",
    r"[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"
);

impl<const MAX: usize> Text<MAX> {
    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The text, owned.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl<const MAX: usize> FromStr for Text<MAX> {
    type Err = BadText;

    fn from_str(text: &str) -> Result<Self, BadText> {
        let forbidden = |c: char| c.is_control() && c != '\n' && c != '\t';
        let trimmed = text.trim();
        if trimmed.is_empty() || longer_than(text, MAX) || text.contains(forbidden) {
            return Err(BadText { max: MAX });
        }
        Ok(Self(trimmed.to_owned()))
    }
}

/// Whether `text` has more than `max` characters; looks at no more of it than needed.
pub(crate) fn longer_than(text: &str, max: usize) -> bool {
    text.len() > max && text.chars().nth(max).is_some()
}

impl<const MAX: usize> fmt::Display for Text<MAX> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl<const MAX: usize> AsRef<str> for Text<MAX> {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<const MAX: usize> serde::Serialize for Text<MAX> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MAX: usize> serde::Deserialize<'de> for Text<MAX> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::wire::parsed(deserializer, "a text")
    }
}

impl<const MAX: usize> ComposeSchema for Text<MAX> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string(PATTERN, "Anna's Corner")
            .min_length(Some(1))
            .max_length(Some(MAX))
            .description(Some("Spaces around it are not kept."))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Text<MAX> {
    /// `Text100` for `Text<100>`.
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Text{MAX}"))
    }
}
