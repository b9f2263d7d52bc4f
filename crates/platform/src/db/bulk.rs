//! Bulk rows: many rows as one statement on both engines. Columns are typed vectors that become
//! `unnest($1::uuid[], …)` on PostgreSQL and `json_each($1)` on SQLite.

use super::value::{Args, Bind};
use super::{DbError, Engine, Query, Row, Tx};
use kernel::{Entity, Id, Timestamp};
use std::fmt::Write as _;
use uuid::Uuid;

/// Columns of equal length, named as the statement reads them.
#[derive(Default)]
pub struct Rows {
    columns: Vec<(&'static str, Values)>,
}

enum Values {
    Uuid(Vec<Option<Uuid>>),
    Bigint(Vec<Option<i64>>),
    Text(Vec<Option<String>>),
    Boolean(Vec<Option<bool>>),
    Bytes(Vec<Option<Vec<u8>>>),
}

/// A statement over bulk rows being bound.
#[must_use = "a statement does nothing until it is executed or fetched"]
pub struct Bulk<'t> {
    query: Result<Query<'t>, DbError>,
}

macro_rules! column {
    ($one:ident, $optional:ident, $variant:ident, $type:ty) => {
        pub fn $one(self, name: &'static str, values: Vec<$type>) -> Self {
            self.$optional(name, values.into_iter().map(Some).collect())
        }
        pub fn $optional(mut self, name: &'static str, values: Vec<Option<$type>>) -> Self {
            self.columns.push((name, Values::$variant(values)));
            self
        }
    };
}

impl Rows {
    pub fn new() -> Self {
        Self::default()
    }

    column!(uuid, optional_uuid, Uuid, Uuid);
    column!(bigint, optional_bigint, Bigint, i64);
    column!(text, optional_text, Text, String);
    column!(boolean, optional_boolean, Boolean, bool);
    column!(bytes, optional_bytes, Bytes, Vec<u8>);

    /// A column of ids.
    pub fn id<E: Entity>(self, name: &'static str, ids: impl IntoIterator<Item = Id<E>>) -> Self {
        self.uuid(name, ids.into_iter().map(Id::uuid).collect())
    }

    /// A column of ids, some of them absent.
    pub fn optional_id<E: Entity>(
        self,
        name: &'static str,
        ids: impl IntoIterator<Item = Option<Id<E>>>,
    ) -> Self {
        self.optional_uuid(name, ids.into_iter().map(|id| id.map(Id::uuid)).collect())
    }

    /// A column of instants, as microseconds.
    pub fn time(self, name: &'static str, times: impl IntoIterator<Item = Timestamp>) -> Self {
        self.bigint(
            name,
            times.into_iter().map(Timestamp::unix_micros).collect(),
        )
    }

    /// The number of rows, or a bug when the columns differ in length.
    pub(super) fn height(&self) -> Result<usize, DbError> {
        let mut heights = self.columns.iter().map(|(_, values)| values.len());
        let first = heights
            .next()
            .ok_or_else(|| DbError::Bug("no columns".to_owned()))?;
        match heights.all(|height| height == first) {
            true => Ok(first),
            false => Err(DbError::Bug("columns of unequal length".to_owned())),
        }
    }

    /// Placeholders the rows take on this engine.
    pub(super) fn width(&self, engine: Engine) -> usize {
        match engine {
            Engine::Postgres => self.columns.len(),
            Engine::Sqlite => 1,
        }
    }

    /// The text that stands for the rows, whose placeholders come after `taken` others.
    pub(super) fn source(&self, engine: Engine, taken: usize) -> String {
        match engine {
            Engine::Postgres => self.unnest(taken),
            Engine::Sqlite => self.json_each(taken),
        }
    }

    fn unnest(&self, taken: usize) -> String {
        let mut text = String::from("unnest(");
        for (nth, (_, values)) in self.columns.iter().enumerate() {
            let (comma, place) = (if nth == 0 { "" } else { ", " }, taken + nth + 1);
            let _ = write!(text, "{comma}${place}::{}[]", values.postgres_type());
        }
        text.push_str(") as r(");
        for (nth, (name, _)) in self.columns.iter().enumerate() {
            text.push_str(if nth == 0 { "" } else { ", " });
            text.push_str(name);
        }
        text.push(')');
        text
    }

    fn json_each(&self, taken: usize) -> String {
        let mut text = String::from("(select ");
        for (nth, (name, values)) in self.columns.iter().enumerate() {
            let comma = if nth == 0 { "" } else { ", " };
            let cell = match values {
                Values::Uuid(_) | Values::Bytes(_) => format!("unhex(value ->> {nth})"),
                _ => format!("value ->> {nth}"),
            };
            let _ = write!(text, "{comma}{cell} as {name}");
        }
        // Its binary cousin hands out rows that need not be parsed again for each column.
        let _ = write!(text, " from jsonb_each(${})) as r", taken + 1);
        text
    }

