//! The languages the shop speaks to people in.

use crate::fault::invalid;
use crate::{schema, wire};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A language that letters are written in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    #[default]
    English,
    French,
}

/// Not a language of the shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a language is en or fr")]
pub struct BadLanguage;
invalid!(BadLanguage, "INVALID_LANGUAGE");

impl Language {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::English, Self::French];

    /// Its code of ISO 639-1.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }
}

impl FromStr for Language {
    type Err = BadLanguage;

    fn from_str(text: &str) -> Result<Self, BadLanguage> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.code() == text).ok_or(BadLanguage)
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl serde::Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> serde::Deserialize<'de> for Language {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "a language")
    }
}

impl ComposeSchema for Language {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let codes = Self::ALL.map(|one| serde_json::Value::from(one.code()));
        schema::string("^(en|fr)$", "fr")
            .enum_values(Some(codes))
            .description(Some("ISO 639-1."))
            .into()
    }
}
impl ToSchema for Language {}
