//! Rendered products, as they were a second ago at most: most reads of a shop are of the same few
//! products.
//!
//! What is here never decides anything; prices are charged and stock is held by others. A change
//! made in this process is seen at once, one made by another process after [`TTL`] at most, and the
//! `Age` header says how old an answer is. Those that were read lately go on being served
//! while `confirm.rs` finds them unchanged.

use axum::body::Bytes;
use axum::http::HeaderValue;
use kernel::{ProductId, Timestamp};
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

/// How long a change by another process may go unseen.
const TTL: Duration = Duration::from_secs(1);

/// How often those that were read are looked up again: twice before they would be too old.
const CONFIRM_EVERY: Duration = Duration::from_millis(400);

/// Those that were read within this time are looked up again, also while nobody reads them: whoever
/// reads all of a catalogue in turn comes back to each.
const LATELY: Duration = Duration::from_secs(3);

/// What nobody reads for so long is dropped.
const IDLE: Duration = Duration::from_secs(5);

/// The most bytes of JSON that are kept.
const CAPACITY_BYTES: u64 = 16 * 1024 * 1024;

/// What an entry costs besides its JSON, roughly.
const ENTRY_BYTES: usize = 256;

/// Products share these counters by their ids; two in one slot only cost each other an entry.
const SLOTS: usize = 1024;

/// A product as it goes over the wire.
#[derive(Clone, Debug)]
pub struct Rendered {
    pub json: Bytes,
    pub etag: HeaderValue,
    /// Whether everybody may see it.
    pub public: bool,
    pub stamp: Stamp,
}

/// Where nothing of this differs, a product looks as it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub version: i64,
    pub available: Option<i64>,
    pub in_stock: bool,
}

/// The cache of one process.
#[derive(Clone)]
pub struct ProductCache(Arc<Inner>);

struct Inner {
    entries: Cache<ProductId, Arc<Entry>>,
    /// How often something in the slot changed. An entry of an older count is not served: who
    /// read the database before a change cannot put the past back after it.
    changes: Box<[AtomicU64]>,
    /// When somebody last began to confirm what was read.
    confirmed_at: Moment,
}

/// A product that is kept.
pub struct Entry {
    rendered: Arc<Rendered>,
    change: u64,
    /// It was so then; nobody has looked since.
    true_at: Moment,
    read_at: Moment,
}

/// What was true before the database was read; see [`ProductCache::before_reading`].
#[derive(Clone, Copy, Debug)]
pub struct Before {
    change: u64,
    at: Timestamp,
}

impl Entry {
    pub fn stamp(&self) -> Stamp {
        self.rendered.stamp
    }

    /// The database said the same when it was asked at `at`, or later.
    pub fn confirm(&self, at: Timestamp) {
        self.true_at.set(at);
    }

    fn age(&self, now: Timestamp) -> Duration {
        now.since(self.true_at.get())
    }
}

/// A time that several may set.
struct Moment(AtomicI64);

impl Moment {
    fn new(at: Timestamp) -> Self {
        Self(AtomicI64::new(at.unix_micros()))
    }

    fn get(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.0.load(Ordering::Acquire))
    }

    fn set(&self, at: Timestamp) {
        self.0.store(at.unix_micros(), Ordering::Release);
    }

    /// False when somebody else was first.
    fn advance(&self, from: Timestamp, to: Timestamp) -> bool {
        let (from, to) = (from.unix_micros(), to.unix_micros());
        let set = self
            .0
            .compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed);
        set.is_ok()
    }
}

