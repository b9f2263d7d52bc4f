//! Shapes that several operations share: one line or a list of them, counts, signed changes.

use crate::lines::Lines;
use axum::http::StatusCode;
use axum::response::IntoResponse;
use kernel::Quantity;
use platform::http::{Created, Json, WithTagAndLocation};
use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Error, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::schema::{ArrayBuilder, ObjectBuilder, OneOfBuilder, Type};
use utoipa::openapi::{Ref, RefOr, Schema};

/// Most lines of one request: what a body of 1 MiB and a transaction of a second can carry.
const MOST_LINES: usize = 1000;

/// One line, or a list of 1 to 1000 that is done whole or not at all.
#[derive(Clone, Debug)]
pub enum OneOrMany<T> {
    One(T),
    Many(Vec<T>),
}

impl<T: ToSchema> ComposeSchema for OneOrMany<T> {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let line = || Ref::from_schema_name(T::name());
        let lines = ArrayBuilder::new()
            .items(line())
            .min_items(Some(1))
            .max_items(Some(MOST_LINES))
            .description(Some("All or none."));
        OneOfBuilder::new().item(line()).item(lines).into()
    }
}

impl<T: ToSchema> ToSchema for OneOrMany<T> {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((T::name().into_owned(), T::schema()));
        T::schemas(schemas);
    }
}

impl<T> From<OneOrMany<T>> for Lines<T> {
    fn from(body: OneOrMany<T>) -> Self {
        match body {
            OneOrMany::One(line) => Self::one(line),
            OneOrMany::Many(lines) => Self::list(lines),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OneOrMany<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Either(PhantomData))
    }
}

/// Looks at the first character only, so that a fault is told of the form the caller chose.
struct Either<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Either<T> {
    type Value = OneOrMany<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object, or a list of 1 to 1000 of them")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<OneOrMany<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(OneOrMany::One)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<OneOrMany<T>, A::Error> {
        let lines = Vec::<T>::deserialize(SeqAccessDeserializer::new(seq))?;
        match lines.len() {
            1..=MOST_LINES => Ok(OneOrMany::Many(lines)),
            _ => Err(A::Error::custom("a list has 1 to 1000 lines")),
        }
    }
}

/// What a request of one line or many is answered with: the same in the same form.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Done<T> {
    One(T),
    Many { items: Vec<T> },
}

impl<T: Serialize> Done<T> {
    /// The answer to `list` or to a single line.
    pub fn of(list: bool, mut items: Vec<T>) -> Self {
        match items.pop() {
            Some(only) if !list => Self::One(only),
            Some(last) => {
                items.push(last);
                Self::Many { items }
            }
            None => Self::Many { items },
        }
    }

    /// 201; a single one with its `Location` and `ETag`, which many have not.
    pub fn created(self, location: impl FnOnce(&T) -> String) -> WithTagAndLocation {
        match self {
            Self::One(body) => {
                let location = location(&body);
                Created {
                    location,
                    version: 1,
                    body,
                }
                .into_response()
                .into()
            }
            many @ Self::Many { .. } => {
                let mut response = Json(many).into_response();
                if response.status() == StatusCode::OK {
                    *response.status_mut() = StatusCode::CREATED;
                }
                response.into()
            }
        }
    }
}

/// Pieces, from none to 1,000,000,000.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(try_from = "Whole")]
#[schema(value_type = i64, minimum = 0, maximum = 1_000_000_000, example = 12)]
pub struct Pieces(i64);

/// Pieces more or less, from -1,000,000,000 to 1,000,000,000; never zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Whole")]
pub struct Change(i64);

impl ComposeSchema for Change {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        let range = |least: i64, most: i64| {
            ObjectBuilder::new()
                .schema_type(Type::Integer)
                .minimum(Some(least))
                .maximum(Some(most))
        };
        OneOfBuilder::new()
            .item(range(1, Quantity::MAX))
            .item(range(-Quantity::MAX, -1))
            .description(Some("Pieces more or less; never zero."))
            .into()
    }
}

impl ToSchema for Change {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PiecesMoreOrLess")
    }
}

impl Pieces {
    pub fn get(self) -> i64 {
        self.0
    }
}

impl Change {
    pub fn get(self) -> i64 {
        self.0
    }
}

impl TryFrom<Whole> for Pieces {
    type Error = &'static str;

    fn try_from(Whole(pieces): Whole) -> Result<Self, Self::Error> {
        match (0..=Quantity::MAX).contains(&pieces) {
            true => Ok(Self(pieces)),
            false => Err("a whole number from 0 to 1000000000 is expected"),
        }
    }
}

impl TryFrom<Whole> for Change {
    type Error = &'static str;

    fn try_from(Whole(pieces): Whole) -> Result<Self, Self::Error> {
        match pieces != 0 && (-Quantity::MAX..=Quantity::MAX).contains(&pieces) {
            true => Ok(Self(pieces)),
            false => Err("a whole number from -1000000000 to 1000000000, not 0, is expected"),
        }
    }
}

/// A whole number as JSON has it: `2.0` is 2.
struct Whole(i64);

impl<'de> Deserialize<'de> for Whole {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = serde_json::Number::deserialize(deserializer)?.to_string();
        let whole = text.strip_suffix(".0").unwrap_or(&text).parse();
        whole
            .map(Self)
            .map_err(|_| D::Error::custom("a whole number of sensible size is expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        quantity: Change,
    }

    fn read(json: &str) -> Result<Lines<Line>, String> {
        let body: Result<OneOrMany<Line>, _> = serde_json::from_str(json);
        body.map(Lines::from).map_err(|error| error.to_string())
    }

    #[test]
    fn a_body_is_one_line_or_a_list_of_them() {
        let one = read(r#"{"quantity": 3}"#);
        let quantity = |line: &Line| line.quantity.get();
        assert!(one.is_ok_and(|one| !one.is_list() && one.iter().map(quantity).eq([3])));
        assert!(read(r#"[{"quantity": -3}, {"quantity": 2.0}]"#).is_ok_and(|l| l.is_list()));
    }

    #[test]
    fn neither_nothing_nor_too_much_is_a_list() {
        assert!(read("[]").is_err_and(|error| error.contains("1 to 1000 lines")));
        let long = format!("[{}]", vec![r#"{"quantity": 1}"#; MOST_LINES + 1].join(","));
        assert!(read(&long).is_err_and(|error| error.contains("1 to 1000 lines")));
    }

    #[test]
    fn a_change_of_nothing_is_no_change() {
        for wrong in [
            "0",
            "0.5",
            "1000000001",
            "18446744073709551615",
            "1e300",
            "null",
            "\"1\"",
        ] {
            assert!(
                read(&format!(r#"{{"quantity": {wrong}}}"#)).is_err(),
                "{wrong}"
            );
        }
        assert!(read(r#"{"quantity": 1, "price": 2}"#).is_err_and(|e| e.contains("price")));
    }
}
