//! Placing: prices, refusals, keys, and inventory answering from afar.

use crate::shop::*;
use kernel::Id;
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};
use uuid::Uuid;

on_both! {
    async fn an_order_is_pending_until_stock_answers(app: TestApp) {
        furnish(&app).await;
        let answer = place(&app, two_mugs()).await.expect(202);
        let order = answer.json();
        assert_eq!(order["status"], "pending");
        assert_eq!(order["total"], json!({"amount": "44.98", "currency": "CAD"}));
        assert_eq!(order["items"][0]["sku"], "SKU-1");
        assert!(order["number"].as_str().unwrap().starts_with("ORD-2026-"));
        reserve(&app, order_id(&answer)).await;
        let order = read(&app, order_id(&answer)).await;
        assert_eq!(order["status"], "confirmed");
        assert_eq!(order["store_id"], store().to_string());
    }

    async fn an_answer_that_comes_while_the_buyer_waits_is_the_response(app: TestApp) {
        furnish(&app).await;
        let waiting = tokio::spawn({
            let app = app.clone();
            async move {
                app.post("/v1/orders").as_role(Role::Clerk).key("k").json(two_mugs()).send().await
            }
        });
        let id = loop {
            let page = app.get("/v1/orders?status=pending").as_role(Role::Clerk).send().await;
            match page.json()["items"][0]["id"].as_str() {
                Some(id) => break id.parse().unwrap(),
                None => tokio::time::sleep(std::time::Duration::from_millis(10)).await,
            }
        };
        refuse(&app, id).await;
        let first = waiting.await.unwrap().expect(409);
        assert_eq!(first.code(), "INSUFFICIENT_STOCK");
        assert_eq!(first.json()["error"]["details"][0]["field"], "items[0].quantity");
        assert_eq!(read(&app, id).await["status"], "cancelled");
        let again =
            app.post("/v1/orders").as_role(Role::Clerk).key("k").json(two_mugs()).send().await;
        assert_eq!((again.status, again.text()), (409, first.text()));
    }

    async fn what_is_unknown_is_refused_and_nothing_is_written(app: TestApp) {
        furnish(&app).await;
        let mut stranger = two_mugs();
        stranger["client_id"] = json!(client(7).to_string());
        let answer = place(&app, stranger).await.expect(422);
        assert_eq!(answer.code(), "UNKNOWN_CLIENT");
        let mut unknown = two_mugs();
        unknown["items"][1]["product_id"] = json!(product(7).to_string());
        let answer = place(&app, unknown).await.expect(422);
        assert_eq!(answer.json()["error"]["details"][0]["field"], "items[1].product_id");
        let mut elsewhere = two_mugs();
        elsewhere["store_id"] =
            json!(Id::<kernel::Store>::from_uuid(Uuid::from_u128(1)).to_string());
        assert_eq!(place(&app, elsewhere).await.expect(422).code(), "UNKNOWN_STORE");
        let page = app.get("/v1/orders?count=true").as_role(Role::Admin).send().await;
        assert_eq!(page.json()["total"], 0);
    }

    async fn nobody_sets_a_price_a_status_or_a_total(app: TestApp) {
        furnish(&app).await;
        for field in ["total", "status", "number", "payment_status"] {
            let mut body = two_mugs();
            body[field] = json!("x");
            place(&app, body).await.expect(422);
        }
        let mut body = two_mugs();
        body["items"][0]["unit_price"] = json!("0.01");
        place(&app, body).await.expect(422);
        for wrong in [json!([]), json!([{"product_id": product(1).to_string(), "quantity": 0}])] {
            let mut body = two_mugs();
            body["items"] = wrong;
            place(&app, body).await.expect(422);
        }
    }

    async fn a_moved_total_is_refused(app: TestApp) {
        furnish(&app).await;
        sells(&app, 1, 2099, 2).await;
        let mut body = two_mugs();
        body["expected_total"] = json!("44.98");
        let answer = place(&app, body.clone()).await.expect(409);
        assert_eq!(answer.code(), "PRICE_CHANGED");
        body["expected_total"] = json!({"amount": "46.98", "currency": "CAD"});
        place(&app, body).await.expect(202);
    }

    async fn an_old_event_does_not_bring_an_old_price_back(app: TestApp) {
        furnish(&app).await;
        sells(&app, 1, 2099, 3).await;
        sells(&app, 1, 1, 2).await;
        let order = place(&app, two_mugs()).await.expect(202).json();
        assert_eq!(order["items"][0]["unit_price"]["amount"], "20.99");
    }

    async fn a_key_places_once_and_answers_alike(app: TestApp) {
        furnish(&app).await;
        let send = |body| app.post("/v1/orders").as_role(Role::Clerk).key("once").json(body).send();
        let first = send(two_mugs()).await.expect(202);
        let again = send(two_mugs()).await.expect(202);
        assert_eq!(first.text(), again.text());
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(first.header("location"), again.header("location"));
        let mut other = two_mugs();
        other["note"] = json!("another body");
        assert_eq!(send(other).await.expect(422).code(), "IDEMPOTENCY_KEY_REUSED");
        let page = app.get("/v1/orders?count=true").as_role(Role::Clerk).send().await;
        assert_eq!(page.json()["total"], 1);
    }

    async fn a_customer_orders_for_themselves_only(app: TestApp) {
        furnish(&app).await;
        let mine = client(1).uuid();
        let mut body = two_mugs();
        body.as_object_mut().unwrap().remove("client_id");
        let order =
            app.post("/v1/orders").as_customer(mine).json(body.clone()).send().await.expect(202);
        assert_eq!(order.json()["client_id"], client(1).to_string());
        body["client_id"] = json!(client(2).to_string());
        app.post("/v1/orders").as_customer(mine).json(body).send().await.expect(403);
        let path = format!("/v1/orders/{}", order.field("id"));
        app.get(&path).as_customer(mine).send().await.expect(200);
        app.get(&path).as_customer(client(2).uuid()).send().await.expect(404);
        app.get(&path).send().await.expect(401);
        app.get(&path).as_role(Role::Supplier).send().await.expect(403);
        let cancel = format!("{path}/cancel");
        app.post(&cancel).as_customer(client(2).uuid()).json(json!({})).send().await.expect(404);
    }
}
