//! Connecting, and beginning transactions.

use super::joined::Joined;
use super::readers::{Limits, Readers};
use super::tx::Held;
use super::{DbError, Tx, postgres};
use crate::events::Subscriptions;
use crate::source::Source;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::str::FromStr as _;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// Which database stands behind the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// How to connect. `Default` suits one process of a shop.
#[derive(Clone, Debug)]
pub struct DbOptions {
    /// Connections to PostgreSQL that may write; half as many again read. On SQLite the number of
    /// readers beside the one writer.
    pub connections: u32,
    /// How long to wait for a free connection before answering [`DbError::Unavailable`].
    pub acquire_timeout: Duration,
    /// A statement that runs longer is cancelled: any of PostgreSQL, one that reads of SQLite.
    pub statement_timeout: Duration,
    /// SQLite waits for the disk at every commit (`synchronous=FULL`). Off only to show that the
    /// durability rig notices.
    pub durable: bool,
}

impl Default for DbOptions {
    fn default() -> Self {
        Self {
            connections: 16,
            acquire_timeout: Duration::from_secs(5),
            statement_timeout: Duration::from_secs(30),
            durable: true,
        }
    }
}

/// A database. Cheap to clone; every clone is the same door.
#[derive(Clone)]
pub struct Db {
    inner: Arc<Inner>,
}

struct Inner {
    pools: Pools,
    source: Source,
    process: String,
    inline: OnceLock<Arc<Subscriptions>>,
    published: watch::Sender<u64>,
    sequenced: watch::Sender<u64>,
    statements: AtomicU64,
    /// Whether somebody is folding the write-ahead log into the file, or just did.
    folding: AtomicBool,
}

enum Pools {
    Sqlite {
        writer: sqlx::SqlitePool,
        readers: Readers,
    },
    Postgres {
        writers: sqlx::PgPool,
        readers: sqlx::PgPool,
    },
}

