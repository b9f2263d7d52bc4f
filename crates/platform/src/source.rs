//! The only place where the platform learns what time it is, makes ids and draws random bytes.
//! Tests hold a fixed one and push it forward; everything else receives plain values.

use kernel::{Id, Timestamp};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use uuid::{ContextV7, Uuid};

/// Clock, ids and randomness of one process. Cloning shares the clock and the id counter.
#[derive(Clone)]
pub struct Source(Arc<Inner>);

struct Inner {
    /// Microseconds since 1970 of a fixed clock; `None` follows the system's.
    fixed: Option<AtomicI64>,
    /// Keeps the ids of one instant in the order they were made.
    counter: Mutex<ContextV7>,
}

impl Source {
    /// Follows the system's clock.
    pub fn system() -> Self {
        Self::new(None)
    }

    /// Stands still at `at` until it is advanced. For tests.
    pub fn fixed(at: Timestamp) -> Self {
        Self::new(Some(AtomicI64::new(at.unix_micros())))
    }

    fn new(fixed: Option<AtomicI64>) -> Self {
        let counter = Mutex::new(ContextV7::new());
        Self(Arc::new(Inner { fixed, counter }))
    }

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        let micros = match &self.0.fixed {
            Some(micros) => micros.load(Ordering::Relaxed),
            None => system_micros(),
        };
        Timestamp::from_unix_micros(micros)
    }

    /// A new id; ids made one after the other rise, within one instant too.
    pub fn id<E>(&self) -> Id<E> {
        Id::from_uuid(self.uuid())
    }

    /// A new UUIDv7; see [`Source::id`].
    pub fn uuid(&self) -> Uuid {
        let micros = self.now().unix_micros().max(0).unsigned_abs();
        let seconds = micros / 1_000_000;
        let nanos = u32::try_from(micros % 1_000_000 * 1_000).unwrap_or_default();
        let stamp = uuid::Timestamp::from_unix(&self.0.counter, seconds, nanos);
        Uuid::new_v7(stamp)
    }

    /// Pushes a fixed clock forward. The system's clock cannot be pushed: nothing happens.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
        if let Some(micros) = &self.0.fixed {
            micros.fetch_add(by, Ordering::Relaxed);
        }
    }

    /// Fills `bytes` from the operating system's cryptographic generator (seeded thread-local
    /// ChaCha); never predictable, not even from a fixed source, so it is fit for keys and salts.
    pub fn fill(&self, bytes: &mut [u8]) {
        rand::fill(bytes);
    }

    /// `N` random bytes; see [`Source::fill`].
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }
}

impl std::fmt::Debug for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kind = if self.0.fixed.is_some() {
            "fixed"
        } else {
            "system"
        };
        write!(f, "Source({kind}, {})", self.now())
    }
}

/// A clock set before 1970 reads as 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "this is the one place that asks the system for the time"
)]
fn system_micros() -> i64 {
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since_1970.unwrap_or_default().as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noon() -> Timestamp {
        Timestamp::from_unix_micros(1_700_000_000_000_000)
    }

    #[test]
    fn ids_of_one_instant_rise() {
        let source = Source::fixed(noon());
        let mut last = source.uuid();
        for _ in 0..20_000 {
            let next = source.uuid();
            assert!(last < next);
            last = next;
        }
    }

    #[test]
    fn a_fixed_clock_moves_only_when_it_is_pushed() {
        let source = Source::fixed(noon());
        assert_eq!(source.now(), noon());
        source.clone().advance(Duration::from_secs(90));
        assert_eq!(source.now(), noon().plus(Duration::from_secs(90)));
    }

    #[test]
    fn random_bytes_differ_even_on_a_fixed_source() {
        let source = Source::fixed(noon());
        assert_ne!(source.random::<32>(), source.random::<32>());
    }
}
