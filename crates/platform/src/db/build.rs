//! Statements with optional parts: lists with filters. Every piece is a literal; the door numbers
//! the `?` of the pieces that are used, so no text of a user ever becomes SQL.

use super::value::{Args, Bind};
use super::{DbError, Engine, Query, Row, Tx};
use std::fmt::Write as _;

/// A statement being put together.
#[must_use = "a statement does nothing until it is executed or fetched"]
pub struct Build<'t> {
    tx: &'t mut Tx,
    sql: String,
    args: Args,
    numbered: usize,
}

impl<'t> Build<'t> {
    pub(super) fn new(tx: &'t mut Tx, start: &'static str) -> Self {
        let args = match tx.engine() {
            Engine::Sqlite => Args::Sqlite(sqlx::sqlite::SqliteArguments::default()),
            Engine::Postgres => Args::Postgres(sqlx::postgres::PgArguments::default()),
        };
        let mut build = Self {
            tx,
            sql: String::with_capacity(256),
            args,
            numbered: 0,
        };
        build.append(start);
        build
    }

    /// The engine the statement is for, where a piece differs.
    pub fn engine(&self) -> Engine {
        self.tx.engine()
    }

    /// Adds a piece; each `?` in it is bound by a later [`Build::bind`], in order.
    pub fn push(mut self, piece: &'static str) -> Self {
        self.append(piece);
        self
    }

    /// Adds a piece only when `wanted`.
    pub fn push_if(self, wanted: bool, piece: &'static str) -> Self {
        if wanted { self.push(piece) } else { self }
    }

    /// Adds a piece with one `?` and its value, when there is one.
    pub fn and(self, piece: &'static str, value: Option<impl Bind>) -> Self {
        match value {
            Some(value) => self.push(piece).bind(value),
            None => self,
        }
    }

    /// Binds the next `?`.
    pub fn bind(mut self, value: impl Bind) -> Self {
        value.bind(&mut self.args);
        self
    }

    /// All rows.
    pub async fn fetch_all(self) -> Result<Vec<Row>, DbError> {
        Query::with_args(self.tx, self.sql, self.args)
            .fetch_all()
            .await
    }

    /// The one row there must be.
    pub async fn fetch_one(self) -> Result<Row, DbError> {
        Query::with_args(self.tx, self.sql, self.args)
            .fetch_one()
            .await
    }

    /// The first row, if any.
    pub async fn fetch_optional(self) -> Result<Option<Row>, DbError> {
        Query::with_args(self.tx, self.sql, self.args)
            .fetch_optional()
            .await
    }

    /// Runs it; answers the number of rows changed.
    pub async fn execute(self) -> Result<u64, DbError> {
        Query::with_args(self.tx, self.sql, self.args)
            .execute()
            .await
    }

    fn append(&mut self, piece: &'static str) {
        if !self.sql.is_empty() {
            self.sql.push(' ');
        }
        for (nth, part) in piece.split('?').enumerate() {
            if nth > 0 {
                self.numbered += 1;
                let _ = write!(self.sql, "${}", self.numbered);
            }
            self.sql.push_str(part);
        }
    }
}
