//! Currencies, by their ISO 4217 code.

use crate::fault::invalid;
use crate::{schema, wire};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// A currency of ISO 4217 that has minor units (not gold, not special drawing rights).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency(iso_currency::Currency);

/// Not the code of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a currency code of ISO 4217, like CAD")]
pub struct BadCurrency;
invalid!(BadCurrency, "INVALID_CURRENCY");

impl Currency {
    /// Canadian dollar.
    pub const CAD: Self = Self(iso_currency::Currency::CAD);
    /// Pound sterling.
    pub const GBP: Self = Self(iso_currency::Currency::GBP);

    /// Three capital letters, like `CAD`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits after the point: 2 for CAD, 0 for JPY, 3 for BHD.
    #[must_use]
    pub fn digits(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }
}

impl FromStr for Currency {
    type Err = BadCurrency;

    fn from_str(text: &str) -> Result<Self, BadCurrency> {
        let known = iso_currency::Currency::from_code(text);
        known
            .filter(|known| known.exponent().is_some())
            .map(Self)
            .ok_or(BadCurrency)
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "a currency code")
    }
}

impl ComposeSchema for Currency {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string("^[A-Z]{3}$", "CAD")
            .description(Some("Code of ISO 4217."))
            .into()
    }
}
impl ToSchema for Currency {}
