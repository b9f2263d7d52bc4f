//! One request, one transaction: inside [`joined`], `commit` parks the transaction instead of
//! committing, later `begin`/`read` calls continue it, and whoever opened the scope commits it
//! together with what must not be separated from it (a request's stored answer).

use super::tx::Parked;
use super::{Db, DbError, Tx};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static JOINED: Arc<Joined>;
}

/// The parking place of one scope.
#[derive(Default)]
pub(crate) struct Joined {
    parked: Mutex<Option<Parked>>,
}

/// What a finished scope left behind.
#[must_use = "a parked transaction is rolled back when the scope is dropped"]
pub struct Scope {
    joined: Arc<Joined>,
}

/// Runs `work` with its transactions joined into one, which is still open afterwards.
pub async fn joined<F: Future>(work: F) -> (F::Output, Scope) {
    let joined = Arc::new(Joined::default());
    let output = JOINED.scope(Arc::clone(&joined), work).await;
    (output, Scope { joined })
}

impl Scope {
    /// True when a use case has committed, that is, something waits to become durable.
    pub fn has_work(&self) -> bool {
        self.joined.slot().is_some()
    }

    /// Writes with `write` into the parked transaction (a fresh one when none is parked) and
    /// commits both together.
    pub async fn commit_with(
        self,
        db: &Db,
        write: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let parked = self.joined.slot().take();
        let mut tx = match parked {
            Some(parked) => Tx::resumed(parked, None, false),
            None => db.begin().await?,
        };
        write(&mut tx).await?;
        tx.commit_now().await
    }

    /// Commits what is parked, if anything.
    pub async fn commit(self) -> Result<(), DbError> {
        let parked = self.joined.slot().take();
        match parked {
            Some(parked) => Tx::resumed(parked, None, false).commit_now().await,
            None => Ok(()),
        }
    }

    /// Rolls back what is parked, if anything.
    pub async fn roll_back(self) -> Result<(), DbError> {
        let parked = self.joined.slot().take();
        match parked {
            Some(parked) => Tx::resumed(parked, None, false).rollback().await,
            None => Ok(()),
        }
    }
}

impl Joined {
    pub(super) fn current() -> Option<Arc<Self>> {
        JOINED.try_with(Arc::clone).ok()
    }

    /// The parked transaction over `db`, to be continued.
    pub(super) fn resume(db: &Db) -> Option<Tx> {
        let joined = Self::current()?;
        let parked = joined.take_for(db)?;
        Some(Tx::resumed(parked, Some(joined), false))
    }

    /// The parked transaction over `db`, lent for reading: it sees what the request wrote.
    pub(super) fn resume_to_read(db: &Db) -> Option<Tx> {
        let joined = Self::current()?;
        let parked = joined.take_for(db)?;
        Some(Tx::resumed(parked, Some(joined), true))
    }

    pub(super) fn park(&self, parked: Parked) {
        *self.slot() = Some(parked);
    }

    fn take_for(&self, db: &Db) -> Option<Parked> {
        self.slot().take_if(|parked| parked.db.same(db))
    }

    fn slot(&self) -> MutexGuard<'_, Option<Parked>> {
        self.parked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
