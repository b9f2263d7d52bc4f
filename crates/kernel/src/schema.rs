//! The few shapes our OpenAPI schemas are made of. A schema says what the parser does: whatever
//! it matches is accepted, whatever it does not match is refused.

use serde_json::Value;
use utoipa::openapi::schema::{ObjectBuilder, Type};

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
