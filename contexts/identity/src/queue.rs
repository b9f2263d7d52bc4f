//! Lets one network address check one password at a time, so that counting failures and checking
//! passwords cannot overtake each other: a hundred guesses sent at once are judged one by one.
//! The queue is this process's; each replica has its own.

use platform::Tx;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::{Mutex as Slot, OwnedMutexGuard};

/// Who is being served. Cloning shares it.
#[derive(Clone, Default)]
pub struct Queue(Arc<Mutex<HashMap<IpAddr, Arc<Slot<()>>>>>);

/// The right to be served; the next in line follows when it is dropped.
pub struct Turn {
    queue: Queue,
    address: IpAddr,
    held: Option<OwnedMutexGuard<()>>,
}

impl Turn {
    /// Keeps the turn until what `tx` wrote is durable (or undone): the next in line must see it,
    /// and a request's transaction is committed after its handler is done.
    pub fn until_durable(self, tx: &mut Tx) {
        tx.after_commit(move || drop(self));
    }
}

impl Queue {
    /// Waits for one's turn.
    pub async fn turn(&self, address: IpAddr) -> Turn {
        let slot = Arc::clone(self.slots().entry(address).or_default());
        let mut turn = Turn {
            queue: self.clone(),
            address,
            held: None,
        };
        // From here on, a caller who hangs up while waiting tidies up as well.
        turn.held = Some(slot.lock_owned().await);
        turn
    }

    fn slots(&self) -> MutexGuard<'_, HashMap<IpAddr, Arc<Slot<()>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.held = None;
        let mut slots = self.queue.slots();
        let unused = |slot: &Arc<Slot<()>>| Arc::strong_count(slot) == 1;
        if slots.get(&self.address).is_some_and(unused) {
            slots.remove(&self.address);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn one_address_is_served_one_at_a_time_and_forgotten_after() {
        let (queue, inside) = (Queue::default(), Arc::new(AtomicUsize::new(0)));
        let guesses = (0..20).map(|_| {
            let (queue, inside) = (queue.clone(), Arc::clone(&inside));
            tokio::spawn(async move {
                let _turn = queue.turn(HERE).await;
                assert_eq!(inside.fetch_add(1, Ordering::SeqCst), 0);
                tokio::task::yield_now().await;
                inside.fetch_sub(1, Ordering::SeqCst);
            })
        });
        for guess in guesses.collect::<Vec<_>>() {
            guess.await.unwrap();
        }
        assert!(queue.slots().is_empty());
    }

    #[tokio::test]
    async fn a_caller_who_hangs_up_while_waiting_leaves_nothing_behind() {
        let queue = Queue::default();
        let first = queue.turn(HERE).await;
        let waiting = queue.turn(HERE);
        let patience = std::time::Duration::from_millis(5);
        assert!(tokio::time::timeout(patience, waiting).await.is_err());
        drop(first);
        assert!(queue.slots().is_empty());
    }
}
