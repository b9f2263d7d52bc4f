//! Sales whose money a provider moves, across the whole shop: orders, inventory and payments agree
//! at the end, whatever went wrong on the way.

pub use crate::shop::app;

use crate::shop::{furnish, level, make, payments};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};
use tokio::task::JoinSet;

async fn get(app: &TestApp, path: &str) -> Value {
    app.get(path)
        .as_role(Role::Admin)
        .send()
        .await
        .expect(200)
        .json()
}

/// Orders two pieces, 19.98, to be paid by the sandbox; answers the order's path.
async fn order(app: &TestApp, shop: &crate::shop::Furnished, pieces: i64) -> String {
    let body = json!({"client_id": shop.client, "payment": {"method": "sandbox"},
        "items": [{"product_id": shop.products[0], "quantity": pieces}]});
    let placed = app
        .post("/v1/orders")
        .as_role(Role::Admin)
        .json(body)
        .send()
        .await;
    assert!([201, 202].contains(&placed.status), "{}", placed.text());
    format!("/v1/orders/{}", placed.field("id"))
}

async fn work(app: &TestApp) {
    payments(app).make_calls().await.unwrap();
    app.settle().await;
}

fn words(order: &Value) -> [&str; 2] {
    ["status", "payment_status"].map(|field| order[field].as_str().unwrap())
}

on_both! {
    async fn an_order_is_confirmed_when_its_money_is_set_aside_and_then_paid(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let path = order(&app, &shop, 2).await;
        assert_eq!(get(&app, &path).await["status"], "pending");
        work(&app).await;
        let order = get(&app, &path).await;
        assert_eq!(words(&order), ["confirmed", "paid"]);
        let paid = get(&app, &format!("{path}/payments")).await;
        assert_eq!(paid["items"][0]["captured"]["amount"], "19.98");
    }

    async fn a_declined_order_ends_cancelled_and_gives_its_stock_back(app: TestApp) {
        let shop = furnish(&app, 1, 200).await;
        let path = order(&app, &shop, 101).await;
        work(&app).await;
        assert_eq!(get(&app, &path).await["status"], "cancelled");
        assert_eq!(level(&app, &shop.products[0]).await.1, 0);
    }

    async fn a_paid_order_that_is_cancelled_gets_its_money_back(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let path = order(&app, &shop, 2).await;
        work(&app).await;
        let cancel = app.post(&format!("{path}/cancel")).as_role(Role::Admin).json(json!({}));
        cancel.send().await.expect(200);
        work(&app).await;
        assert_eq!(words(&get(&app, &path).await), ["cancelled", "refunded"]);
        let paid = get(&app, &format!("{path}/payments")).await;
        assert_eq!(paid["items"][0]["refunded"]["amount"], "19.98");
        assert_eq!(level(&app, &shop.products[0]).await.1, 0);
    }

    async fn a_cancellation_races_with_the_providers_answers(app: TestApp) {
        let shop = furnish(&app, 1, 100).await;
        let mut paths = Vec::new();
        for _ in 0..12 {
            paths.push(order(&app, &shop, 1).await);
        }
        let mut tasks = JoinSet::new();
        for path in paths.clone() {
            let (app, payments) = (app.clone(), payments(&app));
            tasks.spawn(async move {
                loop {
                    let cancel = app.post(&format!("{path}/cancel")).as_role(Role::Admin);
                    let answer = cancel.json(json!({})).send().await;
                    match answer.status {
                        200 | 202 => return,
                        503 => {}
                        _ => panic!("{}", answer.text()),
                    }
                }
            });
            tasks.spawn(async move { payments.make_calls().await.unwrap() });
        }
        while let Some(task) = tasks.join_next().await {
            task.unwrap();
        }
        for _ in 0..3 {
            work(&app).await;
        }
        for path in paths {
            assert_eq!(get(&app, &path).await["status"], "cancelled");
            let payments = get(&app, &format!("{path}/payments")).await;
            let status = &payments["items"][0]["status"];
            assert!(["failed", "voided", "refunded"].iter().any(|end| status == end), "{status}");
        }
        assert_eq!(level(&app, &shop.products[0]).await, (100, 0));
    }

    async fn an_invoice_that_is_paid_later_makes_its_order_paid(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let body = json!({"client_id": shop.client, "payment": {"method": "invoice"},
            "items": [{"product_id": shop.products[0], "quantity": 1}]});
        let order = make(&app, "/v1/orders", body).await;
        let path = format!("/v1/orders/{order}");
        make(&app, &format!("{path}/payments"), json!({"method": "invoice"})).await;
        work(&app).await;
        assert_eq!(words(&get(&app, &path).await), ["confirmed", "paid"]);
    }

    async fn money_taken_over_the_counter_is_in_the_ledger_of_the_whole_shop(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let body = json!({"client_id": shop.client, "payment": {"method": "cash"},
            "items": [{"product_id": shop.products[0], "quantity": 1}]});
        let order = make(&app, "/v1/orders", body).await;
        payments(&app).book_cash().await.unwrap();
        let path = format!("/v1/orders/{order}");
        assert_eq!(words(&get(&app, &path).await), ["confirmed", "paid"]);
        let paid = get(&app, &format!("{path}/payments")).await;
        assert_eq!(paid["items"][0]["captured"]["amount"], "9.99");
    }
}
