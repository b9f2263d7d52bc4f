//! The few shapes our OpenAPI schemas are made of. A schema says what the parser does: whatever
//! it matches is accepted, whatever it does not match is refused.
//!
//! The words implement utoipa's `ComposeSchema`, as its derive does, and not `PartialSchema`: only
//! so can they stand inside generic types, such as a field of a merge patch.

use crate::{
    Country, Currency, Cursor, Email, Language, Limit, Money, Name, Phone, Quantity, Sku, Timestamp,
};
use serde_json::Value;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// A string that matches `pattern` (ECMA-262, with `[0-9]` for digits).
pub(crate) fn string(pattern: &str, example: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::String)
        .pattern(Some(pattern))
        .examples([Value::from(example)])
}

/// A whole number from `least` to `most`.
pub(crate) fn integer(least: i64, most: i64, example: i64) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .minimum(Some(least as isize))
        .maximum(Some(most as isize))
        .examples([Value::from(example)])
}

/// The schemas that parameters may refer to, by name. utoipa gathers those of bodies by itself,
/// and those of query and path parameters not at all.
#[must_use]
pub fn schemas() -> Vec<(String, RefOr<Schema>)> {
    let mut all = crate::id::schemas();
    all.extend([
        named::<Country>(),
        named::<Currency>(),
        named::<Cursor>(),
        named::<Email>(),
        named::<Language>(),
        named::<Limit>(),
        named::<Money>(),
        named::<Name>(),
        named::<Phone>(),
        named::<Quantity>(),
        named::<Sku>(),
        named::<Timestamp>(),
    ]);
    all
}

/// The schema of a `T` with its name.
pub(crate) fn named<T: ToSchema>() -> (String, RefOr<Schema>) {
    (T::name().into_owned(), T::schema())
}
