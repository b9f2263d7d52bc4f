//! What keys with a daily quota have used: counted in memory, written down beside, every other
//! second. No request waits for that.

use crate::store::api_keys;
use kernel::ApiKeyId;
use platform::auth::{Day, Meter};
use platform::{DbError, Host};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Between counting and writing down: what a killed process forgets, and what several processes do
/// not know of each other yet.
const WRITE_AFTER: Duration = Duration::from_secs(2);

/// Cloning shares the counts.
#[derive(Clone)]
pub struct Usage(Arc<Inner>);

struct Inner {
    host: Host,
    meters: Mutex<BTreeMap<ApiKeyId, Arc<Meter>>>,
    due: AtomicBool,
}

/// Requests of one key on one day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    pub day: Day,
    pub requests: i64,
}

impl Used {
    /// How many there were on `day`.
    pub fn on(self, day: Day) -> i64 {
        if self.day == day { self.requests } else { 0 }
    }
}

impl Usage {
    pub fn new(host: &Host) -> Self {
        Self(Arc::new(Inner {
            host: host.clone(),
            meters: Mutex::default(),
            due: AtomicBool::new(false),
        }))
    }

    /// The meter of a key that is about to be counted; what it counts is written down soon.
    pub fn meter(&self, key: ApiKeyId) -> Arc<Meter> {
        if !self.0.due.swap(true, Ordering::AcqRel) {
            tokio::spawn(self.clone().write_for_a_while());
        }
        Arc::clone(self.meters().entry(key).or_default())
    }

    /// A round every other second, until there is one in which nothing was counted.
    async fn write_for_a_while(self) {
        loop {
            tokio::time::sleep(WRITE_AFTER).await;
            // From here on, whoever counts asks for another round, or finds this one's.
            self.0.due.store(false, Ordering::Release);
            let taken: Vec<_> = self.meters().iter().filter_map(taken).collect();
            if taken.is_empty() {
                return;
            }
            self.write_down(taken).await;
            if self.0.due.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }

    async fn write_down(&self, taken: Vec<(ApiKeyId, Used)>) {
        if let Err(error) = self.write(&taken).await {
            tracing::warn!(%error, "what API keys used cannot be written down yet");
            let meters = self.meters();
            for (key, used) in taken {
                if let Some(meter) = meters.get(&key) {
                    meter.put_back((used.day, used.requests));
                }
            }
        }
    }

    async fn write(&self, used: &[(ApiKeyId, Used)]) -> Result<(), DbError> {
        let mut tx = self.0.host.db.begin().await?;
        api_keys::add_used(&mut tx, used).await?;
        tx.commit().await
    }

    fn meters(&self) -> MutexGuard<'_, BTreeMap<ApiKeyId, Arc<Meter>>> {
        self.0.meters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn taken((key, meter): (&ApiKeyId, &Arc<Meter>)) -> Option<(ApiKeyId, Used)> {
    let (day, requests) = meter.take()?;
    Some((*key, Used { day, requests }))
}
