//! Requests that wait for the outcome of their order.

use crate::sale::*;
use crate::shop::*;
use contracts::payments::PaymentAuthorized;
use kernel::OrderId;
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, TestApp, on_both};

use tokio::task::JoinHandle;

fn by_card() -> Value {
    let mut body = two_mugs();
    body["payment"]["method"] = json!("sandbox");
    body
}

async fn send(app: &TestApp, key: &str) -> Answer {
    app.post("/v1/orders")
        .as_role(Role::Clerk)
        .key(key)
        .json(by_card())
        .send()
        .await
}

/// Places by card and leaves the request waiting; answers it with its order.
async fn waiting(app: &TestApp, key: &'static str) -> (JoinHandle<Answer>, OrderId) {
    let request = tokio::spawn({
        let app = app.clone();
        async move { send(&app, key).await }
    });
    loop {
        let page = app
            .get("/v1/orders?status=pending")
            .as_role(Role::Clerk)
            .send()
            .await
            .json();
        if let Some(id) = page["items"][0]["id"].as_str() {
            return (request, id.parse().unwrap());
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// The answer, and that the key gives it again byte for byte.
async fn answer(app: &TestApp, request: JoinHandle<Answer>, key: &str, status: u16) -> Answer {
    let first = request.await.unwrap().expect(status);
    let again = send(app, key).await;
    assert_eq!((again.status, again.text()), (status, first.text()));
    assert_eq!(again.header("idempotency-replayed"), Some("true"));
    assert_eq!(again.header("etag"), first.header("etag"));
    first
}

on_both! {
    async fn whoever_pays_by_card_is_told_how_it_went(app: TestApp) {
        furnish(&app).await;
        let (request, id) = waiting(&app, "paid").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        let order = answer(&app, request, "paid", 201).await.json();
        assert_eq!((&order["status"], &order["payment_status"]),
            (&json!("confirmed"), &json!("authorized")));
        assert_eq!(order["items"].as_array().unwrap().len(), 2);

        let (request, id) = waiting(&app, "declined").await;
        reserve(&app, id).await;
        payment(&app, id, "failed", 1).await;
        let refused = answer(&app, request, "declined", 409).await;
        assert_eq!(refused.code(), "PAYMENT_FAILED");
        assert_eq!(read(&app, id).await["cancel_reason"], "payment_failed");

        let (request, id) = waiting(&app, "short").await;
        refuse(&app, id).await;
        let refused = answer(&app, request, "short", 409).await;
        assert_eq!(refused.code(), "INSUFFICIENT_STOCK");

        let (request, id) = waiting(&app, "cancelled").await;
        cancel(&app, id).await.expect(200);
        assert_eq!(answer(&app, request, "cancelled", 409).await.code(), "ORDER_CANCELLED");

        let (request, id) = waiting(&app, "hosted").await;
        reserve(&app, id).await;
        payment(&app, id, "action_required", 1).await;
        let order = answer(&app, request, "hosted", 202).await.json();
        assert_eq!(order["payment_status"], "action_required");
    }

    async fn whoever_waits_in_vain_is_told_that_it_is_pending(app: TestApp) {
        furnish(&app).await;
        let (request, id) = waiting(&app, "slow").await;
        reserve(&app, id).await;
        let order = answer(&app, request, "slow", 202).await.json();
        assert_eq!(order["status"], "pending");
        payment(&app, id, "authorized", 1).await;
        assert_eq!(read(&app, id).await["status"], "confirmed");
    }

    async fn an_outcome_that_another_process_decides_is_found(app: TestApp) {
        furnish(&app).await;
        let (request, id) = waiting(&app, "afar").await;
        let mut tx = app.host().db.begin().await.unwrap();
        // As another process would leave it: decided, and nobody here was told.
        let changed = tx.query("update orders_order set status = 'cancelled',
                 end_reason = 'payment_failed', version = 2 where id = $1").bind(id);
        changed.execute().await.unwrap();
        tx.query("update orders_saga set state = 'done', deadline_at = null")
            .execute().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(answer(&app, request, "afar", 409).await.code(), "PAYMENT_FAILED");
    }

    async fn sixty_four_payments_take_the_statements_of_one(app: TestApp) {
        furnish(&app).await;
        let mut counted = Vec::new();
        for many in [1, 64] {
            let mut orders = Vec::new();
            for _ in 0..many {
                let id = pending(&app, "sandbox").await;
                reserve(&app, id).await;
                orders.push(id);
            }
            let before = app.host().db.statements();
            let mut tx = app.host().db.begin().await.unwrap();
            for order_id in &orders {
                let (payment_id, order_id) = (payment_of(*order_id), *order_id);
                let (amount_minor, currency) = (TOTAL, "CAD".to_owned());
                let event = PaymentAuthorized { payment_id, order_id, amount_minor, currency };
                tx.publish(&event, 1).unwrap();
            }
            tx.commit().await.unwrap();
            counted.push(app.host().db.statements() - before);
            for id in orders {
                assert_eq!(stands(&app, id).await[0], "confirmed");
            }
        }
        assert_eq!(counted[0], counted[1]);
    }

    async fn a_method_that_is_not_offered_is_refused(app: TestApp) {
        furnish(&app).await;
        let mut body = two_mugs();
        for draft in [false, true] {
            body["draft"] = json!(draft);
            for method in ["stripe", "payfast"] {
                body["payment"]["method"] = json!(method);
                let refused = place(&app, body.clone()).await.expect(422);
                assert_eq!(refused.code(), "PAYMENT_METHOD_UNAVAILABLE");
                let field = &refused.json()["error"]["details"][0]["field"];
                assert_eq!(field, "payment.method");
            }
        }
        body["payment"]["method"] = json!("shells");
        place(&app, body).await.expect(422);
        let id = order_id(&draft(&app).await);
        let patch = json!({"payment": {"method": "stripe"}});
        let path = format!("/v1/orders/{id}");
        app.patch(&path).as_role(Role::Clerk).json(patch).send().await.expect(422);
    }
}