    pub(super) fn bind(self, args: &mut Args, height: usize) {
        if let Args::Sqlite(_) = args {
            return self.json(height).bind(args);
        }
        for (_, values) in self.columns {
            values.bind_array(args);
        }
    }

    /// `[[cell, cell], …]`, blobs in hexadecimal.
    fn json(&self, height: usize) -> String {
        let mut json = String::with_capacity(height * self.columns.len() * 24 + 2);
        json.push('[');
        for row in 0..height {
            json.push_str(if row == 0 { "[" } else { ",[" });
            for (nth, (_, values)) in self.columns.iter().enumerate() {
                if nth > 0 {
                    json.push(',');
                }
                values.write_cell(row, &mut json);
            }
            json.push(']');
        }
        json.push(']');
        json
    }
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Uuid(values) => values.len(),
            Self::Bigint(values) => values.len(),
            Self::Text(values) => values.len(),
            Self::Boolean(values) => values.len(),
            Self::Bytes(values) => values.len(),
        }
    }

    fn postgres_type(&self) -> &'static str {
        match self {
            Self::Uuid(_) => "uuid",
            Self::Bigint(_) => "bigint",
            Self::Text(_) => "text",
            Self::Boolean(_) => "boolean",
            Self::Bytes(_) => "bytea",
        }
    }

    fn bind_array(self, args: &mut Args) {
        use sqlx::Arguments as _;
        let Args::Postgres(args) = args else { return };
        // Encoding these types cannot fail; a lost bind would be counted at execution.
        let _ = match self {
            Self::Uuid(values) => args.add(values),
            Self::Bigint(values) => args.add(values),
            Self::Text(values) => args.add(values),
            Self::Boolean(values) => args.add(values),
            Self::Bytes(values) => args.add(values),
        };
    }

    fn write_cell(&self, row: usize, json: &mut String) {
        let written = match self {
            Self::Uuid(values) => {
                values[row].map(|uuid| write!(json, "\"{}\"", uuid.simple()).is_ok())
            }
            Self::Bigint(values) => values[row].map(|number| write!(json, "{number}").is_ok()),
            Self::Boolean(values) => values[row].map(|truth| write!(json, "{truth}").is_ok()),
            Self::Bytes(values) => values[row].as_ref().map(|bytes| write_hex(bytes, json)),
            Self::Text(values) => values[row].as_ref().map(|text| write_text(text, json)),
        };
        if written.is_none() {
            json.push_str("null");
        }
    }
}

fn write_hex(bytes: &[u8], json: &mut String) -> bool {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    json.push('"');
    for byte in bytes {
        json.push(char::from(DIGITS[usize::from(byte >> 4)]));
        json.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    json.push('"');
    true
}

fn write_text(text: &str, json: &mut String) -> bool {
    match serde_json::to_string(text) {
        Ok(quoted) => {
            json.push_str(&quoted);
            true
        }
        Err(_) => false,
    }
}

impl<'t> Bulk<'t> {
    pub(super) fn new(tx: &'t mut Tx, sql: &'static str, rows: Rows) -> Self {
        Self {
            query: prepare(tx, sql, rows),
        }
    }

    /// Binds the next of the extra placeholders `{1}`, `{2}`, … that follow the rows.
    pub fn bind(self, value: impl Bind) -> Self {
        Self {
            query: self.query.map(|query| query.bind(value)),
        }
    }

    /// As [`Query::apart`].
    pub fn apart(self) -> Self {
        Self {
            query: self.query.map(Query::apart),
        }
    }

    /// Runs it; answers the number of rows changed.
    pub async fn execute(self) -> Result<u64, DbError> {
        self.query?.execute().await
    }

    /// All rows it returns.
    pub async fn fetch_all(self) -> Result<Vec<Row>, DbError> {
        self.query?.fetch_all().await
    }
}

fn prepare<'t>(tx: &'t mut Tx, sql: &'static str, rows: Rows) -> Result<Query<'t>, DbError> {
    let (engine, height) = (tx.engine(), rows.height()?);
    let taken = rows.width(engine);
    let mut text = sql.replace("{rows}", &rows.source(engine, 0));
    for extra in 1..=9 {
        let mark = format!("{{{extra}}}");
        if !text.contains(&mark) {
            break;
        }
        text = text.replace(&mark, &format!("${}", taken + extra));
    }
    let mut args = Args::new(engine);
    rows.bind(&mut args, height);
    Ok(Query::with_args(tx, text, args))
}
