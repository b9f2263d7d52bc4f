//! Checkout where inventory lives elsewhere: what leaves the cart, what comes back, and where the
//! order shall go.

use crate::carts::{cart, lines, put_in};
use crate::shop::*;
use contracts::people::ClientChanged;
use kernel::{ClientId, OrderId};
use platform::DbError;
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{Answer, TestApp, on_both};

const ADDRESS: &str = "12 Sealed Street\nMontréal";

pub async fn check_out(app: &TestApp, client: ClientId, key: &str, body: Value) -> Answer {
    app.post("/v1/cart/checkout")
        .as_customer(client.uuid())
        .key(key)
        .json(body)
        .send()
        .await
}

pub async fn fill(app: &TestApp) {
    furnish(app).await;
    put_in(app, client(1), 1, 2).await.expect(200);
    put_in(app, client(1), 2, 1).await.expect(200);
}

async fn bought(app: &TestApp) -> Vec<(u128, i64)> {
    lines(&cart(app, client(1)).await.json(), "items")
}

async fn orders(app: &TestApp) -> Value {
    let page = app
        .get("/v1/orders?count=true")
        .as_role(Role::Admin)
        .send()
        .await;
    page.expect(200).json()["total"].clone()
}

on_both! {
    async fn a_checkout_turns_the_cart_into_an_order_once(app: TestApp) {
        fill(&app).await;
        let body = json!({"payment": {"method": "invoice"}, "expected_total": "44.98"});
        let first = check_out(&app, client(1), "k", body.clone()).await.expect(202);
        let order = first.json();
        assert_eq!((lines(&order, "items"), bought(&app).await), (vec![(1, 2), (2, 1)], vec![]));
        assert_eq!(order["client_id"], client(1).to_string());
        assert_eq!(order["total"]["amount"], "44.98");
        let again = check_out(&app, client(1), "k", body.clone()).await.expect(202);
        assert_eq!(first.text(), again.text());
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(first.header("location"), again.header("location"));
        let another = check_out(&app, client(1), "l", body).await.expect(409);
        assert_eq!(another.code(), "CART_EMPTY");
        assert_eq!(orders(&app).await, 1);
    }

    async fn a_guest_is_told_to_log_in_and_takes_the_cart_along(app: TestApp) {
        furnish(&app).await;
        let body = json!({"product_id": product(1), "quantity": 2});
        let token = app.post("/v1/cart/items").json(body).send().await.expect(200).field("token");
        let refused = app.post("/v1/cart/checkout").header("cart-token", &token).json(json!({}));
        let refused = refused.send().await.expect(401).json();
        assert!(refused["error"]["message"].as_str().unwrap().contains("log in"));
        let request = app.post("/v1/cart/checkout").as_customer(client(1).uuid());
        let order = request.header("cart-token", &token).json(json!({})).send().await.expect(202);
        assert_eq!(lines(&order.json(), "items"), [(1, 2)]);
        let staff = app.post("/v1/cart/checkout").as_role(Role::Clerk).json(json!({}));
        staff.send().await.expect(403);
    }

    async fn a_checkout_that_is_refused_leaves_the_cart_as_it_was(app: TestApp) {
        fill(&app).await;
        sells(&app, 1, 2099, 2).await;
        let before = cart(&app, client(1)).await;
        let shown = json!({"expected_total": "44.98"});
        let refused = check_out(&app, client(1), "a", shown.clone()).await.expect(409);
        assert_eq!(refused.code(), "PRICE_CHANGED");
        let nowhere = json!({"store_id": "store_01h455vb4pex5vsknk084sn02q"});
        check_out(&app, client(1), "b", nowhere).await.expect(422);
        check_out(&app, client(1), "c", json!({"total": "1.00"})).await.expect(422);
        check_out(&app, client(1), "d", json!({"payment": {"method": "shells"}})).await.expect(422);
        assert_eq!(cart(&app, client(1)).await.text(), before.text());
        archives(&app, 2, 2).await;
        let refused = check_out(&app, client(1), "e", json!({})).await.expect(409);
        assert_eq!(refused.code(), "PRODUCT_NOT_FOR_SALE");
        assert_eq!(refused.json()["error"]["details"][0]["field"], "items[1].product_id");
        assert_eq!(bought(&app).await, [(1, 2), (2, 1)]);
        let again = check_out(&app, client(1), "a", shown).await.expect(409);
        assert_eq!(again.code(), "PRICE_CHANGED", "the key's own answer");
        assert_eq!(orders(&app).await, 0);
    }

    async fn a_cart_that_has_moved_on_is_not_bought_when_asked_for(app: TestApp) {
        fill(&app).await;
        let seen = cart(&app, client(1)).await;
        let tag = seen.header("etag").unwrap().to_owned();
        put_in(&app, client(1), 2, 5).await.expect(200);
        let send = |tag: &str| app.post("/v1/cart/checkout").as_customer(client(1).uuid())
            .header("if-match", tag).json(json!({})).send();
        assert_eq!(send(&tag).await.expect(412).code(), "PRECONDITION_FAILED");
        assert_eq!(bought(&app).await, [(1, 2), (2, 6)]);
        let now = cart(&app, client(1)).await;
        send(now.header("etag").unwrap()).await.expect(202);
    }

    async fn what_is_saved_for_later_is_not_checked_out(app: TestApp) {
        fill(&app).await;
        let save = format!("/v1/cart/items/{}/save-for-later", product(1));
        app.post(&save).as_customer(client(1).uuid()).send().await.expect(200);
        let order = check_out(&app, client(1), "k", json!({})).await.expect(202).json();
        assert_eq!(lines(&order, "items"), [(2, 1)]);
        let left = cart(&app, client(1)).await.json();
        assert_eq!(lines(&left, "saved_for_later"), [(1, 2)]);
        assert_eq!(check_out(&app, client(1), "l", json!({})).await.expect(409).code(),
            "CART_EMPTY");
    }

    async fn stock_that_is_refused_from_afar_puts_the_lines_back_once(app: TestApp) {
        fill(&app).await;
        let order = check_out(&app, client(1), "k", json!({})).await.expect(202);
        put_in(&app, client(1), 2, 3).await.expect(200);
        refuse(&app, order_id(&order)).await;
        app.settle().await;
        assert_eq!(read(&app, order_id(&order)).await["status"], "cancelled");
        let mut back = bought(&app).await;
        back.sort_unstable();
        assert_eq!(back, [(1, 2), (2, 4)]);
        let mut tx = app.host().db.begin().await.unwrap();
        let again = contracts::orders::OrderCancelled {
            order_id: order_id(&order),
            reason: "insufficient_stock".to_owned(),
        };
        tx.publish(&again, 99).unwrap();
        tx.commit().await.unwrap();
        app.settle().await;
        assert_eq!(bought(&app).await.iter().map(|line| line.1).sum::<i64>(), 6);
    }

    async fn an_order_that_its_buyer_cancels_stays_out_of_the_cart(app: TestApp) {
        fill(&app).await;
        let order = check_out(&app, client(1), "k", json!({})).await.expect(202);
        reserve(&app, order_id(&order)).await;
        let cancel = format!("/v1/orders/{}/cancel", order.field("id"));
        let cancelled = app.post(&cancel).as_customer(client(1).uuid()).json(json!({}));
        cancelled.send().await.expect(200);
        app.settle().await;
        assert_eq!(bought(&app).await, []);
    }

    async fn a_version_of_a_cart_cannot_be_sold_twice(app: TestApp) {
        fill(&app).await;
        let id = order_id(&check_out(&app, client(1), "k", json!({})).await.expect(202));
        let other = order_id(&place(&app, two_mugs()).await.expect(202));
        let mut tx = app.host().db.begin().await.unwrap();
        let copied = tx.query(
            "insert into orders_checkout (order_id, client_id, cart_id, cart_version)
             select $1, client_id, cart_id, cart_version from orders_checkout where order_id = $2");
        let copied = copied.bind(other).bind(id).execute().await;
        assert!(matches!(copied, Err(DbError::Unique(_))), "{copied:?}");
    }

    async fn the_owner_and_the_staff_read_where_it_goes_and_nobody_else(app: TestApp) {
        fill(&app).await;
        let body = json!({"shipping_address": ADDRESS});
        let placed = check_out(&app, client(1), "k", body).await.expect(202);
        assert!(!placed.text().contains("Sealed Street"));
        let path = format!("/v1/orders/{}", placed.field("id"));
        let of = async |request: testkit::Request| {
            request.send().await.expect(200).json()["shipping_address"].clone()
        };
        assert_eq!(of(app.get(&path).as_customer(client(1).uuid())).await, ADDRESS);
        assert_eq!(of(app.get(&path).as_role(Role::Clerk)).await, ADDRESS);
        app.get(&path).as_customer(client(2).uuid()).send().await.expect(404);
        for other in ["/v1/orders", &format!("{path}/events"), &format!("{path}/tracking")] {
            let seen = app.get(other).as_role(Role::Clerk).send().await.expect(200).text();
            assert!(!seen.contains("Sealed Street"), "{other}");
        }
        let kept: Vec<u8> = {
            let mut tx = app.host().db.read().await.unwrap();
            let row = tx.query("select shipping_address_sealed from orders_checkout");
            row.fetch_one().await.unwrap().get("shipping_address_sealed").unwrap()
        };
        assert!(!kept.windows(6).any(|part| part == b"Sealed"));
        let id: OrderId = placed.field("id").parse().unwrap();
        reserve(&app, id).await;
        let mut tx = app.host().db.begin().await.unwrap();
        app.host().vault.erase(&mut tx, client(1).uuid()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(of(app.get(&path).as_role(Role::Clerk)).await, Value::Null);
        let without = place(&app, two_mugs()).await.expect(202).field("id");
        let without = app.get(&format!("/v1/orders/{without}")).as_role(Role::Clerk);
        assert_eq!(of(without).await, Value::Null);
    }

    async fn the_cart_of_an_erased_client_goes_with_them(app: TestApp) {
        fill(&app).await;
        let erased = ClientChanged {
            client_id: client(1),
            archived: true,
            erased: true,
            sealed_contact: None,
        };
        app.publish(&erased, 2).await;
        let list = app.get("/v1/carts?count=true").as_role(Role::Clerk).send().await.expect(200);
        assert_eq!(list.json()["total"], 0);
        put_in(&app, client(1), 1, 1).await.expect(200);
        let refused = check_out(&app, client(1), "k", json!({})).await.expect(422);
        assert_eq!(refused.code(), "UNKNOWN_CLIENT");
    }
}
