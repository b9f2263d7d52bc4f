//! Money: whole minor units of one currency, never a float, never two currencies at once. All
//! arithmetic is checked; a split adds up exactly.

use crate::Currency;
use crate::decimal::{BadDecimal, Decimal};
use crate::fault::{ErrorKind, Fault};
use crate::schema;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// An amount in its currency's smallest unit; may be negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why an amount cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies met.
    #[error("the currency is not {expected}")]
    Mixed {
        /// The currency that was wanted.
        expected: Currency,
    },
    /// More than we count.
    #[error("the amount is too large")]
    Overflow,
    /// Not a decimal number.
    #[error("an amount is a decimal number like 19.99")]
    Malformed,
    /// More digits after the point than the currency has.
    #[error("the currency has {digits} digits after the point")]
    TooManyDigits {
        /// The digits that it has.
        digits: u32,
    },
    /// A JSON number that may not be what was meant; as a string it is exact.
    #[error("a number with more than 15 digits is not exact: send the amount as a string")]
    Inexact,
}

impl Fault for MoneyError {
    fn kind(&self) -> ErrorKind {
        ErrorKind::Invalid
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Mixed { .. } => "WRONG_CURRENCY",
            Self::Overflow => "AMOUNT_TOO_LARGE",
            Self::Malformed | Self::TooManyDigits { .. } | Self::Inexact => "INVALID_AMOUNT",
        }
    }
}

impl From<BadDecimal> for MoneyError {
    fn from(bad: BadDecimal) -> Self {
        match bad {
            BadDecimal::Malformed => Self::Malformed,
            BadDecimal::Overflow => Self::Overflow,
        }
    }
}

impl Money {
    /// `minor` of the currency's smallest units: 1999 is 19.99 CAD.
    #[must_use]
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// No money, of a currency.
    #[must_use]
    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    /// The amount in the currency's smallest unit.
    #[must_use]
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    #[must_use]
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Reads `-?[0-9]+(\.[0-9]+)?` with at most the currency's digits after the point.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, MoneyError> {
        Self::of_decimal(Decimal::parse(text)?, currency)
    }

    pub(crate) fn of_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
        let digits = currency.digits();
        if amount.scale() > digits {
            return Err(MoneyError::TooManyDigits { digits });
        }
        let minor = amount.times_ten_to(digits).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, currency })
    }

    /// The sum of two amounts of one currency.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_add)
    }

    /// The difference of two amounts of one currency; may be negative.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.with(other, i64::checked_sub)
    }

    fn with(
        self,
        other: Self,
        checked: impl Fn(i64, i64) -> Option<i64>,
    ) -> Result<Self, MoneyError> {
        if self.currency != other.currency {
            return Err(MoneyError::Mixed {
                expected: self.currency,
            });
        }
        let minor = checked(self.minor, other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// This amount so many times.
    pub fn times(self, count: i64) -> Result<Self, MoneyError> {
        let minor = self.minor.checked_mul(count).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Shares that differ by at most one minor unit, the larger first, and add up to `self`.
    pub fn split(self, parts: NonZeroU32) -> impl ExactSizeIterator<Item = Self> {
        let count = i64::from(parts.get());
        let (share, rest) = (self.minor.div_euclid(count), self.minor.rem_euclid(count));
        (0..parts.get()).map(move |nth| {
            let minor = share + i64::from(i64::from(nth) < rest);
            Self { minor, ..self }
        })
    }
}

impl fmt::Display for Money {
    /// The amount alone, with exactly the currency's digits: `19.99`, `-0.05`, `1200` (JPY).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.minor < 0 { "-" } else { "" };
        let unit = 10_u64.pow(self.currency.digits());
        let (whole, part) = (
            self.minor.unsigned_abs() / unit,
            self.minor.unsigned_abs() % unit,
        );
        match self.currency.digits() as usize {
            0 => write!(f, "{sign}{whole}"),
            digits => write!(f, "{sign}{whole}.{part:0digits$}"),
        }
    }
}

impl Serialize for Money {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut object = serializer.serialize_struct("Money", 2)?;
        object.serialize_field("amount", &format_args!("{self}"))?;
        object.serialize_field("currency", &self.currency)?;
        object.end()
    }
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Wire {
            amount: String,
            currency: Currency,
        }
        let Wire { amount, currency } = Wire::deserialize(deserializer)?;
        Self::parse(&amount, currency).map_err(serde::de::Error::custom)
    }
}

/// A decimal string: what the parser takes, and what answers carry.
pub(crate) const AMOUNT_PATTERN: &str = r"^-?[0-9]+(\.[0-9]+)?$";

impl ComposeSchema for Money {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        amount_and_currency(schema::string(AMOUNT_PATTERN, "19.99"))
            .description(Some(
                "An amount with exactly the currency's digits after the point.",
            ))
            .into()
    }
}
impl ToSchema for Money {}

/// The object `{"amount", "currency"}`.
pub(crate) fn amount_and_currency(amount: ObjectBuilder) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("amount", amount)
        .property("currency", Currency::compose(Vec::new()))
        .required("amount")
        .required("currency")
        .examples([serde_json::json!({"amount": "19.99", "currency": "CAD"})])
}
