//! One statement with its binds, on its way through the door.

use super::value::{Args, Bind, Row};
use super::{Conn, DbError, Tx};
use sqlx::{AssertSqlSafe, Postgres, Sqlite};
use std::borrow::Cow;

/// A statement being bound. Its text is a literal, or was put together from literals by the door.
#[must_use = "a statement does nothing until it is executed or fetched"]
pub struct Query<'t> {
    tx: &'t mut Tx,
    sql: Cow<'static, str>,
    args: Args,
    apart: bool,
}

enum Done<S, P> {
    Sqlite(S),
    Postgres(P),
}

/// Writes the match over both engines once instead of once per method.
macro_rules! run {
    ($query:expr, $method:ident) => {{
        $query.check_arity()?;
        let Query {
            tx,
            sql,
            args,
            apart,
        } = $query;
        if !apart || tx.has_gathered() {
            tx.begin_now().await?;
        }
        tx.send_gathered().await?;
        tx.count_statement();
        match (tx.conn()?, args) {
            (Conn::Sqlite(conn), Args::Sqlite(args)) => match sql {
                Cow::Borrowed(sql) => {
                    sqlx::query_with::<Sqlite, _>(sql, args)
                        .$method(&mut *conn)
                        .await
                }
                Cow::Owned(sql) => {
                    sqlx::query_with::<Sqlite, _>(AssertSqlSafe(sql), args)
                        .$method(&mut *conn)
                        .await
                }
            }
            .map(Done::Sqlite),
            (Conn::Postgres(conn), Args::Postgres(args)) => match sql {
                Cow::Borrowed(sql) => {
                    sqlx::query_with::<Postgres, _>(sql, args)
                        .$method(&mut *conn)
                        .await
                }
                Cow::Owned(sql) => {
                    sqlx::query_with::<Postgres, _>(AssertSqlSafe(sql), args)
                        .$method(&mut *conn)
                        .await
                }
            }
            .map(Done::Postgres),
            _ => return Err(DbError::Bug("binds of another engine".to_owned())),
        }
    }};
}

impl<'t> Query<'t> {
    pub(super) fn new(tx: &'t mut Tx, sql: Cow<'static, str>) -> Self {
        let args = Args::new(tx.engine());
        Self {
            tx,
            sql,
            args,
            apart: false,
        }
    }

    pub(super) fn with_args(tx: &'t mut Tx, sql: String, args: Args) -> Self {
        Self {
            tx,
            sql: Cow::Owned(sql),
            args,
            apart: false,
        }
    }

    /// Binds the next placeholder.
    pub fn bind(mut self, value: impl Bind) -> Self {
        value.bind(&mut self.args);
        self
    }

    /// Lets it run before the transaction has begun: it reads, or draws from a sequence, locks
    /// nothing, and whoever asks can bear that the answer is old by the commit.
    pub fn apart(self) -> Self {
        Self {
            apart: true,
            ..self
        }
    }

    /// Runs it; answers the number of rows changed.
    pub async fn execute(self) -> Result<u64, DbError> {
        Ok(match run!(self, execute)? {
            Done::Sqlite(done) => done.rows_affected(),
            Done::Postgres(done) => done.rows_affected(),
        })
    }

    /// All rows.
    pub async fn fetch_all(self) -> Result<Vec<Row>, DbError> {
        Ok(match run!(self, fetch_all)? {
            Done::Sqlite(rows) => rows.into_iter().map(Row::Sqlite).collect(),
            Done::Postgres(rows) => rows.into_iter().map(Row::Postgres).collect(),
        })
    }

    /// The first row, if any.
    pub async fn fetch_optional(self) -> Result<Option<Row>, DbError> {
        Ok(match run!(self, fetch_optional)? {
            Done::Sqlite(row) => row.map(Row::Sqlite),
            Done::Postgres(row) => row.map(Row::Postgres),
        })
    }

    /// The one row there must be.
    pub async fn fetch_one(self) -> Result<Row, DbError> {
        let row = self.fetch_optional().await?;
        row.ok_or_else(|| DbError::Bug("a row was expected".to_owned()))
    }

    /// SQLite reads a forgotten bind as NULL; here both databases refuse it alike.
    fn check_arity(&self) -> Result<(), DbError> {
        let wanted = placeholders(&self.sql);
        if self.args.len() == wanted {
            return Ok(());
        }
        let bound = self.args.len();
        Err(DbError::Bug(format!(
            "{bound} binds for {wanted} placeholders: {}",
            self.sql
        )))
    }
}

/// The highest `$n` of a text.
fn placeholders(sql: &str) -> usize {
    let numbers = sql.split('$').skip(1).filter_map(|rest| {
        let digits = rest
            .find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len());
        rest[..digits].parse::<usize>().ok()
    });
    numbers.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::placeholders;

    #[test]
    fn placeholders_are_counted_by_the_highest_number() {
        assert_eq!(placeholders("select 1"), 0);
        assert_eq!(placeholders("select $1, $2, $1 || '$x'"), 2);
        assert_eq!(placeholders("select $12"), 12);
    }
}
