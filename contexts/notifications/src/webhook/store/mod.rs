//! The SQL of webhooks.

pub mod deliveries;
pub mod due;
pub mod endpoints;
pub mod forget;
pub mod outcomes;

use platform::DbError;
use platform::db::Row;

/// Reads a column whose text is a word of ours.
fn word<T>(row: &Row, name: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Option<T>, DbError> {
    let Some(text) = row.get::<Option<String>>(name)? else {
        return Ok(None);
    };
    let word = parse(&text);
    word.map(Some)
        .ok_or_else(|| DbError::Bug(format!("{name} holds {text:?}")))
}
