//! All SQL of notifications.

pub mod audits;
pub mod claims;
pub mod lists;
pub mod names;
pub mod notices;
pub mod orders;
pub mod people;
pub mod prices;
pub mod refusals;
pub mod suppressions;
pub mod templates;

use platform::DbError;
use platform::db::Row;
use std::str::FromStr;

/// Reads a word of ours.
fn word<T: FromStr>(row: &Row, column: &str) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    text.parse()
        .map_err(|_| DbError::Bug(format!("{column} holds {text}")))
}
