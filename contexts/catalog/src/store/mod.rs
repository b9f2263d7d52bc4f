//! All SQL of the catalogue, a file per subject. Nothing is decided here.

pub mod audits;
pub mod bulk;
pub mod categories;
pub mod list;
pub mod prices;
pub mod products;
pub mod search;
pub mod stock;

use platform::{DbError, db::Row};
use std::fmt::Display;
use std::str::FromStr;

/// Reads a text column whose values were checked before they were stored.
fn parsed<T: FromStr<Err: Display>>(row: &Row, column: &str) -> Result<T, DbError> {
    parse(&row.get::<String>(column)?, column)
}

/// The same for a column that may be null.
fn parsed_optional<T: FromStr<Err: Display>>(
    row: &Row,
    column: &str,
) -> Result<Option<T>, DbError> {
    row.get::<Option<String>>(column)?
        .map(|text| parse(&text, column))
        .transpose()
}

fn parse<T: FromStr<Err: Display>>(text: &str, column: &str) -> Result<T, DbError> {
    text.parse()
        .map_err(|error| DbError::Bug(format!("{column} holds {text:?}: {error}")))
}

/// Reads a column of JSON.
fn json<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text)
        .map_err(|error| DbError::Bug(format!("{column} holds {text:?}: {error}")))
}

/// JSON for a column.
fn to_json(value: &impl serde::Serialize) -> Result<String, DbError> {
    serde_json::to_string(value).map_err(|error| DbError::Bug(error.to_string()))
}
