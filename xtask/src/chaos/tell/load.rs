//! Buyers who order and sometimes think better of it, so that there is something to tell. Everybody
//! keeps their key and asks until the answer is definite; how long that took is kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::json;

use crate::chaos::stage::Stage;
use crate::chaos::workers::{Surprises, locked};
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
    pub surprises: Surprises,
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

    async fn place(
        &self,
        shop: &mut Caller,
        mark: &str,
        random: &mut SmallRng,
    ) -> Outcome<Option<String>> {
        let call = self.stage.order(&self.client, ("cash", mark), random);
        // Whoever asks in one phase and is answered in the next says nothing of either.
        let (phase, began) = (self.phase.load(Ordering::Relaxed), Instant::now());
        let (answer, again) = insist(shop, &call).await?;
        if phase == self.phase.load(Ordering::Relaxed) {
            let mut placings = locked(&self.placings[phase]);
            placings.took.push(began.elapsed());
            placings.again += again;
        }
        if answer.status != 201 {
            self.surprises.unexpected(&call, &answer);
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
            _ => self.surprises.unexpected(&call, &answer),
        }
        Ok(())
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
