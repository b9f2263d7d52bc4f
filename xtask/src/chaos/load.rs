//! The mixed load: buyers and clerks who keep their key and ask until the answer is definite.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use serde_json::json;

use super::journal::Journal;
use super::model::{Deed, Intent, Model};
use super::stage::{PRODUCTS, STORES, Stage};
use super::workers::{Surprises, locked};
use crate::http::{Answer, Call, Caller, Lost};
use crate::outcome::Outcome;

/// A request that is still not decided after this long never will be.
const PATIENCE: Duration = Duration::from_secs(60);
/// On bad lines one request in so many is hung up on before its answer, and one answer in so many
/// gets lost on its way.
const BAD_LINE: u32 = 25;
/// More often where the protection against it is off, so that few kills show it.
const BAD_LINE_WITHOUT_KEYS: u32 = 4;
/// Answers kept to be asked for again.
const REMEMBERED: usize = 400;

/// Everything the workers share.
pub struct Rig {
    pub stage: Stage,
    pub model: Mutex<Model>,
    pub journal: Journal,
    /// A protection turned off: every retry comes with a fresh key.
    pub fresh_keys: bool,
    pub stop: AtomicBool,
    pub counts: Counts,
    numbers: AtomicU64,
    /// Acknowledged orders nobody has cancelled or is about to.
    open_orders: Mutex<Vec<String>>,
    answered: Mutex<Vec<(Call, Answer)>>,
    pub surprises: Surprises,
}

#[derive(Default)]
pub struct Counts {
    pub acknowledged: AtomicU64,
    pub refused: AtomicU64,
    pub retried: AtomicU64,
    pub replayed: AtomicU64,
}

/// What an answer means for the one who asked.
enum Meaning {
    Done,
    Refused,
    /// Nothing was decided, or we were not told: ask again with the same key.
    Again,
    /// An answer that is not allowed here.
    Surprise,
}

impl Rig {
    pub fn new(stage: Stage, model: Model, journal: Journal, fresh_keys: bool) -> Self {
        let (counts, open_orders, answered, surprises) = Default::default();
        Self {
            stage,
            model: Mutex::new(model),
            journal,
            fresh_keys,
            stop: AtomicBool::new(false),
            counts,
            numbers: AtomicU64::new(1),
            open_orders,
            answered,
            surprises,
        }
    }

    /// One worker, until told to stop; it never leaves a request undecided.
    pub async fn work(&self, mut caller: Caller, seed: u64) -> Outcome<()> {
        let mut random = SmallRng::seed_from_u64(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let intent = self.draw(&mut random);
            self.perform(&mut caller, &intent, &mut random).await?;
        }
        Ok(())
    }

    /// Asks again for answers given before; each must be what it was, byte for byte.
    pub async fn replay(&self, caller: &mut Caller, random: &mut SmallRng) -> Outcome<()> {
        let known = locked(&self.answered).clone();
        for _ in 0..10.min(known.len()) {
            let (call, answer) = &known[random.random_range(0..known.len())];
            let again = caller.insist(call, PATIENCE).await?;
            self.counts.replayed.fetch_add(1, Ordering::Relaxed);
            if (again.status, &again.body) != (answer.status, &answer.body) {
                let key = call.key.as_deref().unwrap_or_default();
                self.surprises.add(format!(
                    "{key} was answered {} {}, and after a restart {} {}",
                    answer.status,
                    answer.text(),
                    again.status,
                    again.text()
                ));
            }
        }
        Ok(())
    }

    fn draw(&self, random: &mut SmallRng) -> Intent {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        let at = (
            random.random_range(0..PRODUCTS),
            random.random_range(0..STORES),
        );
        let deed = match random.random_range(0..100) {
            0..15 => match locked(&self.open_orders).pop() {
                Some(order) => Deed::Cancel { order },
                None => Deed::Restock { at, by: 5 },
            },
            15..25 => Deed::Adjust {
                at,
                by: if random.random() { 3 } else { -2 },
            },
            25..40 => Deed::Restock {
                at,
                by: random.random_range(1..30),
            },
            40..50 => {
                let quantity = random.random_range(1..5);
                Deed::Transfer {
                    product: at.0,
                    from: at.1,
                    to: (at.1 + 1) % STORES,
                    quantity,
                }
            }
            _ => Deed::Order {
                store: at.1,
                items: basket(random),
            },
        };
        Intent { number, deed }
    }