impl ProductCache {
    pub fn new() -> Self {
        let entries = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, entry: &Arc<Entry>| {
                u32::try_from(entry.rendered.json.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
            })
            .time_to_idle(IDLE)
            .build();
        let changes = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Inner {
            entries,
            changes,
            confirmed_at: Moment::new(Timestamp::from_unix_micros(0)),
        }))
    }

    /// The product, and how old it may be.
    pub fn get(&self, id: ProductId, now: Timestamp) -> Option<(Arc<Rendered>, Duration)> {
        let entry = self.0.entries.get(&id)?;
        let age = entry.age(now);
        let unchanged = entry.change == self.slot(id).load(Ordering::Acquire);
        if !unchanged || age > TTL {
            return None;
        }
        entry.read_at.set(now);
        Some((entry.rendered.clone(), age))
    }

    /// To be asked for before the database is read for [`ProductCache::put`].
    pub fn before_reading(&self, id: ProductId, now: Timestamp) -> Before {
        let change = self.slot(id).load(Ordering::Acquire);
        Before { change, at: now }
    }

    pub fn put(&self, id: ProductId, before: Before, rendered: Arc<Rendered>) {
        let entry = Entry {
            rendered,
            change: before.change,
            true_at: Moment::new(before.at),
            read_at: Moment::new(before.at),
        };
        self.0.entries.insert(id, Arc::new(entry));
    }

    /// True every [`CONFIRM_EVERY`] for whoever asks first, who is to confirm what was read.
    pub fn is_to_be_confirmed(&self, now: Timestamp) -> bool {
        let last = self.0.confirmed_at.get();
        now.since(last) >= CONFIRM_EVERY && self.0.confirmed_at.advance(last, now)
    }

    /// What was read lately, and could be served still.
    pub fn read_lately(&self, now: Timestamp) -> Vec<(ProductId, Arc<Entry>)> {
        let entries = self.0.entries.iter().map(|(id, entry)| (*id, entry));
        let is_read = |entry: &Entry| now.since(entry.read_at.get()) <= LATELY;
        entries
            .filter(|(_, entry)| is_read(entry) && entry.age(now) <= TTL)
            .collect()
    }

    /// The product has changed, and that is durable.
    pub fn forget(&self, id: ProductId) {
        self.slot(id).fetch_add(1, Ordering::AcqRel);
        self.0.entries.invalidate(&id);
    }

    fn slot(&self, id: ProductId) -> &AtomicU64 {
        // The low bits of a UUIDv7 are random.
        let low = id.uuid().as_u128() as usize;
        &self.0.changes[low % SLOTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lamp() -> (ProductId, Arc<Rendered>) {
        let (json, etag) = (Bytes::from_static(b"{}"), HeaderValue::from_static("\"1\""));
        let stamp = Stamp {
            version: 1,
            available: None,
            in_stock: true,
        };
        let id = ProductId::from_uuid(uuid::Uuid::from_u128(7));
        (
            id,
            Arc::new(Rendered {
                json,
                etag,
                public: true,
                stamp,
            }),
        )
    }

    const NOON: Timestamp = Timestamp::from_unix_micros(1_000_000_000);

    #[test]
    fn a_reader_that_is_overtaken_by_a_change_does_not_bring_back_the_past() {
        let (cache, (id, lamp)) = (ProductCache::new(), lamp());
        let before = cache.before_reading(id, NOON);
        cache.forget(id);
        cache.put(id, before, lamp.clone());
        assert!(cache.get(id, NOON).is_none());

        cache.put(id, cache.before_reading(id, NOON), lamp);
        assert!(cache.get(id, NOON).is_some());
        cache.forget(id);
        assert!(cache.get(id, NOON).is_none());
    }

    #[test]
    fn what_is_not_confirmed_is_served_for_a_second() {
        let (cache, (id, lamp)) = (ProductCache::new(), lamp());
        cache.put(id, cache.before_reading(id, NOON), lamp);
        let later = NOON.plus(TTL);
        assert_eq!(cache.get(id, later).unwrap().1, TTL);
        let read = cache.read_lately(later);
        assert_eq!(read.len(), 1);

        let too_late = later.plus(TTL);
        assert!(cache.get(id, too_late).is_none());
        assert!(cache.read_lately(too_late).is_empty(), "it has to be read");
        read[0].1.confirm(later);
        assert!(cache.get(id, too_late).is_some());
    }

    #[test]
    fn what_nobody_has_read_for_a_while_is_not_confirmed() {
        let (cache, (id, lamp)) = (ProductCache::new(), lamp());
        cache.put(id, cache.before_reading(id, NOON), lamp);
        let confirmed_at = |at| {
            let read = cache.read_lately(at);
            read.iter().for_each(|(_, entry)| entry.confirm(at));
            read.len()
        };
        let seconds = |count| NOON.plus(count * TTL);
        assert_eq!(
            [1, 2, 3, 4].map(|at| confirmed_at(seconds(at))),
            [1, 1, 1, 0]
        );
        assert!(cache.get(id, seconds(4)).is_some());
        assert_eq!(confirmed_at(seconds(4)), 1);
    }
}
