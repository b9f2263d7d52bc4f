//! The small values of a product that kernel does not know: tags, options of a variant, and the
//! trade item number with its check digit. Holding one is the proof that it was checked.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::str::FromStr;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Labels on a product, in the order given, each once without regard to case.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Tags(Vec<String>);

/// What makes a variant different from the others of its group: `{"size": "M"}`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Options(BTreeMap<String, String>);

/// A GTIN: 8, 12, 13 or 14 digits (EAN, UPC, …), the last one checks the others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub struct Gtin(String);

/// Why an attribute is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAttribute {
    #[error("a tag has 1 to {TAG_MAX} characters, no control characters and no `|`")]
    Tag,
    #[error("a product has at most {TAGS_MAX} tags")]
    TooManyTags,
    #[error("names and values of options have 1 to {OPTION_MAX} characters, without `|` and `=`")]
    Option,
    #[error("a product has at most {OPTIONS_MAX} options")]
    TooManyOptions,
    #[error("a GTIN has 8, 12, 13 or 14 digits")]
    GtinLength,
    #[error("the check digit of the GTIN is wrong")]
    GtinCheck,
}

const TAG_MAX: usize = 50;
const TAGS_MAX: usize = 50;
const OPTION_MAX: usize = 50;
const OPTIONS_MAX: usize = 10;

impl BadAttribute {
    /// A stable name for the fault.
    pub fn code(self) -> &'static str {
        match self {
            Self::Tag | Self::TooManyTags => "INVALID_TAGS",
            Self::Option | Self::TooManyOptions => "INVALID_OPTIONS",
            Self::GtinLength | Self::GtinCheck => "INVALID_GTIN",
        }
    }
}

impl Tags {
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl Options {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl Gtin {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<Vec<String>> for Tags {
    type Error = BadAttribute;

    fn try_from(given: Vec<String>) -> Result<Self, BadAttribute> {
        if given.len() > TAGS_MAX {
            return Err(BadAttribute::TooManyTags);
        }
        let mut seen = std::collections::HashSet::new();
        let mut tags = Vec::with_capacity(given.len());
        for tag in given {
            let tag = short(&tag, TAG_MAX, &['|']).ok_or(BadAttribute::Tag)?;
            if seen.insert(tag.to_lowercase()) {
                tags.push(tag);
            }
        }
        Ok(Self(tags))
    }
}

impl TryFrom<BTreeMap<String, String>> for Options {
    type Error = BadAttribute;

    fn try_from(given: BTreeMap<String, String>) -> Result<Self, BadAttribute> {
        if given.len() > OPTIONS_MAX {
            return Err(BadAttribute::TooManyOptions);
        }
        let part = |text: &str| short(text, OPTION_MAX, &['|', '=']).ok_or(BadAttribute::Option);
        let options = given
            .iter()
            .map(|(name, value)| Ok((part(name)?, part(value)?)));
        options.collect::<Result<_, _>>().map(Self)
    }
}

impl TryFrom<String> for Gtin {
    type Error = BadAttribute;

    fn try_from(text: String) -> Result<Self, BadAttribute> {
        text.parse()
    }
}

impl FromStr for Gtin {
    type Err = BadAttribute;

    fn from_str(text: &str) -> Result<Self, BadAttribute> {
        let digits = text.as_bytes();
        if !matches!(digits.len(), 8 | 12 | 13 | 14) || !digits.iter().all(u8::is_ascii_digit) {
            return Err(BadAttribute::GtinLength);
        }
        // From the right: 1, 3, 1, 3, …; the sum with the check digit is a multiple of ten.
        let weighted = digits.iter().rev().zip([1, 3].into_iter().cycle());
        let sum: u32 = weighted
            .map(|(digit, weight)| u32::from(digit - b'0') * weight)
            .sum();
        match sum % 10 {
            0 => Ok(Self(text.to_owned())),
            _ => Err(BadAttribute::GtinCheck),
        }
    }
}

/// A trimmed text of 1 to `max` characters, without control characters and `forbidden` ones.
fn short(text: &str, max: usize, forbidden: &[char]) -> Option<String> {
    let text = text.trim();
    let good = !text.is_empty()
        && text.chars().count() <= max
        && !text.contains(char::is_control)
        && !text.contains(forbidden);
    good.then(|| text.to_owned())
}

const TAG_PATTERN: &str =
    r"^[^|\x00-\x1f\x7f-\x9f]*[^|\s\x00-\x1f\x7f-\x9f][^|\x00-\x1f\x7f-\x9f]*$";
const OPTION_PATTERN: &str =
    r"^[^|=\x00-\x1f\x7f-\x9f]*[^|=\s\x00-\x1f\x7f-\x9f][^|=\x00-\x1f\x7f-\x9f]*$";

fn text_schema(pattern: &str, max: usize) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .min_length(Some(1))
        .max_length(Some(max))
}

impl PartialSchema for Tags {
    fn schema() -> RefOr<Schema> {
        ArrayBuilder::new()
            .items(text_schema(TAG_PATTERN, TAG_MAX))
            .max_items(Some(TAGS_MAX))
            .description(Some(
                "Labels; doubles are kept once, without regard to case.",
            ))
            .into()
    }
}
impl ToSchema for Tags {}

impl PartialSchema for Options {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::Object)
            .property_names(Some(text_schema(OPTION_PATTERN, OPTION_MAX)))
            .additional_properties(Some(text_schema(OPTION_PATTERN, OPTION_MAX)))
            .max_properties(Some(OPTIONS_MAX))
            .examples([serde_json::json!({ "size": "M" })])
            .description(Some(
                "What tells this variant from the others of its group.",
            ))
            .into()
    }
}
impl ToSchema for Options {}

impl PartialSchema for Gtin {
    fn schema() -> RefOr<Schema> {
        text_schema("^([0-9]{8}|[0-9]{12,14})$", 14)
            .examples([serde_json::Value::from("4006381333931")])
            .description(Some("EAN, UPC or other GTIN; the last digit must check."))
            .into()
    }
}
impl ToSchema for Gtin {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gtin_is_refused_when_its_check_digit_is_wrong() {
        for good in [
            "4006381333931",
            "036000291452",
            "96385074",
            "10614141000415",
        ] {
            assert!(good.parse::<Gtin>().is_ok(), "{good}");
        }
        assert_eq!(
            "4006381333932".parse::<Gtin>(),
            Err(BadAttribute::GtinCheck)
        );
        assert_eq!("40063813339".parse::<Gtin>(), Err(BadAttribute::GtinLength));
        assert_eq!(
            "400638133393x".parse::<Gtin>(),
            Err(BadAttribute::GtinLength)
        );
    }

    #[test]
    fn tags_are_kept_once_without_regard_to_case() {
        let tags = Tags::try_from(vec!["Red".into(), " red ".into(), "blue".into()]).unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), ["Red", "blue"]);
        assert_eq!(Tags::try_from(vec!["a|b".into()]), Err(BadAttribute::Tag));
        assert_eq!(Tags::try_from(vec![" ".into()]), Err(BadAttribute::Tag));
    }
}
