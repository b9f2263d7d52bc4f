//! SQLite's connections for reading, each with a watch on it. A statement runs on a thread of its
//! own, which does not know that whoever asked is gone, or has waited long enough: a few long ones
//! would keep everybody from reading. The watch stops them, as PostgreSQL's `statement_timeout`
//! does. The one writer has none: what is stopped in its transaction undoes all of it.

use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions as _, Error};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Steps of SQLite's machine between two looks at the watch. They take 30 to 300 µs, the look
/// 30 ns; most statements are over before the first.
const STEPS: i32 = 4000;

/// The readers of a database. Cheap to clone.
#[derive(Clone)]
pub(super) struct Readers(Arc<Shared>);

struct Shared {
    connect: SqliteConnectOptions,
    most: u32,
    free: Arc<Semaphore>,
    idle: Mutex<Vec<Watched>>,
    limits: Limits,
}

/// How long to wait for a reader, and for a statement of it.
#[derive(Clone, Copy)]
pub(super) struct Limits {
    pub acquire: Duration,
    pub statement: Duration,
}

struct Watched {
    connection: SqliteConnection,
    watch: Arc<Watch>,
}

/// Until when a statement may run: nanoseconds since the origin, none when nobody waits for it.
struct Watch {
    origin: Instant,
    until: AtomicU64,
}

/// One of them, lent. Dropping it stops what it is doing and gives it back.
pub(crate) struct Reader {
    lent: Option<(Watched, OwnedSemaphorePermit)>,
    limit: Duration,
    is_snapshot: bool,
    readers: Readers,
}

impl Readers {
    /// Connects when somebody reads.
    pub(super) fn new(connect: SqliteConnectOptions, most: u32, limits: Limits) -> Self {
        Self(Arc::new(Shared {
            connect,
            most,
            free: Arc::new(Semaphore::new(most as usize)),
            idle: Mutex::default(),
            limits,
        }))
    }

    pub(super) async fn acquire(&self) -> Result<Reader, Error> {
        let taken = tokio::time::timeout(self.0.limits.acquire, self.take()).await;
        taken.unwrap_or(Err(Error::PoolTimedOut))
    }

    async fn take(&self) -> Result<Reader, Error> {
        let permit = Arc::clone(&self.0.free).acquire_owned().await;
        let permit = permit.map_err(|_| Error::PoolClosed)?;
        let idle = self.idle().pop();
        let watched = match idle {
            Some(watched) => watched,
            None => Watched::connect(&self.0.connect).await?,
        };
        Ok(Reader {
            lent: Some((watched, permit)),
            limit: self.0.limits.statement,
            is_snapshot: false,
            readers: self.clone(),
        })
    }

    /// Waits until all are back, and closes them.
    pub(super) async fn close(&self) {
        let all = self.0.free.acquire_many(self.0.most).await;
        self.0.free.close();
        let idle = std::mem::take(&mut *self.idle());
        for watched in idle {
            let _ = watched.connection.close().await;
        }
        drop(all);
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Watched>> {
        self.0.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Watched {
    async fn connect(options: &SqliteConnectOptions) -> Result<Self, Error> {
        let mut connection = options.connect().await?;
        let watch = Arc::new(Watch {
            origin: Instant::now(),
            until: AtomicU64::new(0),
        });
        let looks = Arc::clone(&watch);
        let mut handle = connection.lock_handle().await?;
        handle.set_progress_handler(STEPS, move || looks.is_waited_for());
        drop(handle);
        Ok(Self { connection, watch })
    }

    async fn end_snapshot(&mut self) -> Result<(), Error> {
        let end = sqlx::query("rollback");
        end.execute(&mut self.connection).await.map(drop)
    }
}

impl Watch {
    fn wait(&self, limit: Duration) {
        let until = nanos(self.origin.elapsed().saturating_add(limit));
        self.until.store(until, Ordering::Relaxed);
    }

    fn leave(&self) {
        self.until.store(0, Ordering::Relaxed);
    }

    fn is_waited_for(&self) -> bool {
        nanos(self.origin.elapsed()) < self.until.load(Ordering::Relaxed)
    }
}

fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

impl Reader {
    /// The connection, for a statement that begins now.
    pub(super) fn begin_statement(&mut self) -> Option<&mut SqliteConnection> {
        let (watched, _) = self.lent.as_mut()?;
        watched.watch.wait(self.limit);
        Some(&mut watched.connection)
    }

    /// Sees one state of the database from its first statement on, until it is given back.
    pub(super) async fn begin_snapshot(&mut self) -> Result<(), Error> {
        self.is_snapshot = true;
        let Some(connection) = self.begin_statement() else {
            return Ok(());
        };
        sqlx::query("begin").execute(connection).await.map(drop)
    }

    /// Lets its statements run as long as it is held.
    pub(super) fn unhurried(&mut self) {
        self.limit = Duration::MAX;
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some((mut watched, permit)) = self.lent.take() else {
            return;
        };
        watched.watch.leave();
        let Ok(runtime) = Handle::try_current() else {
            return;
        };
        let (readers, is_snapshot) = (self.readers.clone(), self.is_snapshot);
        runtime.spawn(async move {
            // The thread answers once it has left what it was doing, so that nobody else's time
            // begins before. When it is gone, whoever comes next connects anew.
            let free = match is_snapshot {
                true => watched.end_snapshot().await,
                false => watched.connection.ping().await,
            };
            if free.is_ok() {
                readers.idle().push(watched);
            }
            drop(permit);
        });
    }
}