impl Db {
    /// Connects to `sqlite://path` (made when absent) or `postgres://…`.
    pub async fn connect(url: &str, options: DbOptions, source: Source) -> Result<Self, DbError> {
        let pools = if url.starts_with("sqlite:") {
            open_sqlite(url, &options).await?
        } else {
            let (writers, readers) = postgres::open(url, &options).await?;
            Pools::Postgres { writers, readers }
        };
        let inner = Inner {
            pools,
            process: source.uuid().simple().to_string(),
            source,
            inline: OnceLock::new(),
            published: watch::Sender::new(0),
            sequenced: watch::Sender::new(0),
            statements: AtomicU64::new(0),
            folding: AtomicBool::new(false),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    pub fn engine(&self) -> Engine {
        match self.inner.pools {
            Pools::Sqlite { .. } => Engine::Sqlite,
            Pools::Postgres { .. } => Engine::Postgres,
        }
    }

    /// Begins a transaction that may write. On SQLite it queues for the single writer now, not at
    /// the first write, where waiting is no longer possible. Inside [`super::joined`] it continues
    /// the request's transaction.
    pub async fn begin(&self) -> Result<Tx, DbError> {
        if let Some(tx) = Joined::resume(self) {
            return Ok(tx);
        }
        let held = match &self.inner.pools {
            Pools::Sqlite { writer, .. } => {
                Held::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres { writers, .. } => {
                Held::PostgresTx(postgres::begin(writers, None).await?)
            }
        };
        Ok(Tx::writing(self.clone(), held, Joined::current()))
    }

    /// Begins an optimistic transaction, outside of any request: it lets reactions decide by what
    /// they read without a lock and [`Tx::put_off`] the write that takes it, runs them without a
    /// savepoint each, and gathers what it only adds. When what they read has moved by then, or one
    /// of them fails, the commit fails and nothing has happened: the caller tries again with
    /// [`Db::begin`]. On PostgreSQL it begins with the first statement that is not
    /// [`apart`](super::Query::apart), which may be none: then all it writes is one statement, and
    /// the locks of that last only as long as it runs.
    pub async fn begin_optimistic(&self) -> Result<Tx, DbError> {
        let held = match &self.inner.pools {
            Pools::Sqlite { writer, .. } => {
                Held::SqliteTx(writer.begin_with("BEGIN IMMEDIATE").await?)
            }
            Pools::Postgres { writers, .. } => Held::PostgresIdle(writers.acquire().await?),
        };
        Ok(Tx::optimistic(self.clone(), held))
    }

    /// A connection for reading, each statement on its own. Sees what was committed before it.
    pub async fn read(&self) -> Result<Tx, DbError> {
        if let Some(tx) = Joined::resume_to_read(self) {
            return Ok(tx);
        }
        let held = match &self.inner.pools {
            Pools::Sqlite { readers, .. } => Held::SqliteRead(readers.acquire().await?),
            Pools::Postgres { readers, .. } => Held::PostgresRead(readers.acquire().await?),
        };
        Ok(Tx::reading(self.clone(), held))
    }

    /// As [`Db::read`], but all statements see what had been committed at one moment.
    pub async fn snapshot(&self) -> Result<Tx, DbError> {
        if let Some(tx) = Joined::resume_to_read(self) {
            return Ok(tx);
        }
        let held = match &self.inner.pools {
            Pools::Sqlite { readers, .. } => {
                let mut reader = readers.acquire().await?;
                reader.begin_snapshot().await?;
                Held::SqliteRead(reader)
            }
            Pools::Postgres { readers, .. } => {
                Held::PostgresTx(postgres::begin(readers, Some(postgres::SNAPSHOT)).await?)
            }
        };
        Ok(Tx::reading(self.clone(), held))
    }

    /// Asks the database for an answer.
    pub async fn ping(&self) -> Result<(), DbError> {
        self.read()
            .await?
            .query("select 1 as one")
            .fetch_one()
            .await
            .map(drop)
    }

    /// Closes the pools; on SQLite this folds the write-ahead log into the file.
    pub async fn close(&self) {
        match &self.inner.pools {
            Pools::Sqlite { writer, readers } => {
                readers.close().await;
                writer.close().await;
            }
            Pools::Postgres { writers, readers } => {
                readers.close().await;
                writers.close().await;
            }
        }
    }

    /// The number of statements sent so far, for tests that count them.
    pub fn statements(&self) -> u64 {
        self.inner.statements.load(Ordering::Relaxed)
    }

    pub fn source(&self) -> &Source {
        &self.inner.source
    }

    /// A name for whoever takes a lease, its own and to be told from those of other processes.
    pub fn lease_owner(&self) -> String {
        format!("{}.{}", self.inner.process, self.source().uuid().simple())
    }

    /// What all names of [`Self::lease_owner`] begin with.
    pub(crate) fn process(&self) -> &str {
        &self.inner.process
    }

    /// Reactions that run in the publisher's transaction: those of contexts at home here.
    /// Set once, when the process is wired.
    pub fn attach(&self, subscriptions: Arc<Subscriptions>) -> Result<(), DbError> {
        let taken = |_| DbError::Bug("subscriptions were attached before".to_owned());
        self.inner.inline.set(subscriptions).map_err(taken)
    }

    /// The subscriptions at home here, once attached.
    pub fn subscriptions(&self) -> Option<Arc<Subscriptions>> {
        self.inner.inline.get().cloned()
    }

    /// Rises whenever this process commits events.
    pub(crate) fn published(&self) -> &watch::Sender<u64> {
        &self.inner.published
    }

    /// Rises whenever this process sees newly numbered events.
    pub(crate) fn sequenced(&self) -> &watch::Sender<u64> {
        &self.inner.sequenced
    }

    pub(crate) fn same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Folds SQLite's write-ahead log into the file beside the writer, at most every
    /// [`FOLD_EVERY`]. Left to itself SQLite does it inside a commit, while everybody waits.
    pub(super) fn fold_soon(&self) {
        let Pools::Sqlite { readers, .. } = &self.inner.pools else {
            return;
        };
        if self.inner.folding.swap(true, Ordering::Relaxed) {
            return;
        }
        let (db, readers) = (self.clone(), readers.clone());
        tokio::spawn(async move {
            // What it cannot fold now, because somebody still reads it, it folds next time.
            if let Ok(mut reader) = readers.acquire().await
                && let Some(connection) = reader.begin_statement()
            {
                let fold = sqlx::query("pragma wal_checkpoint(passive)");
                let _ = fold.execute(connection).await;
            }
            tokio::time::sleep(FOLD_EVERY).await;
            db.inner.folding.store(false, Ordering::Relaxed);
        });
    }

    pub(crate) fn count_statement(&self) {
        self.inner.statements.fetch_add(1, Ordering::Relaxed);
    }
}

/// Rows that SQLite's thread may be ahead of the one that reads them: a batch's worth, or the two
/// wait for each other at every row.
const ROW_BUFFER: usize = 512;

/// Between two tries to open a file that somebody else is opening.
const OPEN_AGAIN: Duration = Duration::from_millis(20);

/// Often enough that the log stays small, seldom enough that a page written many times is folded
/// once.
const FOLD_EVERY: Duration = Duration::from_millis(200);
/// Pages (of 4 KiB) at which the writer folds the log itself and starts it anew.
const LONGEST_LOG: &str = "8000";

/// KiB of pages that a connection keeps, with a minus for SQLite. The operating system keeps the
/// file for all readers.
const WRITE_CACHE: &str = "-8192";
const READ_CACHE: &str = "-2048";

async fn open_sqlite(url: &str, options: &DbOptions) -> Result<Pools, DbError> {
    let synchronous = if options.durable {
        SqliteSynchronous::Full
    } else {
        SqliteSynchronous::Off
    };
    let connect = SqliteConnectOptions::from_str(url)
        .map_err(|error| DbError::Bug(format!("DATABASE_URL: {error}")))?
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(synchronous)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(5))
        .statement_cache_capacity(256)
        .row_buffer_size(ROW_BUFFER)
        .pragma("cache_size", WRITE_CACHE)
        .pragma("wal_autocheckpoint", LONGEST_LOG)
        .pragma("temp_store", "memory");
    let writer = open_writer(&connect, options).await?;
    let reading = connect
        .pragma("cache_size", READ_CACHE)
        .pragma("query_only", "on")
        .pragma("temp_store", "file"); // what a report sorts may be larger than memory
    let limits = Limits {
        acquire: options.acquire_timeout,
        statement: options.statement_timeout,
    };
    let readers = Readers::new(reading, options.connections.clamp(1, 8), limits);
    Ok(Pools::Sqlite { writer, readers })
}

/// A file is switched to the write-ahead log by whoever opens it first, and SQLite lets nobody wait
/// for that who opens it at the same moment.
async fn open_writer(
    connect: &SqliteConnectOptions,
    options: &DbOptions,
) -> Result<sqlx::SqlitePool, DbError> {
    let until = Instant::now() + options.acquire_timeout;
    loop {
        let pool = SqlitePoolOptions::new()
            .max_connections(1)
            .min_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(options.acquire_timeout)
            .idle_timeout(None)
            .max_lifetime(None);
        match pool
            .connect_with(connect.clone())
            .await
            .map_err(DbError::from)
        {
            Err(DbError::Busy) if Instant::now() < until => tokio::time::sleep(OPEN_AGAIN).await,
            opened => return opened,
        }
    }
}
