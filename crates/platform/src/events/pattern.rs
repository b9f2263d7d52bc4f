//! What a reader of events asks for: kinds by a pattern, and what an event is about. Pure.

use kernel::{ErrorKind, Fault};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use uuid::Uuid;

/// One kind of event, `comptoir.orders.order-placed.v1`, or all whose names begin alike:
/// `comptoir.orders.*`, `comptoir.*`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KindPattern(String);

/// Names of kinds are shorter by far.
const LONGEST: usize = 120;
/// What all names begin with.
const HOUSE: &str = "comptoir.";

/// Not a kind of event, and no pattern of kinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an event type is like comptoir.orders.order-placed.v1, or comptoir.orders.* for all that \
     begin alike"
)]
pub struct BadPattern;

impl KindPattern {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it asks for events of this kind.
    pub fn matches(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(beginning) => kind.starts_with(beginning),
            None => kind == self.0,
        }
    }

    /// For `like`; names have none of its special characters.
    pub(crate) fn like(&self) -> String {
        self.0.replace('*', "%")
    }
}

impl FromStr for KindPattern {
    type Err = BadPattern;

    fn from_str(text: &str) -> Result<Self, BadPattern> {
        let rest = text.strip_prefix(HOUSE).ok_or(BadPattern)?;
        let names = rest.strip_suffix(".*").unwrap_or(rest);
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let is_name = |name: &str| !name.is_empty() && name.chars().all(plain);
        let fits = rest == "*" || names.split('.').all(is_name);
        match fits && text.len() <= LONGEST {
            true => Ok(Self(text.to_owned())),
            false => Err(BadPattern),
        }
    }
}

impl Fault for BadPattern {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }
    fn code(&self) -> &'static str {
        "INVALID_EVENT_TYPE"
    }
}

impl TryFrom<String> for KindPattern {
    type Error = BadPattern;

    fn try_from(text: String) -> Result<Self, BadPattern> {
        text.parse()
    }
}

impl From<KindPattern> for String {
    fn from(pattern: KindPattern) -> Self {
        pattern.0
    }
}

impl fmt::Display for KindPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What an event is about: `order/ord_…`. What has no id in the API stands with its UUID, as
/// `reservation/01906f…`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Subject {
    pub(crate) aggregate: String,
    pub(crate) id: Uuid,
}

/// Not what an event can be about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a subject is like order/ord_01h455vb4pex5vsknk084sn02q")]
pub struct BadSubject;

impl Subject {
    pub fn new(aggregate: &str, id: Uuid) -> Self {
        let aggregate = aggregate.to_owned();
        Self { aggregate, id }
    }

    /// The part after the slash.
    pub fn id_text(&self) -> String {
        kernel::id_text(&self.aggregate, self.id).unwrap_or_else(|| self.id.to_string())
    }
}

impl FromStr for Subject {
    type Err = BadSubject;

    fn from_str(text: &str) -> Result<Self, BadSubject> {
        let (aggregate, id) = text.split_once('/').ok_or(BadSubject)?;
        let plain = |c: char| c.is_ascii_lowercase() || c == '-';
        if aggregate.is_empty() || !aggregate.chars().all(plain) {
            return Err(BadSubject);
        }
        let id = kernel::id_of_text(aggregate, id).or_else(|| id.parse().ok());
        Ok(Self::new(aggregate, id.ok_or(BadSubject)?))
    }
}

impl TryFrom<String> for Subject {
    type Error = BadSubject;

    fn try_from(text: String) -> Result<Self, BadSubject> {
        text.parse()
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.aggregate, self.id_text())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_asks_for_one_kind_or_for_all_that_begin_alike() {
        let kind = "comptoir.orders.order-placed.v1";
        for wants in [kind, "comptoir.orders.*", "comptoir.*"] {
            assert!(
                wants.parse::<KindPattern>().unwrap().matches(kind),
                "{wants}"
            );
        }
        for other in [
            "comptoir.order.*",
            "comptoir.orders.order-placed.v2",
            "comptoir.orders",
        ] {
            assert!(
                !other.parse::<KindPattern>().unwrap().matches(kind),
                "{other}"
            );
        }
    }

    #[test]
    fn what_is_no_pattern_is_refused() {
        let long = format!("comptoir.{}", "x".repeat(120));
        for bad in [
            "",
            "*",
            "comptoir",
            "comptoir.",
            "comptoir..v1",
            "comptoir.*.v1",
            "orders.*",
            "comptoir.orders*",
            "comptoir.Orders.*",
            "comptoir.orders._",
            "comptoir.%",
            &long,
        ] {
            assert_eq!(bad.parse::<KindPattern>(), Err(BadPattern), "{bad:?}");
        }
    }

    #[test]
    fn a_subject_reads_as_it_is_written() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        for (aggregate, text) in [
            ("order", "order/ord_01j0000000e008000000000001"),
            (
                "reservation",
                "reservation/01900000-0000-7000-8000-000000000001",
            ),
        ] {
            let subject = Subject::new(aggregate, id);
            assert_eq!(subject.to_string(), text);
            assert_eq!(text.parse(), Ok(subject));
        }
        let by_uuid = "order/01900000-0000-7000-8000-000000000001";
        assert_eq!(by_uuid.parse(), Ok(Subject::new("order", id)));
        for bad in [
            "",
            "order",
            "order/",
            "/x",
            "order/prod_01j0000000e008000000000001",
            "O/x",
        ] {
            assert_eq!(bad.parse::<Subject>(), Err(BadSubject), "{bad:?}");
        }
    }
}
