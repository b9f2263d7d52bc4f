//! What the workers of every load have in common: they are waited for, and what should not have
//! been answered is written down.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::task::JoinSet;

use crate::http::{Answer, Call};
use crate::outcome::Outcome;

/// Sentences about answers that are not as they should be.
#[derive(Default)]
pub struct Surprises(Mutex<Vec<String>>);

impl Surprises {
    pub fn add(&self, sentence: String) {
        locked(&self.0).push(sentence);
    }

    /// An answer that nobody has a use for.
    pub fn unexpected(&self, call: &Call, answer: &Answer) {
        let (key, path) = (call.key.as_deref().unwrap_or_default(), &call.path);
        self.add(format!("{key} {path}: {} {}", answer.status, answer.text()));
    }

    pub fn all(&self) -> Vec<String> {
        locked(&self.0).clone()
    }
}

/// A rig's own locks are never held across a failure.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits until all have finished; one that failed fails the run.
pub async fn finished(mut workers: JoinSet<Outcome<()>>) -> Outcome<()> {
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}
