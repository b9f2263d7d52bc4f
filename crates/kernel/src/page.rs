//! Lists in pages by keyset: a page ends with a cursor that says where the next one begins, so
//! pages stay right while rows come and go.

use crate::fault::invalid;
use crate::{schema, wire};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error, Visitor};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::__dev::ComposeSchema;
use utoipa::ToSchema;
use utoipa::openapi::{RefOr, Schema};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Page<T> {
    /// The rows, in the order that was asked for.
    pub items: Vec<T>,
    /// Where the next page begins; null on the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
    /// How many rows there are in all pages; only with `?count=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, minimum = 0)]
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// Makes a page of rows that were fetched with `limit + 1`: the one too many tells that there
    /// is a next page, and `key` says where the last row kept stands.
    #[must_use]
    pub fn cut(mut rows: Vec<T>, limit: Limit, key: impl Fn(&T) -> Cursor) -> Self {
        let most = usize::from(limit.0);
        let more = rows.len() > most;
        rows.truncate(most);
        let next_cursor = rows.last().filter(|_| more).map(|row| key(row).to_string());
        Self {
            items: rows,
            next_cursor,
            total: None,
        }
    }

    /// The same page with the number of rows in all pages.
    #[must_use]
    pub fn with_total(self, total: Option<i64>) -> Self {
        Self { total, ..self }
    }

    /// The same page with each row turned into something else.
    #[must_use]
    pub fn map<U>(self, turn: impl FnMut(T) -> U) -> Page<U> {
        let Self {
            items,
            next_cursor,
            total,
        } = self;
        Page {
            items: items.into_iter().map(turn).collect(),
            next_cursor,
            total,
        }
    }
}

/// How many rows a page has at most: 1 to 100, 20 when nothing is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u8);

/// Not a number from 1 to 100.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a limit is a whole number from 1 to 100")]
pub struct BadLimit;
invalid!(BadLimit, "INVALID_LIMIT");

impl Limit {
    /// The most rows that a page can have.
    pub const MAX: i64 = 100;

    /// A limit of `rows`.
    pub fn new(rows: i64) -> Result<Self, BadLimit> {
        if !(1..=Self::MAX).contains(&rows) {
            return Err(BadLimit);
        }
        u8::try_from(rows).map(Self).map_err(|_| BadLimit)
    }

    /// The number of rows.
    #[must_use]
    pub fn get(self) -> i64 {
        i64::from(self.0)
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(20)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Rows)
    }
}

/// Reads a limit from a number or, as in a query string, from its text.
struct Rows;

impl Visitor<'_> for Rows {
    type Value = Limit;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a whole number from 1 to 100")
    }

    fn visit_i64<E: Error>(self, rows: i64) -> Result<Limit, E> {
        Limit::new(rows).map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, rows: u64) -> Result<Limit, E> {
        i64::try_from(rows)
            .map_err(|_| BadLimit)
            .and_then(Limit::new)
            .map_err(E::custom)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Limit, E> {
        text.parse()
            .map_err(|_| BadLimit)
            .and_then(Limit::new)
            .map_err(E::custom)
    }
}

impl ComposeSchema for Limit {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::integer(1, Self::MAX, 20)
            .default(Some(serde_json::Value::from(20)))
            .description(Some("The most rows a page may have."))
            .into()
    }
}
impl ToSchema for Limit {}

/// A place in a list, opaque outside: base64url of the JSON of the last row's sort key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(String);

/// Not a cursor that this list gave out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a cursor of this list")]
pub struct BadCursor;
invalid!(BadCursor, "INVALID_CURSOR");

/// The longest text of a cursor. A sort key is a text of at most 255 characters and an id; four
/// bytes a character and base64's third on top stay below it.
const CURSOR_MAX: usize = 2048;

impl Cursor {
    /// The place of a row with this sort key.
    #[must_use]
    pub fn of(key: &impl Serialize) -> Self {
        // A key is a tuple of texts and numbers, which always has a JSON; were it otherwise,
        // the empty text is a cursor that no list reads.
        Self(serde_json::to_string(key).unwrap_or_default())
    }

    /// The sort key again.
    pub fn read<T: DeserializeOwned>(&self) -> Result<T, BadCursor> {
        serde_json::from_str(&self.0).map_err(|_| BadCursor)
    }
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(&self.0))
    }
}

impl FromStr for Cursor {
    type Err = BadCursor;

    /// Also refuses an escaped NUL: no sort key has one, and PostgreSQL takes none as text.
    fn from_str(text: &str) -> Result<Self, BadCursor> {
        if text.is_empty() || text.len() > CURSOR_MAX {
            return Err(BadCursor);
        }
        let json = URL_SAFE_NO_PAD.decode(text).map_err(|_| BadCursor)?;
        let json = String::from_utf8(json).map_err(|_| BadCursor)?;
        if json.contains("\\u0000") {
            Err(BadCursor)
        } else {
            Ok(Self(json))
        }
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        wire::parsed(deserializer, "a cursor")
    }
}

impl ComposeSchema for Cursor {
    fn compose(_: Vec<RefOr<Schema>>) -> RefOr<Schema> {
        schema::string("^[A-Za-z0-9_-]+$", "WyJBbm5hIl0")
            .max_length(Some(CURSOR_MAX))
            .description(Some(
                "`next_cursor` of the page before; nothing else is one.",
            ))
            .into()
    }
}
impl ToSchema for Cursor {}
