//! Starts the reactions of one context over: what they keep is cleared, and the whole log is
//! delivered to them again. Processes that run meanwhile deliver nothing to the context: the
//! rebuild holds the lease of its runner. When it is cut off, the next runner goes on from there.

use super::deliver::Fed;
use super::lease::Lease;
use super::runner::{BATCH, lease_name};
use super::{Sequencer, Subscriptions, deliver, log};
use crate::db::{Db, DbError, Tx};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long [`Rebuild::begin`] waits for events to be numbered. The lease of a process that was
/// killed is over in a third of it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Between two looks whether they are.
const LOOK: Duration = Duration::from_millis(100);
/// Who is alive numbers within milliseconds; whoever waits longer than this should hear of it.
const SOON: Duration = Duration::from_millis(500);

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
    /// Waits until everything that is committed by now has its number, without which no rebuild
    /// sees it; false when `patience` ended first. The lease of the process that numbered may have
    /// to end before anybody else may: `waiting` is called where this takes a while.
    pub async fn wait_for_numbers(
        db: &Db,
        patience: Duration,
        waiting: impl FnOnce(),
    ) -> Result<bool, DbError> {
        let (began, mut waiting) = (Instant::now(), Some(waiting));
        Sequencer::catch_up(db).await?;
        let Some(last) = last_without_number(db, i64::MAX).await? else {
            return Ok(true);
        };
        while last_without_number(db, last).await?.is_some() {
            if began.elapsed() >= patience {
                return Ok(false);
            }
            if let Some(waiting) = waiting.take_if(|_| began.elapsed() >= SOON) {
                waiting();
            }
            tokio::time::sleep(LOOK).await;
            Sequencer::catch_up(db).await?;
        }
        Ok(true)
    }

    /// Clears, in one transaction: what `clear` does, and what the event core remembers of the
    /// context's deliveries. Waits first, as [`Self::wait_for_numbers`] does.
    pub async fn begin(
        db: &Db,
        context: &'static str,
        clear: impl AsyncFnOnce(&mut Tx) -> Result<(), DbError>,
    ) -> Result<Self, DbError> {
        let nobody = || DbError::Bug("no subscriptions are attached".to_owned());
        let subscriptions = db.subscriptions().ok_or_else(nobody)?;
        let waiting = || tracing::info!(context, "the log waits for its numbers");
        if !Self::wait_for_numbers(db, PATIENCE, waiting).await? {
            return Err(DbError::Busy);
        }
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

/// The latest commit up to this one that has no number yet.
async fn last_without_number(db: &Db, upto: i64) -> Result<Option<i64>, DbError> {
    let mut tx = db.read().await?;
    let row = tx
        .query("select max(pos) as pos from event_commit where last_seq is null and pos <= $1")
        .bind(upto)
        .fetch_one()
        .await?;
    row.get("pos")
}
