//! Money as requests write it, before it is known to be good in the shop's currency.

use crate::decimal::{BadDecimal, Decimal};
use crate::money::{AMOUNT_PATTERN, amount_and_currency};
use crate::{Currency, Money, MoneyError};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use std::fmt;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{
    AdditionalProperties, ObjectBuilder, OneOfBuilder, SchemaType, Type,
};
use utoipa::openapi::{RefOr, Schema};

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
        if money.minor().unsigned_abs() > Self::MAX_MINOR.unsigned_abs() {
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

impl ComposeSchema for MoneyInput {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
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
