//! Events between databases: a relay puts the log of one context's database on the bus, a consumer
//! takes from the bus into another's. The bus may deliver twice and mixes aggregates freely, but
//! keeps the order within one; the version guard does the rest.

use super::deliver::Fed;
use super::lease::Lease;
use super::{Envelope, Subscriptions, deliver, log, parked};
use crate::db::{Db, DbError};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::watch;

type Boxed<'a, T> = Pin<Box<dyn Future<Output = Result<T, DbError>> + Send + 'a>>;

/// A transport. What was published stays readable, so that a consumer may start over.
pub trait Bus: Send + Sync + 'static {
    /// Appends events; returns once they are kept.
    fn publish<'a>(&'a self, events: Vec<Envelope>) -> Boxed<'a, ()>;
    /// Up to `limit` events from `offset` on, with the offset after them; waits a while for some.
    fn poll<'a>(&'a self, offset: usize, limit: usize) -> Boxed<'a, (Vec<Envelope>, usize)>;
}

/// A bus in memory, for one process with several databases: tests and the conformance suite.
pub struct MemoryBus {
    events: Mutex<Vec<Envelope>>,
    grown: watch::Sender<usize>,
    manners: Manners,
}

/// How faithfully a [`MemoryBus`] delivers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Manners {
    /// Once, in the order of publishing.
    Tidy,
    /// Everything twice, and aggregates overtake each other; each keeps its own order.
    Unruly,
}

impl MemoryBus {
    pub fn new() -> Self {
        Self::with(Manners::Tidy)
    }

    /// A bus as bad as one may be: everything comes twice, and aggregates overtake each other.
    pub fn unruly() -> Self {
        Self::with(Manners::Unruly)
    }

    fn with(manners: Manners) -> Self {
        Self {
            events: Mutex::default(),
            grown: watch::Sender::new(0),
            manners,
        }
    }

    /// The number of events published so far.
    pub fn len(&self) -> usize {
        *self.grown.borrow()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Default for MemoryBus {
    fn default() -> Self {
        Self::new()
    }
}

impl Bus for MemoryBus {
    fn publish<'a>(&'a self, batch: Vec<Envelope>) -> Boxed<'a, ()> {
        Box::pin(async move {
            let len = {
                let mut events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
                match self.manners {
                    Manners::Tidy => events.extend(batch),
                    Manners::Unruly => events.extend(jumbled(batch)),
                }
                events.len()
            };
            self.grown.send_replace(len);
            Ok(())
        })
    }

    fn poll<'a>(&'a self, offset: usize, limit: usize) -> Boxed<'a, (Vec<Envelope>, usize)> {
        Box::pin(async move {
            let mut grown = self.grown.subscribe();
            let more = grown.wait_for(|len| *len > offset);
            let _ = tokio::time::timeout(Duration::from_millis(500), more).await;
            let events = self.events.lock().unwrap_or_else(PoisonError::into_inner);
            let batch: Vec<_> = events.iter().skip(offset).take(limit).cloned().collect();
            let next = offset + batch.len();
            Ok((batch, next))
        })
    }
}

/// Aggregates in reverse order of appearance, each in its own order, and all of it again.
fn jumbled(batch: Vec<Envelope>) -> Vec<Envelope> {
    let mut aggregates: Vec<Vec<Envelope>> = Vec::new();
    for event in batch {
        let same = |group: &&mut Vec<Envelope>| deliver::key(&group[0]) == deliver::key(&event);
        match aggregates.iter_mut().find(same) {
            Some(group) => group.push(event),
            None => aggregates.push(vec![event]),
        }
    }
    let jumbled: Vec<Envelope> = aggregates.into_iter().rev().flatten().collect();
    jumbled.iter().chain(&jumbled).cloned().collect()
}

/// Puts the log of one database on the bus, in order, each event at least once.
pub struct Relay {
    db: Db,
    bus: Arc<dyn Bus>,
}

impl Relay {
    pub fn new(db: Db, bus: Arc<dyn Bus>) -> Self {
        Self { db, bus }
    }

    /// Runs until dropped.
    pub async fn run(self) {
        let owner = self.db.lease_owner();
        let mut sequenced = self.db.sequenced().subscribe();
        loop {
            match self.round(&owner).await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "relay"),
            }
            let _ = tokio::time::timeout(Duration::from_millis(250), sequenced.changed()).await;
        }
    }

    /// True when everything committed in `db` is on the bus.
    pub async fn is_done(db: &Db) -> Result<bool, DbError> {
        let mut tx = db.read().await?;
        let row = tx
            .query(
                "select (select count(*) from event_commit where last_seq is null) as waiting,
                     coalesce((select position from event_lease where name = 'relay'), 0)
                         as position",
            )
            .fetch_one()
            .await?;
        let last = log::last_number(&mut tx).await?;
        Ok(row.get::<i64>("waiting")? == 0 && row.get::<i64>("position")? == last)
    }

    async fn round(&self, owner: &str) -> Result<bool, DbError> {
        let Some(lease) = Lease::take(&self.db, "relay", owner).await? else {
            return Ok(false);
        };
        let mut tx = self.db.begin().await?;
        let Some(position) = lease.position(&mut tx).await? else {
            return Ok(false);
        };
        let batch = log::read_after(&mut tx, position, 200).await?;
        let Some(last) = batch.last().map(|event| event.seq) else {
            return Ok(false);
        };
        self.bus.publish(batch).await?;
        lease.advance(&mut tx, last).await?;
        tx.commit_now().await?;
        Ok(true)
    }
}

/// Takes events from the bus into the database of one context.
pub struct Consumer {
    db: Db,
    bus: Arc<dyn Bus>,
    subscriptions: Arc<Subscriptions>,
    context: &'static str,
    progress: watch::Sender<usize>,
}

impl Consumer {
    pub fn new(
        db: Db,
        bus: Arc<dyn Bus>,
        subscriptions: Arc<Subscriptions>,
        context: &'static str,
    ) -> Self {
        Self {
            db,
            bus,
            subscriptions,
            context,
            progress: watch::Sender::new(0),
        }
    }

    /// Tells how many events of the bus are dealt with.
    pub fn progress(&self) -> watch::Receiver<usize> {
        self.progress.subscribe()
    }

    /// Runs until dropped. It starts at the beginning of the bus: the version guard drops what
    /// was handled before.
    pub async fn run(self) {
        let mut offset = 0;
        loop {
            match self.round(offset).await {
                Ok(next) => offset = next,
                Err(error) => {
                    tracing::warn!(context = self.context, %error, "consumer");
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
            }
            self.progress.send_replace(offset);
        }
    }

    async fn round(&self, offset: usize) -> Result<usize, DbError> {
        let (batch, next) = self.bus.poll(offset, 200).await?;
        let wanted: Vec<Envelope> = batch
            .into_iter()
            .filter(|event| self.subscriptions.wants(&event.kind))
            .collect();
        if !wanted.is_empty() {
            let mut tx = self.db.begin().await?;
            let subscriptions = &self.subscriptions;
            deliver::deliver(&mut tx, subscriptions, self.context, &wanted, Fed::ByBus).await?;
            tx.commit_now().await?;
        }
        parked::retry_due(&self.db, &self.subscriptions, self.context).await?;
        Ok(next)
    }
}
