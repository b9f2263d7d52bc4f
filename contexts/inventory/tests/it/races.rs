//! Everybody at once: no oversell, no deadlock, nothing lost.

use crate::shop::{
    answers, app, cancel, counts, order, placed, post, product, products, reserved, stock, store,
};
use contracts::orders::OrderPlaced;
use kernel::OrderId;
use platform::DbError;
use serde_json::json;
use testkit::{TestApp, on_both};
use tokio::task::JoinSet;

/// Nobody waits in a circle, so not even one transaction has to be tried again.
async fn publish(app: &TestApp, event: OrderPlaced) {
    let placing = async {
        let mut tx = app.host().db.begin().await?;
        tx.publish(&event, 1)?;
        tx.commit().await
    };
    let placed: Result<(), DbError> = placing.await;
    placed.expect("an order is answered at the first try");
}

/// Publishes orders from many tasks at once.
async fn rush(app: &TestApp, orders: Vec<OrderPlaced>) -> Vec<OrderId> {
    let ids = orders.iter().map(|event| event.order_id).collect();
    let mut buyers = JoinSet::new();
    for event in orders {
        let app = app.clone();
        buyers.spawn(async move { publish(&app, event).await });
    }
    while let Some(buyer) = buyers.join_next().await {
        buyer.expect("a buyer is answered");
    }
    ids
}

async fn held(app: &TestApp, orders: &[OrderId]) -> usize {
    let mut held = 0;
    for order in orders {
        let answers = answers(app, *order).await;
        assert_eq!(answers.len(), 1, "every buyer is answered once");
        held += usize::from(answers == [reserved()]);
    }
    held
}

/// Numbers that look random and are the same every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963);
        (self.0 >> 33) % most
    }
}

on_both! {
    async fn a_hundred_buyers_of_the_last_unit(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        stock(&app, product, store, 1).await;
        let orders = (0..100).map(|_| placed(&app, order(&app), None, &[(product, 1)]));
        let orders = rush(&app, orders.collect()).await;
        assert_eq!(held(&app, &orders).await, 1);
        assert_eq!(counts(&app, product, store).await, (1, 1));
    }

    async fn random_five_product_carts_over_ten_products_never_deadlock(app: TestApp) {
        let (all, store) = (products(&app, 10).await, store(&app, "MTL").await);
        for product in &all {
            stock(&app, *product, store, 60).await;
        }
        let mut dice = Dice(7);
        let mut cart = |_| {
            let mut left = all.clone();
            let mut pick = || (left.swap_remove(dice.below(left.len() as u64) as usize), 1);
            let lines: Vec<_> = (0..5).map(|_| pick()).collect();
            placed(&app, order(&app), None, &lines)
        };
        let orders: Vec<_> = (0..150).map(&mut cart).collect();
        let orders = rush(&app, orders).await;
        let held = held(&app, &orders).await;
        let mut promised = 0;
        for product in &all {
            promised += counts(&app, *product, store).await.1;
        }
        assert_eq!(promised, held as i64 * 5);
        assert!(held >= 60, "{held} of 150 were held");
    }

    async fn orders_and_their_cancellations_race(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        stock(&app, product, store, 1000).await;
        let mut tasks = JoinSet::new();
        for _ in 0..40 {
            let id = order(&app);
            let event = placed(&app, id, None, &[(product, 1)]);
            let (one, other) = (app.clone(), app.clone());
            tasks.spawn(async move { publish(&one, event).await });
            tasks.spawn(async move { cancel(&other, id).await });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect("both are answered");
        }
        app.settle().await;
        assert_eq!(counts(&app, product, store).await, (1000, 0));
    }

    async fn transfers_in_both_directions_never_deadlock(app: TestApp) {
        let (all, here) = (products(&app, 4).await, store(&app, "HERE").await);
        let there = store(&app, "THERE").await;
        for product in &all {
            stock(&app, *product, here, 50).await;
            stock(&app, *product, there, 50).await;
        }
        let mut tasks = JoinSet::new();
        for nth in 0..40_usize {
            let (source, target) = if nth % 2 == 0 { (here, there) } else { (there, here) };
            let line = |product| json!({"product_id": product, "source_store_id": source,
                "target_store_id": target, "quantity": 1});
            let mut lines: Vec<_> = all.iter().map(line).collect();
            lines.rotate_left(nth % 4);
            let app = app.clone();
            tasks.spawn(async move {
                post(&app, "/v1/inventory/transfers", json!(lines)).await.expect(201);
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect("a transfer is made");
        }
        for product in &all {
            assert_eq!(counts(&app, *product, here).await, (50, 0));
            assert_eq!(counts(&app, *product, there).await, (50, 0));
        }
    }

    async fn a_store_is_not_archived_while_goods_come_in(app: TestApp) {
        let (product, mut tasks) = (product(&app, "A").await, JoinSet::new());
        for nth in 0..12 {
            let store = store(&app, &format!("S{nth}")).await;
            let (one, other) = (app.clone(), app.clone());
            tasks.spawn(async move {
                let path = format!("/v1/stores/{store}");
                one.delete(&path).as_role(platform::auth::Role::Manager).send().await.status
            });
            tasks.spawn(async move {
                let body = json!({"product_id": product, "store_id": store, "quantity": 1});
                post(&other, "/v1/inventory/restocks", body).await.status
            });
        }
        while let Some(task) = tasks.join_next().await {
            let status = task.expect("both are answered");
            assert!([201, 204, 409, 422].contains(&status), "{status}");
        }
        let closed = crate::shop::get(&app, "/v1/stores?archived=true&limit=100").await;
        for store in closed["items"].as_array().expect("a page has items") {
            let path = format!("/v1/stores/{}/inventory", store["id"].as_str().expect("an id"));
            let levels = crate::shop::get(&app, &path).await;
            let filled = levels["items"].as_array().expect("a page has items").iter()
                .any(|level| level["on_hand"] != 0);
            assert!(!filled, "goods lie in a closed store");
        }
    }
}
