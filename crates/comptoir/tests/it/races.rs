//! Races, run as races: many buyers at once through the whole HTTP stack, on both engines.

use crate::shop::*;
use serde_json::Value;
use std::collections::{HashMap, HashSet};
use std::time::Duration;
use testkit::{Answer, TestApp, on_both};
use tokio::task::JoinSet;

/// Buyers of the flash sale: 2,000, or as many as `COMPTOIR_RACE_BUYERS` says.
#[expect(
    clippy::disallowed_methods,
    reason = "how hard a test tries is no setting of the shop"
)]
fn buyers() -> usize {
    let wished = std::env::var("COMPTOIR_RACE_BUYERS").ok();
    wished.and_then(|text| text.parse().ok()).unwrap_or(2_000)
}

/// Buys with one key until the answer is definite; every seventh buyer hangs up the first time.
async fn insist(app: TestApp, nth: usize, body: Value) -> Answer {
    let key = format!("buyer-{nth}");
    if nth.is_multiple_of(7) {
        let hung_up = Duration::from_millis(nth as u64 % 40);
        let _ = tokio::time::timeout(hung_up, place(&app, &key, &body)).await;
    }
    loop {
        let answer = place(&app, &key, &body).await;
        let in_progress = answer.status == 409 && answer.code() == "REQUEST_IN_PROGRESS";
        match answer.status {
            // Told to come back in a second; everybody at once would be as many again.
            503 => tokio::time::sleep(Duration::from_millis(500 + nth as u64 % 1000)).await,
            _ if in_progress => tokio::time::sleep(Duration::from_millis(20)).await,
            _ => return answer,
        }
    }
}

on_both! {
    async fn ten_thousand_buyers_and_a_hundred_units(app: TestApp) {
        let shop = furnish(&app, 1, 100).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        let mut race = JoinSet::new();
        for nth in 0..buyers() {
            race.spawn({
                let (app, body) = (app.clone(), body.clone());
                async move { (nth, insist(app, nth, body).await) }
            });
        }
        let answers: HashMap<usize, Answer> = race.join_all().await.into_iter().collect();
        let count = |status| answers.values().filter(|answer| answer.status == status).count();
        assert_eq!((count(201), count(409)), (100, buyers() - 100), "and nothing else");
        let numbers: HashSet<_> = answers.values().filter(|answer| answer.status == 201)
            .map(|answer| answer.field("number")).collect();
        assert_eq!(numbers.len(), 100, "no order was sold twice");
        assert_eq!(level(&app, &shop.products[0]).await, (100, 100));
        for nth in (0..buyers()).step_by(buyers() / 50) {
            let again = place(&app, &format!("buyer-{nth}"), &body).await;
            assert_eq!(again.text(), answers[&nth].text(), "the same answer, byte for byte");
            assert_eq!(again.status, answers[&nth].status);
        }
    }

    async fn a_hundred_buyers_of_the_last_unit(app: TestApp) {
        let shop = furnish(&app, 1, 1).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        let mut race = JoinSet::new();
        for nth in 0..100 {
            race.spawn(insist(app.clone(), nth, body.clone()));
        }
        let answers = race.join_all().await;
        let sold = answers.iter().filter(|answer| answer.status == 201).count();
        let refused = answers.iter()
            .filter(|answer| answer.status == 409 && answer.code() == "INSUFFICIENT_STOCK").count();
        assert_eq!((sold, refused), (1, 99));
    }

    async fn two_hundred_identical_requests_have_one_effect(app: TestApp) {
        let shop = furnish(&app, 1, 1_000_000).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        for key in ["one", "two", "three"] {
            let mut race = JoinSet::new();
            for _ in 0..200 {
                let (app, body) = (app.clone(), body.clone());
                race.spawn(async move { place(&app, key, &body).await });
            }
            let answers = race.join_all().await;
            let definite: HashSet<String> = answers.iter()
                .filter(|answer| answer.status == 201).map(Answer::text).collect();
            assert_eq!(definite.len(), 1, "one order for the key {key}");
            let busy = |answer: &&Answer| answer.code() == "REQUEST_IN_PROGRESS";
            let others = answers.iter().filter(|answer| answer.status != 201);
            assert!(others.clone().all(|answer| busy(&answer)), "the rest are told to wait");
        }
        assert_eq!(level(&app, &shop.products[0]).await.1, 3);
    }

    async fn five_of_ten_products_without_a_deadlock(app: TestApp) {
        let shop = furnish(&app, 10, 60).await;
        let mut race = JoinSet::new();
        for nth in 0..200_usize {
            let mut picks: Vec<&str> = (0..5)
                .map(|step| shop.products[(nth * 7 + step * (1 + nth % 3)) % 10].as_str())
                .collect();
            if nth % 2 == 0 {
                picks.reverse();
            }
            picks.dedup();
            race.spawn(insist(app.clone(), nth, order(&shop.client, &picks)));
        }
        let answers = race.join_all().await;
        assert!(answers.iter().all(|answer| [201, 409].contains(&answer.status)));
        let sold: i64 = answers.iter().filter(|answer| answer.status == 201)
            .map(|answer| answer.json()["items"].as_array().unwrap().len() as i64).sum();
        let mut reserved = 0;
        for product in &shop.products {
            reserved += level(&app, product).await.1;
        }
        assert_eq!(reserved, sold, "what is reserved is what was sold");
    }

    async fn cancelling_and_placing_race_without_losing_a_piece(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        let mut race = JoinSet::new();
        for nth in 0..60_usize {
            let (app, body) = (app.clone(), body.clone());
            race.spawn(async move {
                let placed = insist(app.clone(), nth, body).await;
                if placed.status != 201 {
                    return 0;
                }
                let path = format!("/v1/orders/{}/cancel", placed.field("id"));
                let mut cancelled = 0;
                for _ in 0..2 {
                    let answer = app.post(&path).as_role(platform::auth::Role::Clerk)
                        .json(serde_json::json!({})).send().await;
                    cancelled += i64::from(answer.status == 200);
                }
                assert_eq!(cancelled, 1, "cancelled once, refused the second time");
                cancelled
            });
        }
        let cancelled: i64 = race.join_all().await.into_iter().sum();
        assert!(cancelled >= 5);
        assert_eq!(level(&app, &shop.products[0]).await, (5, 0));
    }
}
