//! How busy a process is with requests, for work that can wait until it is less so.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// So many requests in flight, per processor, are many: they wait for each other.
const MANY: usize = 8;
/// Work that gives way rests so many times as long as it took: it has a twentieth of its time.
const REST: u32 = 19;
/// However long it took, it goes on after this.
const LONGEST: Duration = Duration::from_secs(2);

/// The requests that a process is serving at the moment. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Load(Arc<AtomicUsize>);

/// A request that is being served, until it is dropped.
pub(crate) struct Serving(Load);

impl Load {
    pub(crate) fn serve(&self) -> Serving {
        self.0.fetch_add(1, Ordering::Relaxed);
        Serving(self.clone())
    }

    /// How many there are.
    pub(crate) fn requests(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }

    /// True while more is asked of this process than it gets done at once.
    fn is_high(&self) -> bool {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.requests() >= MANY * processors
    }

    /// Rests after work that took so long, when there are requests to give way to.
    pub async fn give_way(&self, took: Duration) {
        tokio::time::sleep(self.rest(took)).await;
    }

    fn rest(&self, took: Duration) -> Duration {
        match self.is_high() {
            true => took.saturating_mul(REST).min(LONGEST),
            false => Duration::ZERO,
        }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn many() -> usize {
        MANY * std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    }

    #[test]
    fn work_rests_only_while_many_requests_are_served() {
        let load = Load::default();
        let (short, long) = (Duration::from_millis(10), Duration::from_secs(10));
        let mut serving: Vec<_> = (1..many()).map(|_| load.serve()).collect();
        assert_eq!(load.rest(short), Duration::ZERO);
        serving.push(load.serve());
        assert_eq!(load.rest(short), Duration::from_millis(190));
        assert_eq!(load.rest(long), LONGEST);
        serving.pop();
        assert_eq!(load.rest(short), Duration::ZERO);
    }
}