    async fn perform(
        &self,
        caller: &mut Caller,
        intent: &Intent,
        random: &mut SmallRng,
    ) -> Outcome<()> {
        let mut call = self.call(intent);
        let asked = json!({ "intent": intent.number, "path": call.path, "body": call.body });
        self.journal.write(&asked)?;
        let deadline = Instant::now() + PATIENCE;
        for attempt in 0_u32.. {
            if Instant::now() > deadline {
                self.surprises
                    .add(format!("{} was not decided in {PATIENCE:?}", intent.mark()));
                return Ok(());
            }
            if self.fresh_keys && attempt > 0 {
                call.key = Some(format!("{}-{attempt}", intent.mark()));
            }
            let Ok(answer) = self.ask(caller, &call, attempt, random).await else {
                self.pause(random).await;
                continue;
            };
            match meaning(&answer) {
                Meaning::Again => self.pause(random).await,
                Meaning::Done => return self.done(intent, &call, &answer),
                Meaning::Refused => return self.refused(intent, &answer),
                Meaning::Surprise => {
                    let (mark, status) = (intent.mark(), answer.status);
                    self.surprises
                        .add(format!("{mark} {}: {status} {}", call.path, answer.text()));
                    if status < 500 {
                        return Ok(());
                    }
                    self.pause(random).await;
                }
            }
        }
        Ok(())
    }

    /// One attempt. The first one is made on a bad line now and then.
    async fn ask(
        &self,
        caller: &mut Caller,
        call: &Call,
        attempt: u32,
        random: &mut SmallRng,
    ) -> Result<Answer, Lost> {
        let bad_line = if self.fresh_keys {
            BAD_LINE_WITHOUT_KEYS
        } else {
            BAD_LINE
        };
        if attempt == 0 && random.random_ratio(1, bad_line) {
            let patience = Duration::from_micros(random.random_range(300..8000));
            return caller.call_within(call, patience).await;
        }
        let answer = caller.call(call).await?;
        if attempt == 0 && random.random_ratio(1, bad_line) {
            return Err(Lost("the answer got lost on its way".into()));
        }
        Ok(answer)
    }

    async fn pause(&self, random: &mut SmallRng) {
        self.counts.retried.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(Duration::from_millis(random.random_range(5..40))).await;
    }

    fn done(&self, intent: &Intent, call: &Call, answer: &Answer) -> Outcome<()> {
        self.journal
            .write(&json!({ "outcome": intent.number, "status": answer.status }))?;
        self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
        let id = match intent.deed {
            Deed::Order { .. } => answer.json()?["id"].as_str().map(str::to_owned),
            _ => None,
        };
        locked(&self.model).done(intent, id.clone());
        locked(&self.open_orders).extend(id);
        let mut answered = locked(&self.answered);
        if answered.len() < REMEMBERED {
            answered.push((call.clone(), answer.clone()));
        } else {
            answered[intent.number as usize % REMEMBERED] = (call.clone(), answer.clone());
        }
        Ok(())
    }

    fn refused(&self, intent: &Intent, answer: &Answer) -> Outcome<()> {
        self.journal
            .write(&json!({ "outcome": intent.number, "status": answer.status }))?;
        self.counts.refused.fetch_add(1, Ordering::Relaxed);
        if let Deed::Cancel { order } = &intent.deed {
            self.surprises
                .add(format!("cancelling {order} was refused: {}", answer.text()));
        }
        locked(&self.model).refused(intent);
        Ok(())
    }

    fn call(&self, intent: &Intent) -> Call {
        let (mark, stage) = (intent.mark(), &self.stage);
        let id = |at: &usize| &stage.products[*at];
        let (path, body) = match &intent.deed {
            Deed::Order { store, items } => {
                let item = |(product, quantity): &(usize, i64)| {
                    let product = id(product);
                    json!({ "product_id": product, "quantity": quantity })
                };
                let items: Vec<_> = items.iter().map(item).collect();
                let body = json!({
                    "client_id": stage.client, "store_id": stage.stores[*store], "items": items,
                    "payment": { "method": "cash" }, "note": mark,
                });
                ("/v1/orders".to_owned(), body)
            }
            Deed::Cancel { order } => (format!("/v1/orders/{order}/cancel"), json!({})),
            Deed::Adjust { at, by } => (
                "/v1/inventory/adjustments".to_owned(),
                json!({
                    "product_id": id(&at.0), "store_id": stage.stores[at.1], "quantity": by,
                    "reason": "counted", "reference": mark,
                }),
            ),
            Deed::Restock { at, by } => (
                "/v1/inventory/restocks".to_owned(),
                json!({
                    "product_id": id(&at.0), "store_id": stage.stores[at.1], "quantity": by,
                    "reference": mark,
                }),
            ),
            Deed::Transfer {
                product,
                from,
                to,
                quantity,
            } => (
                "/v1/inventory/transfers".to_owned(),
                json!({
                    "product_id": id(product), "source_store_id": stage.stores[*from],
                    "target_store_id": stage.stores[*to], "quantity": quantity,
                    "reason": "balance", "reference": mark,
                }),
            ),
        };
        Call::post(path, &body).key(mark)
    }
}

fn basket(random: &mut SmallRng) -> Vec<(usize, i64)> {
    let first = random.random_range(0..PRODUCTS);
    let lines = random.random_range(1..4);
    (0..lines)
        .map(|line| ((first + line * 5) % PRODUCTS, random.random_range(1..4)))
        .collect()
}

fn meaning(answer: &Answer) -> Meaning {
    match answer.status {
        _ if answer.wants_another_try() => Meaning::Again,
        200 | 201 => Meaning::Done,
        409 => Meaning::Refused,
        _ => Meaning::Surprise,
    }
}
