//! All SQL of payments.

pub mod audits;
pub mod cases;
pub mod days;
pub mod due;
pub mod lists;
pub mod reconciled;
pub mod sales;
pub mod webhook;
pub mod writes;

use platform::DbError;
use platform::db::Row;

/// Reads a word that a CHECK keeps within a set.
fn word<T>(row: &Row, column: &str, parse: impl Fn(&str) -> Option<T>) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| DbError::Bug(format!("{column} holds {text}")))
}
