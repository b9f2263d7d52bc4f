//! How busy a process is with requests, for work that can wait until it is less so.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// So many requests in flight, per processor, are many: they wait for each other.
const MANY: usize = 8;
/// Work that gives way rests so many times as long as it took: all of it together has a twentieth
/// of one thread's time.
const REST: u32 = 19;
/// However long it took, it goes on after this.
const LONGEST: Duration = Duration::from_secs(10);
/// How often whoever rests looks whether there is still anything to give way to.
const LOOK: Duration = Duration::from_millis(100);

/// The requests that a process is serving at the moment. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Load(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    requests: AtomicUsize,
    resting: AtomicUsize,
}

/// Counted until it is dropped.
pub(crate) struct Counted {
    load: Load,
    of: fn(&Counts) -> &AtomicUsize,
}

impl Load {
    /// A request is being served, until this is dropped.
    pub(crate) fn serve(&self) -> Counted {
        self.count(|counts| &counts.requests).0
    }

    /// How many are being served.
    pub(crate) fn requests(&self) -> usize {
        self.0.requests.load(Ordering::Relaxed)
    }

    /// True while more is asked of this process than it gets done at once.
    fn is_high(&self) -> bool {
        let processors = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        self.requests() >= MANY * processors
    }

    /// Rests after work that took so long, as long as there are requests to give way to. Those who
    /// rest at the same time share what one of them would have.
    pub async fn give_way(&self, took: Duration) {
        let (_resting, others) = self.count(|counts| &counts.resting);
        let until = Instant::now() + rest(took, others);
        while self.is_high() {
            match until.checked_duration_since(Instant::now()) {
                Some(left) => tokio::time::sleep(left.min(LOOK)).await,
                None => break,
            }
        }
    }

    /// Counts one more, and says how many there were.
    fn count(&self, of: fn(&Counts) -> &AtomicUsize) -> (Counted, usize) {
        let before = of(&self.0).fetch_add(1, Ordering::Relaxed);
        let load = self.clone();
        (Counted { load, of }, before)
    }
}

fn rest(took: Duration, others: usize) -> Duration {
    let shares = u32::try_from(others).unwrap_or(u32::MAX).saturating_add(1);
    let rest = took.saturating_mul(REST).saturating_mul(shares);
    rest.min(LONGEST)
}

impl Drop for Counted {
    fn drop(&mut self) {
        (self.of)(&self.load.0).fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::pin::pin;

    fn many() -> usize {
        MANY * std::thread::available_parallelism().map_or(1, NonZeroUsize::get)
    }

    #[tokio::test]
    async fn work_rests_only_while_many_requests_are_served() {
        let load = Load::default();
        let long = Duration::from_secs(3600);
        let mut serving: Vec<_> = (1..many()).map(|_| load.serve()).collect();
        load.give_way(long).await;
        serving.push(load.serve());
        let mut resting = pin!(load.give_way(long));
        let rested = tokio::time::timeout(2 * LOOK, &mut resting).await;
        assert!(rested.is_err(), "it did not rest");
        serving.pop();
        resting.await;
    }

    #[test]
    fn those_who_rest_at_once_rest_longer() {
        let took = Duration::from_millis(10);
        assert_eq!(rest(took, 0), Duration::from_millis(190));
        assert_eq!(rest(took, 4), Duration::from_millis(950));
        assert_eq!(rest(Duration::from_secs(3600), 4), LONGEST);
    }
}
