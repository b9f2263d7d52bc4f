//! A transaction: statements, published events, and what happens once it is durable.

use super::gather::Gathered;
use super::joined::Joined;
use super::postgres::begin_on;
use super::readers::Reader;
use super::{Build, Bulk, Db, DbError, Engine, Query, Rows};
use crate::events::{Cause, Outbox, inline, log};
use kernel::Event;
use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, Postgres, Sqlite, SqliteConnection, Transaction};
use std::borrow::Cow;
use std::collections::HashSet;
use std::pin::Pin;
use std::sync::Arc;

/// Runs after a durable commit.
pub(crate) type AfterCommit = Box<dyn FnOnce() + Send>;

/// What [`Tx::put_off`] keeps for the end.
type Last = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Writing<'t> + Send>;
/// Statements under way.
pub type Writing<'t> = Pin<Box<dyn Future<Output = Result<(), DbError>> + Send + 't>>;

/// An open transaction, or a connection for reading. Dropping it rolls back.
#[must_use = "dropping a transaction rolls it back"]
pub struct Tx {
    db: Db,
    held: Option<Held>,
    pub(crate) outbox: Outbox,
    after: Vec<AfterCommit>,
    optimistic: bool,
    /// Keys of [`Tx::hold`].
    pub(crate) holds: HashSet<i64>,
    /// Whether those are all there will be.
    pub(crate) holds_all: bool,
    last: Vec<Last>,
    pub(super) gathered: Gathered,
    joined: Option<Arc<Joined>>,
    use_of_parked: UseOfParked,
}

/// How a transaction relates to work of the same request that was parked before.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum UseOfParked {
    /// It is a transaction of its own.
    None,
    /// It continues that work; when it is dropped, that work is lost with it.
    Continues,
    /// It only reads with it; dropping parks it again.
    Reads,
}

