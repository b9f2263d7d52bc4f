//! Definite answers in place of provisional ones. Requests that were told to wait end about the
//! same time; their answers are stored together, in as few transactions as it takes.

use platform::http::StoredAnswer;
use platform::http::retry::{self, RetryKey};
use platform::{DbError, Host};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Answers of one transaction.
const BATCH: usize = 96;
/// A transaction that lost against another is repeated this often.
const ATTEMPTS: u32 = 4;

/// Where answers go to be stored. Cheap to clone.
#[derive(Clone)]
pub struct Answers(Arc<Inner>);

struct Inner {
    host: Host,
    tray: Mutex<Tray>,
}

#[derive(Default)]
struct Tray {
    entries: Vec<Entry>,
    has_clerk: bool,
}

struct Entry {
    answer: (RetryKey, StoredAnswer),
    stored: oneshot::Sender<()>,
}

impl Answers {
    pub fn new(host: &Host) -> Self {
        let (host, tray) = (host.clone(), Mutex::default());
        Self(Arc::new(Inner { host, tray }))
    }

    /// Stores an answer in place of the one its key has; false when that could not be done, and
    /// the old one still stands.
    pub async fn replace(&self, key: RetryKey, answer: StoredAnswer) -> bool {
        let (stored, done) = oneshot::channel();
        let answer = (key, answer);
        self.put(Entry { answer, stored });
        done.await.is_ok()
    }

    fn put(&self, entry: Entry) {
        let mut tray = self.tray();
        tray.entries.push(entry);
        if !std::mem::replace(&mut tray.has_clerk, true) {
            tokio::spawn(self.clone().store_all());
        }
    }

    /// Stores what is in the tray until it is empty.
    async fn store_all(self) {
        while let Some(batch) = self.take() {
            let (answers, waiting): (Vec<_>, Vec<_>) = batch
                .into_iter()
                .map(|one| (one.answer, one.stored))
                .unzip();
            match self.store(&answers).await {
                Ok(()) => waiting.into_iter().for_each(|stored| {
                    let _ = stored.send(()); // who hung up retries with the key
                }),
                Err(error) => tracing::warn!(%error, "storing answers"),
            }
        }
    }

    fn take(&self) -> Option<Vec<Entry>> {
        let mut tray = self.tray();
        if tray.entries.is_empty() {
            tray.has_clerk = false;
            return None;
        }
        let many = tray.entries.len().min(BATCH);
        Some(tray.entries.drain(..many).collect())
    }

    async fn store(&self, answers: &[(RetryKey, StoredAnswer)]) -> Result<(), DbError> {
        let mut attempts = 0;
        loop {
            attempts += 1;
            match self.attempt(answers).await {
                Err(error) if attempts < ATTEMPTS && error.is_transient() => {
                    tokio::time::sleep(Duration::from_millis(5 << attempts)).await;
                }
                outcome => return outcome,
            }
        }
    }

    async fn attempt(&self, answers: &[(RetryKey, StoredAnswer)]) -> Result<(), DbError> {
        let host = &self.0.host;
        let mut tx = host.db.begin().await?;
        retry::replace_all(&mut tx, &host.source, answers).await?;
        tx.commit().await
    }

    fn tray(&self) -> MutexGuard<'_, Tray> {
        self.0.tray.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
