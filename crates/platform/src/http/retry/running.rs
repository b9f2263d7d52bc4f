//! The keys being worked on in this process.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// A set of keys; each is in it from claim to drop.
#[derive(Clone, Default)]
pub(super) struct Running(Arc<Mutex<HashSet<Uuid>>>);

/// A claimed key. Dropping it, also by a hang-up or a panic, frees it.
pub(super) struct Turn {
    running: Running,
    id: Uuid,
}

impl Running {
    /// The turn of this key, unless somebody has it.
    pub(super) fn claim(&self, id: Uuid) -> Option<Turn> {
        let fresh = self.keys().insert(id);
        fresh.then(|| Turn {
            running: self.clone(),
            id,
        })
    }

    fn keys(&self) -> MutexGuard<'_, HashSet<Uuid>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.running.keys().remove(&self.id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_claimed_once_until_it_is_dropped() {
        let running = Running::default();
        let turn = running.claim(Uuid::nil());
        assert!(turn.is_some());
        assert!(running.claim(Uuid::nil()).is_none());
        drop(turn);
        assert!(running.claim(Uuid::nil()).is_some());
    }
}
