//! Buyers who order, pay, are refused, think better of it; staff who give money back. Everybody
//! keeps their key and asks until the answer is definite.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use serde_json::{Value, json};

use super::compare::Known;
use super::stand_in::Line;
use crate::chaos::stage::Stage;
use crate::chaos::workers::{Surprises, locked};
use crate::http::{Call, Caller};
use crate::outcome::Outcome;

/// A request that is still not decided after this long never will be.
const PATIENCE: Duration = Duration::from_secs(60);
/// What staff give back at a time, and in cents.
const BACK: (&str, i64) = ("1.25", 125);

/// Everything the workers share.
pub struct Shared {
    pub stage: Stage,
    pub known: Mutex<Known>,
    pub counts: Counts,
    pub stop: AtomicBool,
    /// Orders are placed and partly given back, and nothing else happens to them.
    pub only_refunds: bool,
    numbers: AtomicU64,
    pub surprises: Surprises,
}

#[derive(Default)]
pub struct Counts {
    pub placed: AtomicU64,
    pub refused: AtomicU64,
    pub cancelled: AtomicU64,
    pub refunds: AtomicU64,
    pub paid_on_pages: AtomicU64,
}

/// What a buyer sees of their payment.
struct Seen {
    id: String,
    page: Option<String>,
}

impl Shared {
    pub fn new(stage: Stage, known: Known, only_refunds: bool) -> Self {
        let (counts, stop, surprises) = Default::default();
        Self {
            stage,
            known: Mutex::new(known),
            counts,
            stop,
            only_refunds,
            numbers: AtomicU64::new(1),
            surprises,
        }
    }

    /// One worker, until told to stop; it never leaves a request undecided.
    pub async fn work(&self, mut shop: Caller, mut stripe: Line, seed: u64) -> Outcome<()> {
        let mut random = SmallRng::seed_from_u64(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let number = self.numbers.fetch_add(1, Ordering::Relaxed);
            let mark = format!("pay-{number}");
            let Some(order) = self.place(&mut shop, &mark, &mut random).await? else {
                continue;
            };
            pause(&mut random, 60).await;
            let seen = self.look(&mut shop, &order).await?;
            match seen {
                Some(seen) if !self.only_refunds => {
                    let buyer = (order.as_str(), mark.as_str(), seen);
                    self.decide(&mut shop, &mut stripe, buyer, &mut random)
                        .await?;
                }
                Some(seen) => self.give_back(&mut shop, &seen.id, &mark).await?,
                None => {}
            }
        }
        Ok(())
    }

    pub fn known(&self) -> Known {
        locked(&self.known).clone()
    }

    async fn place(
        &self,
        shop: &mut Caller,
        mark: &str,
        random: &mut SmallRng,
    ) -> Outcome<Option<String>> {
        let call = self
            .stage
            .order(&self.stage.client, ("stripe", mark), random);
        let answer = shop.insist(&call, PATIENCE).await?;
        match answer.status {
            201 | 202 => {
                let id = answer.json()?["id"].as_str().unwrap_or_default().to_owned();
                count(&self.counts.placed);
                locked(&self.known)
                    .placed
                    .insert(mark.to_owned(), id.clone());
                Ok(Some(id))
            }
            409 => {
                count(&self.counts.refused);
                Ok(None)
            }
            _ => {
                self.surprises.unexpected(&call, &answer);
                Ok(None)
            }
        }
    }

    async fn look(&self, shop: &mut Caller, order: &str) -> Outcome<Option<Seen>> {
        let call = Call::get(format!("/v1/orders/{order}/payments"));
        let answer = shop.insist(&call, PATIENCE).await?;
        if !answer.is_success() {
            self.surprises.unexpected(&call, &answer);
            return Ok(None);
        }
        let all = answer.json()?;
        let text = |value: &Value| value.as_str().map(str::to_owned);
        Ok(text(&all["items"][0]["id"]).map(|id| Seen {
            id,
            page: text(&all["items"][0]["redirect_url"]),
        }))
    }

    /// What becomes of an order that was placed.
    async fn decide(
        &self,
        shop: &mut Caller,
        stripe: &mut Line,
        (order, mark, seen): (&str, &str, Seen),
        random: &mut SmallRng,
    ) -> Outcome<()> {
        if let Some(page) = &seen.page {
            let pays = match random.random_range(0..100) {
                0..55 => Some(true),
                55..70 => Some(false),
                _ => None,
            };
            if let Some(pays) = pays
                && stripe.buyer(page, pays).await?
            {
                count(&self.counts.paid_on_pages);
                pause(random, 200).await;
            }
        }
        match random.random_range(0..100) {
            0..35 => self.cancel(shop, order, mark).await,
            35..65 => self.give_back(shop, &seen.id, mark).await,
            _ => Ok(()),
        }
    }

    async fn cancel(&self, shop: &mut Caller, order: &str, mark: &str) -> Outcome<()> {
        let path = format!("/v1/orders/{order}/cancel");
        let call = Call::post(path, &json!({})).key(format!("{mark}-cancel"));
        let answer = shop.insist(&call, PATIENCE).await?;
        match answer.status {
            200 | 202 => count(&self.counts.cancelled),
            // It has ended otherwise.
            409 => {}
            _ => self.surprises.unexpected(&call, &answer),
        }
        Ok(())
    }

    /// Staff give a part back, once there is something to be given back.
    async fn give_back(&self, shop: &mut Caller, payment: &str, mark: &str) -> Outcome<()> {
        let (amount, cents) = BACK;
        for attempt in 0..4 {
            let path = format!("/v1/payments/{payment}/refunds");
            let call = Call::post(path, &json!({"amount": amount}));
            let call = call.key(format!("{mark}-back-{attempt}"));
            let answer = shop.insist(&call, PATIENCE).await?;
            match answer.status {
                201 => {
                    count(&self.counts.refunds);
                    let mut known = locked(&self.known);
                    *known.refunds.entry(payment.to_owned()).or_default() += cents;
                    return Ok(());
                }
                // Not taken yet, or never.
                409 | 422 => tokio::time::sleep(Duration::from_millis(60)).await,
                _ => {
                    self.surprises.unexpected(&call, &answer);
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

async fn pause(random: &mut SmallRng, most: u64) {
    tokio::time::sleep(Duration::from_millis(random.random_range(0..most))).await;
}
