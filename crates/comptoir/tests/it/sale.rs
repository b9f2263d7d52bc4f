//! Sales with inventory at home: what is held and let go of, and what promises do not cost.

use crate::shop::{app, furnish, level, order, place};
use contracts::payments::{PaymentAuthorized, PaymentVoided};
use kernel::{OrderId, PaymentId};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

fn by_card(client: &str, product: &str) -> Value {
    let mut order = order(client, &[product]);
    order["payment"]["method"] = json!("sandbox");
    order
}

/// Money of an order was set aside, as payments would tell.
pub fn authorized(order_id: OrderId) -> PaymentAuthorized {
    PaymentAuthorized {
        payment_id: PaymentId::from_uuid(order_id.uuid()),
        order_id,
        amount_minor: 999,
        currency: "CAD".to_owned(),
    }
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.host().db.read().await.unwrap();
    let row = tx.query(sql).fetch_one().await.unwrap();
    row.get("many").unwrap()
}

/// The one order that is pending by now.
async fn pending(app: &TestApp) -> OrderId {
    loop {
        let page = app
            .get("/v1/orders?status=pending")
            .as_role(Role::Clerk)
            .send()
            .await
            .json();
        if let Some(id) = page["items"][0]["id"].as_str() {
            return id.parse().unwrap();
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Looks for sales that are past their deadline.
pub async fn look(app: &TestApp) {
    for module in crate::shop::app(app.host()) {
        for job in module
            .jobs
            .into_iter()
            .filter(|job| job.name == "saga-deadlines")
        {
            (job.run)().await.unwrap();
        }
    }
}

on_both! {
    async fn a_promise_leaves_no_record_of_waiting(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let mut body = order(&shop.client, &[&shop.products[0]]);
        for method in ["cash", "invoice"] {
            body["payment"]["method"] = json!(method);
            place(&app, method, &body).await.expect(201);
        }
        let all = "select (select count(*) from orders_saga)
            + (select count(*) from orders_saga_fact)
            + (select count(*) from orders_parcel_line) as many";
        assert_eq!(count(&app, all).await, 0);
    }

    async fn stock_is_held_while_the_payment_is_awaited(app: TestApp) {
        let shop = furnish(&app, 1, 10).await;
        let product = &shop.products[0];
        let body = by_card(&shop.client, product);
        let request = tokio::spawn({
            let (app, body) = (app.clone(), body.clone());
            async move { place(&app, "card", &body).await }
        });
        let id = pending(&app).await;
        assert_eq!(level(&app, product).await, (10, 1));
        let saga = app.get(&format!("/v1/sagas/{id}")).as_role(Role::Admin).send().await;
        let saga = saga.expect(200).json();
        assert_eq!((&saga["step"], &saga["history"][0]["fact"]),
            (&json!("payment"), &json!("stock_reserved")));
        app.publish(&authorized(id), 1).await;
        let first = request.await.unwrap().expect(201);
        assert_eq!(first.field("status"), "confirmed");
        assert_eq!(first.field("store_id"), shop.store);
        let again = place(&app, "card", &body).await.expect(201);
        assert_eq!(again.text(), first.text());
        let cancel = app.post(&format!("/v1/orders/{id}/cancel")).as_role(Role::Clerk);
        cancel.json(json!({})).send().await.expect(200);
        assert_eq!(level(&app, product).await, (10, 0));
        let saga = app.get(&format!("/v1/sagas/{id}")).as_role(Role::Admin).send().await;
        let saga = saga.expect(200).json();
        assert_eq!((&saga["step"], &saga["history"][0]["fact"]),
            (&json!("void"), &json!("stock_reserved")), "it was held, also after the sale's end");
        let payment_id = PaymentId::from_uuid(id.uuid());
        app.publish(&PaymentVoided { payment_id, order_id: id }, 2).await;
    }

    async fn what_expires_gives_its_stock_back(app: TestApp) {
        let shop = furnish(&app, 1, 1).await;
        let product = &shop.products[0];
        let late = place(&app, "late", &by_card(&shop.client, product)).await.expect(202);
        let short = place(&app, "short", &by_card(&shop.client, product)).await.expect(409);
        assert_eq!(short.code(), "INSUFFICIENT_STOCK");
        app.clock_advance(Duration::from_secs(15 * 60));
        look(&app).await;
        assert_eq!(level(&app, product).await, (1, 0));
        let path = format!("/v1/orders/{}", late.field("id"));
        let order = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
        assert_eq!(order["cancel_reason"], "expired");
        let waiting = "select count(*) as many from orders_saga where state <> 'done'";
        assert_eq!(count(&app, waiting).await, 0);
    }

    async fn what_is_refused_at_once_is_known_to_no_other_context(app: TestApp) {
        let shop = furnish(&app, 1, 1).await;
        let mut body = order(&shop.client, &[&shop.products[0]]);
        let copies = "select (select count(*) from payments_order)
            + (select count(*) from shipments_order) + (select count(*) from orders_order) as many";
        body["items"][0]["quantity"] = json!(2);
        for method in ["cash", "invoice", "sandbox"] {
            body["payment"]["method"] = json!(method);
            let refused = place(&app, &format!("{method}-too-many"), &body).await.expect(409);
            assert_eq!(refused.code(), "INSUFFICIENT_STOCK");
        }
        app.settle().await;
        assert_eq!(count(&app, copies).await, 0);
        body["items"][0]["quantity"] = json!(1);
        body["payment"]["method"] = json!("cash");
        place(&app, "enough", &body).await.expect(201);
        app.settle().await;
        assert_eq!(count(&app, copies).await, 3, "an order that stands is known to each");
    }
}
