//! Money: whole minor units of one currency, never a float, never two currencies at once. All
//! arithmetic is checked; a split adds up exactly.

use crate::decimal::{BadDecimal, Decimal};
use crate::fault::{ErrorKind, Fault, invalid};
use crate::{schema, wire};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

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

impl PartialSchema for Currency {
    fn schema() -> RefOr<Schema> {
        schema::string("^[A-Z]{3}$", "CAD")
            .description(Some("Code of ISO 4217."))
            .into()
    }
}
impl ToSchema for Currency {}

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

    fn of_decimal(amount: Decimal, currency: Currency) -> Result<Self, MoneyError> {
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
        let Parts { amount, currency } = Parts::deserialize(deserializer)?;
        Self::of_decimal(amount.0, currency).map_err(D::Error::custom)
    }
}

/// A decimal string: what the parser takes, and what answers carry.
const AMOUNT_PATTERN: &str = r"^-?[0-9]+(\.[0-9]+)?$";

impl PartialSchema for Money {
    fn schema() -> RefOr<Schema> {
        amount_and_currency(schema::string(AMOUNT_PATTERN, "19.99"))
            .description(Some(
                "An amount with exactly the currency's digits after the point.",
            ))
            .into()
    }
}
impl ToSchema for Money {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((Currency::name().into_owned(), Currency::schema()));
    }
}

/// The object `{"amount", "currency"}`.
fn amount_and_currency(amount: ObjectBuilder) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Object)
        .property("amount", amount)
        .property("currency", Currency::schema())
        .required("amount")
        .required("currency")
        .examples([serde_json::json!({"amount": "19.99", "currency": "CAD"})])
}

/// Money as a request may write it: `{"amount": "19.99", "currency": "CAD"}`, or `"19.99"` or
/// `19.99` in the shop's currency. A JSON number is taken by its shortest text and refused beyond
/// 15 significant digits, so that no amount is ever nearly what was meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MoneyInput {
    amount: Decimal,
    currency: Option<Currency>,
}

impl MoneyInput {
    /// The most minor units taken from outside, 15 digits: keeps sums of a shop's whole life
    /// inside an `i64`, and every single amount inside what JavaScript holds exactly.
    pub const MAX_MINOR: i64 = 999_999_999_999_999;

    /// The amount in the shop's currency; any other currency is [`MoneyError::Mixed`].
    pub fn in_currency(self, shop: Currency) -> Result<Money, MoneyError> {
        if self.currency.is_some_and(|named| named != shop) {
            return Err(MoneyError::Mixed { expected: shop });
        }
        let money = Money::of_decimal(self.amount, shop)?;
        if money.minor.unsigned_abs() > Self::MAX_MINOR.unsigned_abs() {
            return Err(MoneyError::Overflow);
        }
        Ok(money)
    }
}

/// An amount read from a string or a number.
#[derive(Clone, Copy)]
struct Amount(Decimal);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    amount: Amount,
    currency: Currency,
}

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let MoneyInput { amount, .. } = deserializer.deserialize_any(Reader { object: false })?;
        Ok(Self(amount))
    }
}

impl<'de> Deserialize<'de> for MoneyInput {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Reader { object: true })
    }
}

/// Reads an amount; as an object too, where that may stand.
struct Reader {
    object: bool,
}

impl<'de> Visitor<'de> for Reader {
    type Value = MoneyInput;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let object = if self.object {
            "{\"amount\", \"currency\"}, "
        } else {
            ""
        };
        write!(f, "{object}a decimal string or a number")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<MoneyInput, E> {
        bare(Decimal::parse(text).map_err(MoneyError::from))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<MoneyInput, E> {
        bare(exact(Decimal::of_float(value)))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<MoneyInput, E> {
        bare(exact(Decimal::parse(&value.to_string())))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<MoneyInput, E> {
        bare(exact(Decimal::parse(&value.to_string())))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<MoneyInput, A::Error> {
        if !self.object {
            return Err(A::Error::invalid_type(serde::de::Unexpected::Map, &self));
        }
        let Parts { amount, currency } = Parts::deserialize(MapAccessDeserializer::new(map))?;
        Ok(MoneyInput {
            amount: amount.0,
            currency: Some(currency),
        })
    }
}

fn bare<E: Error>(amount: Result<Decimal, MoneyError>) -> Result<MoneyInput, E> {
    amount
        .map(|amount| MoneyInput {
            amount,
            currency: None,
        })
        .map_err(E::custom)
}

/// A number from JSON, unless it may stand for another one.
fn exact(amount: Result<Decimal, BadDecimal>) -> Result<Decimal, MoneyError> {
    let amount = amount?;
    if amount.fits_a_float() {
        Ok(amount)
    } else {
        Err(MoneyError::Inexact)
    }
}

/// A decimal string or a number.
fn amount_of_request() -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(SchemaType::from_iter([Type::String, Type::Number]))
        .pattern(Some(AMOUNT_PATTERN))
        .examples([serde_json::json!("19.99"), serde_json::json!(19.99)])
}

impl PartialSchema for MoneyInput {
    fn schema() -> RefOr<Schema> {
        let nothing_else = Some(AdditionalProperties::FreeForm(false));
        let object = amount_and_currency(amount_of_request()).additional_properties(nothing_else);
        OneOfBuilder::new()
            .item(object)
            .item(amount_of_request())
            .description(Some(
                "At most the currency's digits after the point; without a currency it is the \
                 shop's. A number is taken exactly as written, up to 15 significant digits.",
            ))
            .into()
    }
}
impl ToSchema for MoneyInput {}
