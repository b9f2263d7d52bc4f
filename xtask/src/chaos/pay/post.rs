//! The post between the provider and the shop: webhooks come in order, twice, backwards, changed on
//! the way, or not at all, whether the shop is there or not.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};

use super::stand_in::Line;
use crate::outcome::Outcome;

/// What was sent and what became of it.
#[derive(Default)]
pub struct Post {
    pub url: String,
    /// Nothing arrives any more: the proof that a protection is missed must not be healed by post.
    pub all_lost: bool,
    pub stop: AtomicBool,
    pub taken: AtomicU64,
    pub doubled: AtomicU64,
    pub reversed: AtomicU64,
    pub forged: AtomicU64,
    pub nobody_there: AtomicU64,
    /// Forged, and believed all the same.
    pub believed: AtomicU64,
    /// True, and refused.
    pub refused: AtomicU64,
}

impl Post {
    pub fn new(url: String, all_lost: bool) -> Self {
        Self {
            url,
            all_lost,
            ..Self::default()
        }
    }

    /// Carries what the provider tells, until told to stop.
    pub async fn carry(&self, mut stripe: Line, seed: u64) -> Outcome<()> {
        let mut random = SmallRng::seed_from_u64(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let how = match random.random_range(0..100) {
                _ if self.all_lost => "lost",
                0..35 => "prompt",
                35..55 => "doubled",
                55..70 => "reversed",
                70..85 => "lost",
                _ => "forged",
            };
            self.send(&mut stripe, how).await?;
            tokio::time::sleep(Duration::from_millis(random.random_range(10..150))).await;
        }
        Ok(())
    }

    async fn send(&self, stripe: &mut Line, how: &str) -> Outcome<()> {
        for status in stripe.webhooks(&self.url, how).await? {
            let counter = match (status, how) {
                (0 | 503, _) => &self.nobody_there,
                (200, "forged") => &self.believed,
                (_, "forged") => &self.forged,
                (200, "doubled") => &self.doubled,
                (200, "reversed") => &self.reversed,
                (200, _) => &self.taken,
                _ => &self.refused,
            };
            counter.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }
}