pub(crate) enum Held {
    SqliteTx(Transaction<'static, Sqlite>),
    PostgresTx(Transaction<'static, Postgres>),
    /// No transaction has begun on it yet.
    PostgresIdle(PoolConnection<Postgres>),
    SqliteRead(Reader),
    PostgresRead(PoolConnection<Postgres>),
}

/// The live connection under a [`Tx`].
pub(crate) enum Conn<'t> {
    Sqlite(&'t mut SqliteConnection),
    Postgres(&'t mut PgConnection),
}

/// A transaction whose use case has finished, kept open until the request's answer is stored.
pub(crate) struct Parked {
    pub(super) db: Db,
    held: Held,
    outbox: Outbox,
    after: Vec<AfterCommit>,
}

impl Tx {
    pub(super) fn writing(db: Db, held: Held, joined: Option<Arc<Joined>>) -> Self {
        let (outbox, after) = Default::default();
        Self {
            db,
            held: Some(held),
            outbox,
            after,
            optimistic: false,
            holds: HashSet::new(),
            holds_all: false,
            last: Vec::new(),
            gathered: Gathered::default(),
            joined,
            use_of_parked: UseOfParked::None,
        }
    }

    pub(super) fn reading(db: Db, held: Held) -> Self {
        Self::writing(db, held, None)
    }

    pub(super) fn optimistic(db: Db, held: Held) -> Self {
        let mut tx = Self::writing(db, held, None);
        tx.optimistic = true;
        tx
    }

    pub(super) fn resumed(
        parked: Parked,
        joined: Option<Arc<Joined>>,
        use_of_parked: UseOfParked,
    ) -> Self {
        let Parked {
            db,
            held,
            outbox,
            after,
        } = parked;
        Self {
            db,
            held: Some(held),
            outbox,
            after,
            optimistic: false,
            holds: HashSet::new(),
            holds_all: false,
            last: Vec::new(),
            gathered: Gathered::default(),
            joined,
            use_of_parked,
        }
    }

    pub fn engine(&self) -> Engine {
        self.db.engine()
    }

    pub fn db(&self) -> &Db {
        &self.db
    }

    /// Lets what it reads from SQLite take as long as it takes: for somebody who looks at all of a
    /// shop, and whom no request waits for. PostgreSQL keeps its limit.
    pub fn unhurried(mut self) -> Self {
        if let Some(Held::SqliteRead(reader)) = self.held.as_mut() {
            reader.unhurried();
        }
        self
    }

    /// A statement, with `$1`, `$2`, … bound in order.
    pub fn query(&mut self, sql: &'static str) -> Query<'_> {
        Query::new(self, Cow::Borrowed(sql))
    }

    /// A statement whose text differs between the engines.
    pub fn query_for(&mut self, sqlite: &'static str, postgres: &'static str) -> Query<'_> {
        match self.engine() {
            Engine::Sqlite => self.query(sqlite),
            Engine::Postgres => self.query(postgres),
        }
    }

    /// A statement over many rows: `{rows}` in the text stands for them, as `r(columns)`.
    /// Extra placeholders are written `{1}`, `{2}`, … and bound after.
    pub fn bulk(&mut self, sql: &'static str, rows: Rows) -> Bulk<'_> {
        Bulk::new(self, sql, rows)
    }

    /// A statement put together from literal pieces with `?` placeholders.
    pub fn build(&mut self, start: &'static str) -> Build<'_> {
        Build::new(self, start)
    }

    /// Publishes an event in this transaction, caused by whatever the current task serves.
    /// `version` is the aggregate's version after the change: rising, and unique per aggregate.
    pub fn publish<E: Event>(&mut self, event: &E, version: i64) -> Result<(), DbError> {
        self.publish_as(&Cause::current(), event, version)
    }

    /// Publishes an event with an explicit cause, where one transaction serves many requests.
    pub fn publish_as<E: Event>(
        &mut self,
        cause: &Cause,
        event: &E,
        version: i64,
    ) -> Result<(), DbError> {
        self.outbox.push(self.db.source(), cause, event, version)
    }

    /// Runs `action` once the commit is durable; never when it rolls back.
    pub fn after_commit(&mut self, action: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(action));
    }

    /// Whether [`Db::begin_optimistic`] began it.
    pub fn is_optimistic(&self) -> bool {
        self.optimistic
    }

    /// Leaves statements to the very end, so that the locks they take are held only for the commit
    /// itself. They must publish nothing, and guard no aggregate that this transaction has
    /// published about: its place in the log is drawn before them.
    pub fn put_off<F>(&mut self, last: F)
    where
        F: for<'t> FnOnce(&'t mut Tx) -> Writing<'t> + Send + 'static,
    {
        self.last.push(Box::new(last));
    }

    /// Delivers the published events to the reactions at home here, and those published by doing
    /// so: for a use case that goes on with what came of them. Nothing is durable yet.
    pub async fn deliver_all(&mut self) -> Result<(), DbError> {
        inline::dispatch(self).await
    }

    /// Delivers the published events to the reactions at home here, writes them to the log,
    /// commits. Inside [`super::joined`] the transaction is parked instead, and committed together
    /// with the request's answer.
    pub async fn commit(mut self) -> Result<(), DbError> {
        inline::dispatch(&mut self).await?;
        match self.joined.take() {
            Some(joined) => {
                self.write_last().await?;
                self.send_gathered().await?;
                self.park(&joined)
            }
            None => self.commit_now().await,
        }
    }

    /// Undoes everything now, instead of when the connection is next used.
    pub async fn rollback(mut self) -> Result<(), DbError> {
        match self.held.take() {
            Some(Held::SqliteTx(tx)) => tx.rollback().await?,
            Some(Held::PostgresTx(tx)) => tx.rollback().await?,
            _ => {}
        }
        Ok(())
    }

    pub(crate) async fn commit_now(mut self) -> Result<(), DbError> {
        let events = log::append(&mut self)?;
        self.write_last().await?;
        self.send_the_rest().await?;
        match self.held.take() {
            Some(Held::SqliteTx(tx)) => {
                tx.commit().await?;
                self.db.fold_soon();
            }
            Some(Held::PostgresTx(tx)) => tx.commit().await?,
            Some(Held::PostgresIdle(_)) => {}
            _ => return Err(DbError::Bug("commit of a reading connection".to_owned())),
        }
        if events > 0 {
            self.db.published().send_modify(|count| *count += events);
        }
        for action in self.after.drain(..) {
            action();
        }
        Ok(())
    }

    async fn write_last(&mut self) -> Result<(), DbError> {
        for write in std::mem::take(&mut self.last) {
            write(self).await?;
        }
        Ok(())
    }

    fn park(mut self, joined: &Joined) -> Result<(), DbError> {
        let parked = self.parked();
        joined.park(parked.ok_or_else(|| DbError::Bug("nothing to park".to_owned()))?)
    }

    fn parked(&mut self) -> Option<Parked> {
        let held = self.held.take()?;
        let (outbox, after) = (
            std::mem::take(&mut self.outbox),
            std::mem::take(&mut self.after),
        );
        Some(Parked {
            db: self.db.clone(),
            held,
            outbox,
            after,
        })
    }

    /// Opens a savepoint; statements after it can be undone with [`Tx::rollback_to`].
    pub(crate) async fn savepoint(&mut self) -> Result<Mark, DbError> {
        self.query("savepoint reaction").execute().await?;
        Ok(Mark {
            events: self.outbox.len(),
            after: self.after.len(),
            last: self.last.len(),
            holds: self.holds.clone(),
        })
    }

    pub(crate) async fn release(&mut self) -> Result<(), DbError> {
        self.query("release savepoint reaction")
            .execute()
            .await
            .map(drop)
    }

    /// Undoes statements, events and what was left for later since the savepoint.
    pub(crate) async fn rollback_to(&mut self, mark: Mark) -> Result<(), DbError> {
        self.query("rollback to savepoint reaction")
            .execute()
            .await?;
        self.release().await?;
        self.holds = mark.holds; // what was taken since the savepoint is let go with it
        self.outbox.truncate(mark.events);
        self.after.truncate(mark.after);
        self.last.truncate(mark.last);
        Ok(())
    }

    /// Begins for good, where no statement had to be in the transaction so far.
    pub(super) async fn begin_now(&mut self) -> Result<(), DbError> {
        match self.held.take() {
            Some(Held::PostgresIdle(idle)) => {
                self.held = Some(Held::PostgresTx(begin_on(idle, None).await?));
            }
            held => self.held = held,
        }
        Ok(())
    }

    pub(super) fn conn(&mut self) -> Result<Conn<'_>, DbError> {
        match self.held.as_mut() {
            Some(Held::SqliteTx(tx)) => Ok(Conn::Sqlite(&mut *tx)),
            Some(Held::SqliteRead(reader)) => {
                reader.begin_statement().map(Conn::Sqlite).ok_or_else(ended)
            }
            Some(Held::PostgresTx(tx)) => Ok(Conn::Postgres(&mut *tx)),
            Some(Held::PostgresRead(conn) | Held::PostgresIdle(conn)) => {
                Ok(Conn::Postgres(&mut *conn))
            }
            None => Err(ended()),
        }
    }

    pub(super) fn count_statement(&self) {
        self.db.count_statement();
    }
}

fn ended() -> DbError {
    DbError::Bug("the transaction has ended".to_owned())
}

/// Where a savepoint stands in what is kept in memory.
pub(crate) struct Mark {
    events: usize,
    after: usize,
    last: usize,
    holds: HashSet<i64>,
}

impl Drop for Tx {
    fn drop(&mut self) {
        if self.held.is_none() {
            return;
        }
        let Some(joined) = self.joined.take() else {
            return;
        };
        match (self.use_of_parked, self.parked()) {
            (UseOfParked::Reads, Some(parked)) => joined.park_again(parked),
            (UseOfParked::Continues, _) => joined.lose(),
            _ => {}
        }
    }
}
