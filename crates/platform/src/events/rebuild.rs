//! Starts the reactions of one context over: what they keep is cleared, and the whole log is
//! delivered to them again. Processes that run meanwhile deliver nothing to the context: the
//! rebuild holds the lease of its runner. When it is cut off, the next runner goes on from there.

use super::deliver::Fed;
use super::lease::Lease;
use super::runner::{BATCH, lease_name};
use super::{Sequencer, Subscriptions, deliver, log};
use crate::db::{Db, DbError, Tx};
use std::sync::Arc;

/// A rebuild under way.
pub struct Rebuild {
    db: Db,
    subscriptions: Arc<Subscriptions>,
    context: &'static str,
    lease: Lease,
}

/// How far it has come, in numbers of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub position: i64,
    pub last: i64,
}

impl Rebuild {
    /// Clears, in one transaction: what `clear` does, and what the event core remembers of the
    /// context's deliveries.
    pub async fn begin(
        db: &Db,
        context: &'static str,
        clear: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>,
    ) -> Result<Self, DbError> {
        let nobody = || DbError::Bug("no subscriptions are attached".to_owned());
        let subscriptions = db.subscriptions().ok_or_else(nobody)?;
        Sequencer::catch_up(db).await?;
        let owner = db.lease_owner();
        let lease = Lease::seize(db, &lease_name(context), &owner).await?;
        let mut tx = db.begin().await?;
        lease.position(&mut tx).await?.ok_or(DbError::Busy)?;
        clear(&mut tx).await?;
        // `.` and `/` are neighbours: between them are the names that begin with the context's.
        tx.query("delete from event_guard where subscription > $1 and subscription < $2")
            .bind(format!("{context}."))
            .bind(format!("{context}/"))
            .execute()
            .await?;
        tx.query("delete from event_parked where context = $1")
            .bind(context)
            .execute()
            .await?;
        lease.advance(&mut tx, 0).await?;
        tx.commit_now().await?;
        Ok(Self {
            db: db.clone(),
            subscriptions,
            context,
            lease,
        })
    }

    /// Delivers the next batch; `None` when the end of the log is reached.
    pub async fn step(&self) -> Result<Option<Progress>, DbError> {
        let mut tx = self.db.begin().await?;
        let position = self.lease.position(&mut tx).await?.ok_or(DbError::Busy)?;
        let last = log::last_number(&mut tx).await?;
        let mut batch = log::read_after(&mut tx, position, BATCH).await?;
        batch.retain(|event| event.seq <= last);
        let reached = match batch.last() {
            Some(event) if batch.len() as i64 == BATCH => event.seq,
            _ => last,
        };
        if reached <= position {
            self.lease.release(&mut tx).await?;
            return tx.commit_now().await.map(|()| None);
        }
        let subscriptions = &self.subscriptions;
        deliver::deliver(&mut tx, subscriptions, self.context, &batch, Fed::ByLog).await?;
        self.lease.advance(&mut tx, reached).await?;
        tx.commit_now().await?;
        let position = reached;
        Ok(Some(Progress { position, last }))
    }

    /// Leaves the rest to the context's runner, at once instead of when the lease is over.
    pub async fn give_up(self) -> Result<(), DbError> {
        let mut tx = self.db.begin().await?;
        self.lease.release(&mut tx).await?;
        tx.commit_now().await
    }
}
