//! Requests of this process that wait for the outcome of their order. They are told when the
//! transaction that decides it commits here. Where another process decides, one look-out asks for
//! all of them together, a bounded number at a time: waiting buyers do not poll.

use crate::order::{Line, Order};
use crate::store;
use kernel::OrderId;
use platform::{Db, DbError, Tx};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// How often the look-out looks; short against what a buyer notices.
const LOOK: Duration = Duration::from_millis(20);
/// Who has waited for fewer looks is probably being told already.
const PATIENCE: u64 = 2;
/// Orders of one look, so that a thousand waiting buyers cost no more than these.
const PORTION: usize = 200;

/// The room they wait in. Cheap to clone.
#[derive(Clone)]
pub struct Waiting(Arc<Inner>);

struct Inner {
    db: Db,
    room: Mutex<Room>,
}

#[derive(Default)]
struct Room {
    seats: BTreeMap<OrderId, Seat>,
    looks: u64,
    /// Where the last look ended.
    looked_at: Option<OrderId>,
    has_look_out: bool,
}

struct Seat {
    tell: oneshot::Sender<Order>,
    since: u64,
}

/// A request that waits. It leaves the room when it is dropped.
#[derive(Debug)]
pub struct Waiter {
    id: OrderId,
    /// Whoever tells the outcome need not read them.
    lines: Vec<Line>,
    told: oneshot::Receiver<Order>,
    waiting: Waiting,
}

impl std::fmt::Debug for Waiting {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Waiting")
    }
}

impl Waiting {
    pub fn new(db: Db) -> Self {
        let room = Mutex::default();
        Self(Arc::new(Inner { db, room }))
    }

    /// Takes a seat for an order that is being placed; its outcome may be told in this very
    /// transaction.
    pub fn wait_for(&self, placed: &Order) -> Waiter {
        let (tell, told) = oneshot::channel();
        let mut room = self.room();
        let since = room.looks;
        room.seats.insert(placed.id, Seat { tell, since });
        if !std::mem::replace(&mut room.has_look_out, true) {
            tokio::spawn(self.clone().look_out());
        }
        drop(room);
        Waiter {
            id: placed.id,
            lines: placed.lines.clone(),
            told,
            waiting: self.clone(),
        }
    }

    /// Tells those who wait for these orders once the transaction is durable.
    pub fn tell_after<'o>(&self, tx: &mut Tx, orders: impl Iterator<Item = &'o Order>) {
        let awaited: Vec<Order> = {
            let room = self.room();
            let is_awaited = |order: &&Order| room.seats.contains_key(&order.id);
            orders
                .filter(|order| order.is_answered())
                .filter(is_awaited)
                .cloned()
                .collect()
        };
        if awaited.is_empty() {
            return;
        }
        let waiting = self.clone();
        tx.after_commit(move || waiting.tell(awaited));
    }

    fn tell(&self, answered: Vec<Order>) {
        let mut room = self.room();
        for order in answered {
            if let Some(seat) = room.seats.remove(&order.id) {
                let _ = seat.tell.send(order); // who hung up asks later
            }
        }
    }

    /// Looks for those who have waited long, as long as anybody waits.
    async fn look_out(self) {
        loop {
            tokio::time::sleep(LOOK).await;
            let Some(due) = self.next_due() else { return };
            if due.is_empty() {
                continue;
            }
            match self.read(due).await {
                Ok(answered) => self.tell(answered),
                Err(error) => tracing::warn!(%error, "looking for outcomes"),
            }
        }
    }

    async fn read(&self, due: Vec<OrderId>) -> Result<Vec<Order>, DbError> {
        store::answered(&mut self.0.db.read().await?, due).await
    }

    /// Whom to look for now; `None` when nobody waits, and the look-out may go.
    fn next_due(&self) -> Option<Vec<OrderId>> {
        let mut room = self.room();
        if room.seats.is_empty() {
            room.has_look_out = false;
            return None;
        }
        room.looks += 1;
        let looks = room.looks;
        let after = room.looked_at.map_or(Bound::Unbounded, Bound::Excluded);
        let due = |(id, seat): (&OrderId, &Seat)| (seat.since + PATIENCE <= looks).then_some(*id);
        let rest = room.seats.range((after, Bound::Unbounded)).filter_map(due);
        let mut portion: Vec<OrderId> = rest.take(PORTION).collect();
        if portion.len() < PORTION
            && let Some(end) = room.looked_at
        {
            let start = room.seats.range(..=end).filter_map(due);
            portion.extend(start.take(PORTION - portion.len()));
        }
        room.looked_at = portion.last().copied();
        Some(portion)
    }

    fn leave(&self, id: OrderId) {
        self.room().seats.remove(&id);
    }

    fn room(&self) -> MutexGuard<'_, Room> {
        self.0.room.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Waiter {
    /// The order once it is decided, or its buyer must act.
    pub async fn outcome(&mut self) -> Order {
        let Ok(decided) = (&mut self.told).await else {
            return std::future::pending().await;
        };
        let lines = std::mem::take(&mut self.lines);
        Order { lines, ..decided }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.waiting.leave(self.id);
    }
}
