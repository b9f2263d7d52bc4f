//! Conformance: the same stories in every wiring end in the same states. Inline, all contexts share
//! one database; split, each has its own and events cross a bus in memory, tidy or unruly (every
//! event twice, aggregates overtaking each other).

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed expectation is a failed test"
)]

mod ending;
mod mood;
mod story;
mod world;

use ending::Ending;
use platform::Engine;
use std::collections::BTreeSet;
use story::Story;
use world::{Wiring, World};

/// Stories per comparison.
const USUAL: u64 = 12;

/// What the usual stories tell of, among them, so that they compare what matters.
const HAPPENS: [&str; 29] = [
    "INSUFFICIENT_STOCK",
    "PAYMENT_FAILED",
    "CALLED_OFF",
    "payment captured",
    "payment partially_refunded",
    "payment refunded",
    "payment voided",
    "payment failed",
    "payment failed: capture_refused",
    "order confirmed",
    "order shipped",
    "order delivered",
    "order cancelled",
    "order returned",
    "goods partially_fulfilled",
    "told order_placed by email: queued",
    "told order_paid by email: queued",
    "told order_shipped by sms: queued",
    "told order_cancelled by email: queued",
    "told order_refunded by email: queued",
    "webhook comptoir.orders.order-placed.v1: pending",
    "webhook comptoir.orders.order-confirmed.v1: pending",
    "payment_uncertain",
    "payment_action_required",
    "cancel_requested",
    "expired",
    "a checkout",
    "a failing capture",
    "a slow provider",
];

/// How many are told; more with `COMPTOIR_STORIES`.
#[expect(
    clippy::disallowed_methods,
    reason = "how long a test runs is no setting of the shop"
)]
fn stories() -> u64 {
    let wished = std::env::var("COMPTOIR_STORIES").ok();
    wished.and_then(|text| text.parse().ok()).unwrap_or(USUAL)
}

async fn ending(wiring: Wiring, seed: u64) -> Ending {
    let world = World::start(wiring).await;
    let ending = Story::new(seed).play(&world).await;
    world.end().await;
    ending
}

/// Plays every story inline on SQLite and in `other`, and compares.
fn compare_with(other: Wiring) {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut happened = BTreeSet::new();
        for seed in 1..=stories() {
            // Much of a story is waiting for payments: both are told at once.
            let inline = ending(Wiring::Inline(Engine::Sqlite), seed);
            let (told, retold) = tokio::join!(inline, ending(other, seed));
            assert_eq!(told, retold, "story {seed} ends differently in {other:?}");
            assert!(!told.orders.is_empty(), "story {seed} places orders");
            happened.extend(told.words());
        }
        if stories() >= USUAL {
            for word in HAPPENS {
                assert!(
                    happened.contains(word),
                    "no story tells of {word}: {happened:?}"
                );
            }
        }
    });
}

#[test]
fn inline_on_postgres() {
    compare_with(Wiring::Inline(Engine::Postgres));
}

#[test]
fn split_over_a_bus_on_sqlite() {
    compare_with(Wiring::Split(Engine::Sqlite));
}

#[test]
fn split_over_an_unruly_bus_on_sqlite() {
    compare_with(Wiring::SplitUnruly(Engine::Sqlite));
}

#[test]
fn split_over_an_unruly_bus_on_postgres() {
    compare_with(Wiring::SplitUnruly(Engine::Postgres));
}
