//! Buyers who order and sometimes think better of it, so that there is something to tell. Everybody
//! keeps their key and asks until the answer is definite; how long that took is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::chaos::stage::{PRODUCTS, STORES, Stage};
use crate::http::{Answer, Call, Caller, Lost};
use crate::outcome::Outcome;

/// A request that is still not decided after this long never will be.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(20);

/// What the receivers are up to while an order is placed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    Well,
    Hanging,
    /// Anything, and the shop is killed.
    Chaos,
}

/// Everything the workers share.
pub struct Shared {
    stage: Stage,
    /// Who buys; reached by mail and by telephone.
    client: String,
    pub stop: AtomicBool,
    phase: AtomicUsize,
    numbers: AtomicU64,
    known: Mutex<Known>,
    placings: [Mutex<Placings>; 3],
    surprises: Mutex<Vec<String>>,
}

/// What was acknowledged.
#[derive(Clone, Default)]
pub struct Known {
    /// Orders, by the mark of their request.
    pub placed: BTreeMap<String, String>,
    pub cancelled: BTreeSet<String>,
}

/// How orders were answered.
#[derive(Clone, Default)]
pub struct Placings {
    pub took: Vec<Duration>,
    /// Requests that had to be made again.
    pub again: u64,
}

impl Placings {
    pub fn worst(&self) -> Duration {
        self.took.iter().max().copied().unwrap_or_default()
    }
}

impl Shared {
    pub fn new(stage: Stage, client: String) -> Self {
        let (stop, known, placings, surprises) = Default::default();
        Self {
            stage,
            client,
            stop,
            phase: AtomicUsize::new(Phase::Chaos as usize),
            numbers: AtomicU64::new(1),
            known,
            placings,
            surprises,
        }
    }

    /// One worker, until told to stop; it never leaves a request undecided.
    pub async fn work(&self, mut shop: Caller, seed: u64) -> Outcome<()> {
        let mut random = SmallRng::seed_from_u64(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let mark = format!("tell-{number}");
            let order = self.place(&mut shop, &mark, &mut random).await?;
            pause(&mut random).await;
            if let Some(order) = order.filter(|_| random.random_ratio(1, 2)) {
                self.cancel(&mut shop, order, &mark).await?;
            }
        }
        Ok(())
    }

    pub fn enter(&self, phase: Phase) {
        self.phase.store(phase as usize, Ordering::Relaxed);
    }

    pub fn known(&self) -> Known {
        locked(&self.known).clone()
    }

    pub fn placings(&self, phase: Phase) -> Placings {
        locked(&self.placings[phase as usize]).clone()
    }

    pub fn surprises(&self) -> Vec<String> {
        locked(&self.surprises).clone()
    }

    async fn place(
        &self,
        shop: &mut Caller,
        mark: &str,
        random: &mut SmallRng,
    ) -> Outcome<Option<String>> {
        let product = &self.stage.products[random.random_range(0..PRODUCTS)];
        let store = &self.stage.stores[random.random_range(0..STORES)];
        let item = json!({"product_id": product, "quantity": random.random_range(1..4)});
        let body = json!({"client_id": self.client, "store_id": store, "items": [item],
            "payment": {"method": "cash"}, "note": mark});
        let call = Call::post("/v1/orders", &body).key(mark);
        // Whoever asks in one phase and is answered in the next says nothing of either.
        let (phase, began) = (self.phase.load(Ordering::Relaxed), Instant::now());
        let (answer, again) = insist(shop, &call).await?;
        if phase == self.phase.load(Ordering::Relaxed) {
            let mut placings = locked(&self.placings[phase]);
            placings.took.push(began.elapsed());
            placings.again += again;
        }
        if answer.status != 201 {
            self.unexpected(&call, &answer);
            return Ok(None);
        }
        let id = answer.json()?["id"].as_str().unwrap_or_default().to_owned();
        locked(&self.known)
            .placed
            .insert(mark.to_owned(), id.clone());
        Ok(Some(id))
    }

    async fn cancel(&self, shop: &mut Caller, order: String, mark: &str) -> Outcome<()> {
        let path = format!("/v1/orders/{order}/cancel");
        let call = Call::post(path, &json!({})).key(format!("{mark}-cancel"));
        let (answer, _) = insist(shop, &call).await?;
        match answer.status {
            200 | 202 => drop(locked(&self.known).cancelled.insert(order)),
            _ => self.unexpected(&call, &answer),
        }
        Ok(())
    }

    fn unexpected(&self, call: &Call, answer: &Answer) {
        let (key, path) = (call.key.as_deref().unwrap_or_default(), &call.path);
        let sentence = format!("{key} {path}: {} {}", answer.status, answer.text());
        locked(&self.surprises).push(sentence);
    }
}

/// Asks until the answer is definite; also how often it had to be asked again.
async fn insist(shop: &mut Caller, call: &Call) -> Outcome<(Answer, u64)> {
    let (deadline, mut again) = (Instant::now() + PATIENCE, 0);
    while Instant::now() < deadline {
        match shop.call(call).await {
            Ok(answer) if !answer.wants_another_try() => return Ok((answer, again)),
            Ok(_) | Err(Lost(_)) => again += 1,
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(format!("{} was not answered in {PATIENCE:?}", call.path).into())
}

async fn pause(random: &mut SmallRng) {
    tokio::time::sleep(Duration::from_millis(random.random_range(50..300))).await;
}

/// The rig's own locks are never held across a failure.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
