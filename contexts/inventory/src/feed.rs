//! Who hears of changed levels in this process, once they are durable: live streams, and whoever
//! keeps a copy of what is available. Nobody decides anything by it.

use crate::stock::Level;
use contracts::ports::LevelListener;
use kernel::ProductId;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::broadcast;

/// Batches a slow stream may fall behind before it is told to read again. A batch is what one
/// transaction changed, at most some thousand levels.
const BACKLOG: usize = 256;

/// Levels as they are after one transaction; none at all when they are too many to tell.
pub type Changes = Arc<[Level]>;

/// Cloning shares it.
#[derive(Clone)]
pub struct Feed(Arc<Inner>);

struct Inner {
    listeners: RwLock<Vec<LevelListener>>,
    streams: broadcast::Sender<Changes>,
    watched: AtomicBool,
}

impl Feed {
    pub fn new() -> Self {
        Self(Arc::new(Inner {
            listeners: RwLock::default(),
            streams: broadcast::Sender::new(BACKLOG),
            watched: AtomicBool::new(false),
        }))
    }

    /// Whether anybody listens; if not, nobody need gather what changed.
    pub fn is_heard(&self) -> bool {
        self.0.streams.receiver_count() > 0 || !self.listeners().is_empty()
    }

    /// Whether somebody wants the levels themselves, not only which products changed.
    pub fn is_streamed(&self) -> bool {
        self.0.streams.receiver_count() > 0
    }

    /// Tells everybody. Call it once the change is durable.
    pub fn tell(&self, changed: Vec<Level>) {
        if changed.is_empty() {
            return;
        }
        self.tell_products(&changed);
        // Without a receiver nobody needs it.
        let _ = self.0.streams.send(changed.into());
    }

    /// Tells those who only want to know which products changed.
    pub fn tell_products(&self, changed: &[Level]) {
        let listeners = self.listeners();
        if listeners.is_empty() {
            return;
        }
        let mut products: Vec<ProductId> =
            changed.iter().map(|level| level.place.product).collect();
        products.sort_unstable();
        products.dedup();
        listeners.iter().for_each(|listener| listener(&products));
    }

    /// Tells streams that too much has changed to be told.
    pub fn tell_to_resync(&self) {
        let _ = self.0.streams.send(Arc::default());
    }

    /// Calls `listener` at every later change.
    pub fn watch(&self, listener: LevelListener) {
        let mut listeners = self
            .0
            .listeners
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        listeners.push(listener);
    }

    /// Every later change, in order.
    pub fn subscribe(&self) -> broadcast::Receiver<Changes> {
        self.0.streams.subscribe()
    }

    /// How many receivers there are.
    pub fn receivers(&self) -> usize {
        self.0.streams.receiver_count()
    }

    /// True for the first who asks, until [`Feed::unwatched`]: that one looks for the changes of
    /// other processes.
    pub fn begin_watching(&self) -> bool {
        !self.0.watched.swap(true, Ordering::AcqRel)
    }

    /// Nobody looks for the changes of other processes any more.
    pub fn end_watching(&self) {
        self.0.watched.store(false, Ordering::Release);
    }

    fn listeners(&self) -> std::sync::RwLockReadGuard<'_, Vec<LevelListener>> {
        self.0
            .listeners
            .read()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
