//! Writes that travel together: rows that a transaction only adds, and asks nothing about, go to
//! the database in one call, since a round trip costs as much as a small insert.

use super::value::Args;
use super::{DbError, Engine, Query, Rows, Tx};
use std::borrow::Cow;

/// Writes that wait to be sent, in order.
#[derive(Default)]
pub(super) struct Gathered(Vec<Write>);

struct Write {
    name: Cow<'static, str>,
    sql: &'static str,
    rows: Rows,
}

impl Tx {
    /// Adds rows that need no answer. An optimistic transaction keeps them until its next
    /// statement of another kind, or its end, and sends all of them at once; what is wrong with
    /// them comes to light then. `sql` holds `{rows}` and no placeholder of its own.
    pub async fn write(&mut self, sql: &'static str, rows: Rows) -> Result<(), DbError> {
        if self.is_optimistic() {
            let name = format!("w{}", self.gathered.0.len());
            self.gather(name, sql, rows);
            return Ok(());
        }
        self.bulk(sql, rows).execute().await.map(drop)
    }

    /// Keeps a write, whatever the transaction is like. On PostgreSQL those that come after it can
    /// read what it returns, by its name.
    pub(crate) fn gather(
        &mut self,
        name: impl Into<Cow<'static, str>>,
        sql: &'static str,
        rows: Rows,
    ) {
        let name = name.into();
        self.gathered.0.push(Write { name, sql, rows });
    }

    pub(super) fn has_gathered(&self) -> bool {
        !self.gathered.0.is_empty()
    }

    /// Sends what was gathered before a commit. Where no transaction has begun, this is all of it.
    pub(super) async fn send_the_rest(&mut self) -> Result<(), DbError> {
        let writes = std::mem::take(&mut self.gathered.0);
        match writes.is_empty() {
            true => Ok(()),
            false => joined(self, writes)?.apart().execute().await.map(drop),
        }
    }

    /// Sends what was gathered, so that whatever comes next finds it.
    pub(super) async fn send_gathered(&mut self) -> Result<(), DbError> {
        if self.gathered.0.is_empty() {
            return Ok(());
        }
        let writes = std::mem::take(&mut self.gathered.0);
        // Boxed, because every statement begins here, this one as well.
        Box::pin(joined(self, writes)?.execute()).await.map(drop)
    }
}

/// On PostgreSQL one statement, whose parts run in no particular order; on SQLite one after the
/// other.
fn joined(tx: &mut Tx, writes: Vec<Write>) -> Result<Query<'_>, DbError> {
    let engine = tx.engine();
    let (mut args, mut taken) = (Args::new(engine), 0);
    let mut parts = Vec::with_capacity(writes.len());
    for Write { name, sql, rows } in writes {
        let height = rows.height()?;
        let sql = sql.replace("{rows}", &rows.source(engine, taken));
        taken += rows.width(engine);
        rows.bind(&mut args, height);
        parts.push(match engine {
            Engine::Sqlite => sql,
            Engine::Postgres => format!("{name} as ({sql})"),
        });
    }
    let text = match engine {
        Engine::Sqlite => parts.join("; "),
        Engine::Postgres => format!("with {} select 1", parts.join(", ")),
    };
    Ok(Query::with_args(tx, text, args))
}
