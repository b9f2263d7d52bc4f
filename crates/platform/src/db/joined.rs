//! One request, one transaction: inside [`joined`], `commit` parks the transaction instead of
//! committing, later `begin`/`read` calls continue it, and whoever opened the scope commits it
//! together with what must not be separated from it (a request's stored answer).

use super::tx::{Parked, UseOfParked};
use super::{Db, DbError, Tx};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

tokio::task_local! {
    static JOINED: Arc<Joined>;
}

/// The parking place of one scope.
#[derive(Default)]
pub(crate) struct Joined {
    slot: Mutex<Slot>,
}

#[derive(Default)]
struct Slot {
    parked: Option<Parked>,
    /// A use case failed while it continued the work of an earlier one, which went with it.
    lost: bool,
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
        self.joined.slot().parked.is_some()
    }

    /// Writes with `write` into the parked transaction (a fresh one when none is parked) and
    /// commits both together.
    pub async fn commit_with(
        self,
        db: &Db,
        write: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>,
    ) -> Result<(), DbError> {
        let mut tx = match self.take()? {
            Some(tx) => tx,
            None => db.begin().await?,
        };
        write(&mut tx).await?;
        tx.commit_now().await
    }

    /// Commits what is parked, if anything.
    pub async fn commit(self) -> Result<(), DbError> {
        match self.take()? {
            Some(tx) => tx.commit_now().await,
            None => Ok(()),
        }
    }

    /// Rolls back what is parked, if anything.
    pub async fn roll_back(self) -> Result<(), DbError> {
        let parked = self.joined.slot().parked.take();
        match parked {
            Some(parked) => {
                Tx::resumed(parked, None, UseOfParked::None)
                    .rollback()
                    .await
            }
            None => Ok(()),
        }
    }

    fn take(&self) -> Result<Option<Tx>, DbError> {
        let mut slot = self.joined.slot();
        if slot.lost {
            return Err(DbError::Bug(
                "a later failure undid what was committed".to_owned(),
            ));
        }
        let parked = slot.parked.take();
        Ok(parked.map(|parked| Tx::resumed(parked, None, UseOfParked::None)))
    }
}

impl Joined {
    pub(super) fn current() -> Option<Arc<Self>> {
        JOINED.try_with(Arc::clone).ok()
    }

    /// The parked transaction over `db`, to be continued.
    pub(super) fn resume(db: &Db) -> Option<Tx> {
        Self::lend(db, UseOfParked::Continues)
    }

    /// The parked transaction over `db`, lent for reading: it sees what the request wrote.
    pub(super) fn resume_to_read(db: &Db) -> Option<Tx> {
        Self::lend(db, UseOfParked::Reads)
    }

    fn lend(db: &Db, use_of_parked: UseOfParked) -> Option<Tx> {
        let joined = Self::current()?;
        let parked = joined.slot().parked.take_if(|parked| parked.db.same(db))?;
        Some(Tx::resumed(parked, Some(joined), use_of_parked))
    }

    /// Keeps a transaction whose use case has committed; there is room for one.
    pub(super) fn park(&self, parked: Parked) -> Result<(), DbError> {
        let mut slot = self.slot();
        if slot.parked.is_some() {
            slot.lost = true;
            return Err(DbError::Bug(
                "two transactions were open in one request".to_owned(),
            ));
        }
        slot.parked = Some(parked);
        Ok(())
    }

    pub(super) fn park_again(&self, parked: Parked) {
        self.slot().parked = Some(parked);
    }

    pub(super) fn lose(&self) {
        self.slot().lost = true;
    }

    fn slot(&self) -> MutexGuard<'_, Slot> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
