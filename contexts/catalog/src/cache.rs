//! Rendered products, kept for a second: most reads of a shop are of the same few products.
//!
//! What is here never decides anything; prices are charged and stock is held by others. A change
//! made in this process is seen at once, one made by another process after [`TTL`] at most, and the
//! `Age` header says how old an answer is.

use axum::body::Bytes;
use axum::http::HeaderValue;
use kernel::{ProductId, Timestamp};
use moka::sync::Cache;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// How long a change by another process may go unseen.
const TTL: Duration = Duration::from_secs(1);

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
    pub at: Timestamp,
}

/// The cache of one process.
#[derive(Clone)]
pub struct ProductCache(Arc<Inner>);

struct Inner {
    entries: Cache<ProductId, Entry>,
    /// How often something in the slot changed. An entry of an older count is not served: who
    /// read the database before a change cannot put the past back after it.
    changes: Box<[AtomicU64]>,
}

#[derive(Clone)]
struct Entry {
    rendered: Arc<Rendered>,
    change: u64,
}

/// What was true before the database was read; see [`ProductCache::before_reading`].
#[derive(Clone, Copy, Debug)]
pub struct Before(u64);

impl ProductCache {
    pub fn new() -> Self {
        let entries = Cache::builder()
            .max_capacity(CAPACITY_BYTES)
            .weigher(|_, entry: &Entry| {
                u32::try_from(entry.rendered.json.len() + ENTRY_BYTES).unwrap_or(u32::MAX)
            })
            .time_to_live(TTL)
            .build();
        let changes = (0..SLOTS).map(|_| AtomicU64::new(0)).collect();
        Self(Arc::new(Inner { entries, changes }))
    }

    pub fn get(&self, id: ProductId) -> Option<Arc<Rendered>> {
        let entry = self.0.entries.get(&id)?;
        (entry.change == self.slot(id).load(Ordering::Acquire)).then_some(entry.rendered)
    }

    /// To be asked for before the database is read for [`ProductCache::put`].
    pub fn before_reading(&self, id: ProductId) -> Before {
        Before(self.slot(id).load(Ordering::Acquire))
    }

    pub fn put(&self, id: ProductId, before: Before, rendered: Arc<Rendered>) {
        self.0.entries.insert(
            id,
            Entry {
                rendered,
                change: before.0,
            },
        );
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
        let at = Timestamp::from_unix_micros(0);
        let id = ProductId::from_uuid(uuid::Uuid::from_u128(7));
        (
            id,
            Arc::new(Rendered {
                json,
                etag,
                public: true,
                at,
            }),
        )
    }

    #[test]
    fn a_reader_that_is_overtaken_by_a_change_does_not_bring_back_the_past() {
        let (cache, (id, lamp)) = (ProductCache::new(), lamp());
        let before = cache.before_reading(id);
        cache.forget(id);
        cache.put(id, before, lamp.clone());
        assert!(cache.get(id).is_none());

        cache.put(id, cache.before_reading(id), lamp);
        assert!(cache.get(id).is_some());
        cache.forget(id);
        assert!(cache.get(id).is_none());
    }
}
