//! PostgreSQL's connections, and beginning on them.

use super::{DbError, DbOptions};
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{PgPool, Postgres, SqlStr, Transaction};
use std::str::FromStr as _;

/// The pools of those that write and of those that read.
pub(super) async fn open(url: &str, options: &DbOptions) -> Result<(PgPool, PgPool), DbError> {
    let timeout = options.statement_timeout.as_millis().to_string();
    let connect = PgConnectOptions::from_str(url)
        .map_err(|error| DbError::Bug(format!("DATABASE_URL: {error}")))?
        .application_name("comptoir")
        .statement_cache_capacity(256)
        .options([("statement_timeout", timeout.as_str()), ("jit", "off")]);
    let pool = |connections: u32| {
        PgPoolOptions::new()
            .max_connections(connections.max(1))
            .test_before_acquire(false)
            .acquire_timeout(options.acquire_timeout)
    };
    let readers = pool(options.connections.div_ceil(2)).connect_lazy_with(connect.clone());
    let writers = pool(options.connections).connect_with(connect.options(WRITING));
    Ok((writers.await?, readers))
}

/// Statements of a transaction that writes go by an index, whatever the tables' sizes were when
/// they were first planned, and are planned once: their rows come as arrays, which PostgreSQL else
/// plans anew for every call, at several times the cost of running them.
const WRITING: [(&str, &str); 4] = [
    ("plan_cache_mode", "force_generic_plan"),
    ("enable_hashjoin", "off"),
    ("enable_mergejoin", "off"),
    ("enable_seqscan", "off"),
];

/// Begins a transaction that sees what had been committed when it first looked.
pub(super) const SNAPSHOT: SqlStr =
    SqlStr::from_static("begin isolation level repeatable read, read only");

/// Connections that died while idle (the server was restarted) are found here, one per attempt.
pub(super) async fn begin(
    pool: &PgPool,
    statement: Option<SqlStr>,
) -> Result<Transaction<'static, Postgres>, DbError> {
    let mut attempts = pool.options().get_max_connections();
    loop {
        match begin_on(pool.acquire().await?, statement.clone()).await {
            Ok(tx) => return Ok(tx),
            Err(sqlx::Error::Io(_)) if attempts > 0 => attempts -= 1,
            Err(error) => return Err(error.into()),
        }
    }
}

/// Begins to the end, even when whoever asked is gone meanwhile. A connection that goes back to its
/// pool in the middle of a `begin` has an open transaction of which sqlx knows nothing, and what is
/// then written there by a statement of its own is never committed.
pub(super) async fn begin_on(
    connection: PoolConnection<Postgres>,
    statement: Option<SqlStr>,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let begun = tokio::spawn(Transaction::begin(connection, statement)).await;
    begun.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}
