//! How many of something: never zero, never negative, never a fraction.

use crate::fault::invalid;
use crate::schema;
use serde::de::{Error, Visitor};
use std::fmt;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A whole number of pieces, 1 to 1,000,000,000. The upper end keeps sums of a thousand lines far
/// inside an `i64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Quantity(i64);

/// Not a whole number from 1 to 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a quantity is a whole number from 1 to 1000000000")]
pub struct BadQuantity;
invalid!(BadQuantity, "INVALID_QUANTITY");

impl Quantity {
    /// The most that one quantity can say.
    pub const MAX: i64 = 1_000_000_000;

    /// A quantity of `pieces`.
    pub const fn new(pieces: i64) -> Result<Self, BadQuantity> {
        if 1 <= pieces && pieces <= Self::MAX {
            Ok(Self(pieces))
        } else {
            Err(BadQuantity)
        }
    }

    /// The number of pieces.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }
}

impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl std::str::FromStr for Quantity {
    type Err = BadQuantity;

    fn from_str(text: &str) -> Result<Self, BadQuantity> {
        text.trim()
            .parse()
            .map_err(|_| BadQuantity)
            .and_then(Self::new)
    }
}

impl serde::Serialize for Quantity {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(self.0)
    }
}

impl<'de> serde::Deserialize<'de> for Quantity {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_i64(Whole)
    }
}

struct Whole;

impl Visitor<'_> for Whole {
    type Value = Quantity;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1 to 1000000000")
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Quantity, E> {
        Quantity::new(value).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Quantity, E> {
        i64::try_from(value)
            .map_err(|_| BadQuantity)
            .and_then(Quantity::new)
            .map_err(E::custom)
    }

    /// JSON has one kind of number: `2.0` is the integer 2 there.
    fn visit_f64<E: Error>(self, value: f64) -> Result<Quantity, E> {
        if value.fract() != 0.0 {
            return Err(E::custom(BadQuantity));
        }
        // The cast saturates, and both ends are outside of the range.
        Quantity::new(value as i64).map_err(E::custom)
    }
}

impl ComposeSchema for Quantity {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::integer(1, Self::MAX, 2)
            .description(Some("A whole number of pieces."))
            .into()
    }
}
impl ToSchema for Quantity {}
