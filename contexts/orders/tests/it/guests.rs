//! Guests: a cart by token, what becomes of it at login, and the link that shows it to others.

use crate::carts::{cart, lines, put_in};
use crate::shop::*;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, TestApp, on_both};
use tokio::task::JoinSet;

/// A guest puts something in; `None` comes without a token.
async fn guest_puts(app: &TestApp, token: Option<&str>, nth: u128, quantity: i64) -> Answer {
    let request = app.post("/v1/cart/items");
    let request = match token {
        Some(token) => request.header("cart-token", token),
        None => request,
    };
    let body = json!({"product_id": product(nth), "quantity": quantity});
    request.json(body).send().await.expect(200)
}

async fn guest_cart(app: &TestApp, token: &str) -> Value {
    app.get("/v1/cart")
        .header("cart-token", token)
        .send()
        .await
        .expect(200)
        .json()
}

on_both! {
    async fn a_guest_gets_a_cart_and_its_token_with_the_first_product(app: TestApp) {
        furnish(&app).await;
        let nothing = app.get("/v1/cart").send().await.expect(200);
        assert!(nothing.header("cart-token").is_none() && nothing.json()["id"].is_null());
        let first = guest_puts(&app, None, 1, 2).await;
        let token = first.field("token");
        assert_eq!(first.header("cart-token"), Some(token.as_str()));
        let second = guest_puts(&app, Some(&token), 1, 1).await;
        assert!(second.header("cart-token").is_none() && second.json().get("token").is_none());
        assert_eq!(lines(&guest_cart(&app, &token).await, "items"), [(1, 3)]);
        let other = guest_puts(&app, None, 2, 1).await.field("token");
        assert_ne!(other, token);
        assert_eq!(lines(&guest_cart(&app, &token).await, "items"), [(1, 3)]);
        for foreign in ["x", &"A".repeat(43), ""] {
            assert_eq!(lines(&guest_cart(&app, foreign).await, "items"), []);
        }
        let fresh = guest_puts(&app, Some(&"A".repeat(43)), 1, 1).await;
        assert_ne!(fresh.field("token"), "A".repeat(43), "nobody chooses their token");
    }

    async fn the_tokens_are_not_in_the_database(app: TestApp) {
        furnish(&app).await;
        let token = guest_puts(&app, None, 1, 1).await.field("token");
        let share = app.post("/v1/cart/share").header("cart-token", &token).send().await;
        let share = share.expect(201).field("token");
        let mut tx = app.host().db.read().await.unwrap();
        let row = tx.query("select token_hash, share_hash from orders_cart").fetch_one().await;
        let row = row.unwrap();
        for (column, secret) in [("token_hash", &token), ("share_hash", &share)] {
            let kept: Vec<u8> = row.get(column).unwrap();
            assert_eq!(kept.len(), 32);
            assert_ne!(kept, secret.as_bytes());
        }
    }

    async fn a_key_of_a_guest_adds_once_and_another_guests_is_another(app: TestApp) {
        furnish(&app).await;
        let tokens = [
            guest_puts(&app, None, 1, 1).await.field("token"),
            guest_puts(&app, None, 1, 1).await.field("token"),
        ];
        for token in &tokens {
            let body = json!({"product_id": product(2), "quantity": 1});
            let send = || app.post("/v1/cart/items").key("same").header("cart-token", token)
                .json(body.clone()).send();
            let first = send().await.expect(200);
            let again = send().await.expect(200);
            assert_eq!(first.text(), again.text());
            assert_eq!(again.header("idempotency-replayed"), Some("true"));
            assert_eq!(lines(&guest_cart(&app, token).await, "items"), [(1, 1), (2, 1)]);
        }
    }

    async fn a_guests_cart_joins_the_clients_at_login_once(app: TestApp) {
        furnish(&app).await;
        put_in(&app, client(1), 1, 2).await.expect(200);
        let token = guest_puts(&app, None, 1, 1).await.field("token");
        guest_puts(&app, Some(&token), 2, 4).await;
        let seen = app.get("/v1/cart").as_customer(client(1).uuid()).header("cart-token", &token);
        assert_eq!(lines(&seen.send().await.expect(200).json(), "items"), [(1, 3), (2, 4)]);
        for _ in 0..2 {
            let merge = app.post("/v1/cart/merge").as_customer(client(1).uuid());
            let merged = merge.header("cart-token", &token).send().await.expect(200).json();
            assert_eq!(lines(&merged, "items"), [(1, 3), (2, 4)]);
        }
        assert_eq!(lines(&guest_cart(&app, &token).await, "items"), [], "the guest's is gone");
        let bare = app.post("/v1/cart/merge").as_customer(client(1).uuid()).send().await;
        assert_eq!(bare.expect(422).json()["error"]["details"][0]["field"], "Cart-Token");
        app.post("/v1/cart/merge").header("cart-token", &token).send().await.expect(401);
    }

    async fn a_client_without_a_cart_takes_over_the_guests_and_edits_it_at_once(app: TestApp) {
        furnish(&app).await;
        let token = guest_puts(&app, None, 1, 1).await.field("token");
        let save = format!("/v1/cart/items/{}/save-for-later", product(1));
        app.post(&save).header("cart-token", &token).send().await.expect(200);
        let body = json!({"product_id": product(1), "quantity": 5});
        let put = app.post("/v1/cart/items").as_customer(client(1).uuid());
        let merged = put.header("cart-token", &token).json(body).send().await.expect(200).json();
        assert_eq!(lines(&merged, "items"), [(1, 5)]);
        assert_eq!(lines(&merged, "saved_for_later"), [(1, 1)]);
    }

    async fn many_tabs_that_merge_at_once_add_the_guests_cart_once(app: TestApp) {
        furnish(&app).await;
        put_in(&app, client(1), 2, 1).await.expect(200);
        let token = guest_puts(&app, None, 1, 3).await.field("token");
        let mut race = JoinSet::new();
        for nth in 0..24 {
            let (app, token) = (app.clone(), token.clone());
            race.spawn(async move {
                let request = match nth % 3 {
                    0 => app.get("/v1/cart"),
                    1 => app.post("/v1/cart/merge"),
                    _ => app.post("/v1/cart/items")
                        .json(json!({"product_id": product(2), "quantity": 1})),
                };
                let request = request.as_customer(client(1).uuid());
                request.header("cart-token", &token).send().await.status
            });
        }
        assert!(race.join_all().await.iter().all(|status| *status == 200));
        let mut found = lines(&cart(&app, client(1)).await.json(), "items");
        found.sort_unstable();
        assert_eq!(found, [(1, 3), (2, 9)]);
    }

    async fn a_shared_cart_shows_goods_and_prices_and_nobody(app: TestApp) {
        furnish(&app).await;
        sells(&app, 3, 100, 1).await;
        let mine = client(1).uuid();
        app.post("/v1/cart/share").as_customer(mine).send().await.expect(404);
        for nth in [1, 2, 3] {
            put_in(&app, client(1), nth, 2).await.expect(200);
        }
        let save = format!("/v1/cart/items/{}/save-for-later", product(2));
        app.post(&save).as_customer(mine).send().await.expect(200);
        let shared = app.post("/v1/cart/share").as_customer(mine).send().await.expect(201);
        let path = shared.field("path");
        assert_eq!(shared.header("location"), Some(path.as_str()));
        archives(&app, 3, 2).await;
        sells(&app, 1, 2099, 2).await;
        let seen = app.get(&path).send().await.expect(200).json();
        assert_eq!(lines(&seen, "items"), [(1, 2)]);
        assert_eq!(seen["total"]["amount"], "41.98");
        let names: Vec<_> = seen.as_object().unwrap().keys().collect();
        assert_eq!(names, ["items", "total"]);
        assert!(!seen.to_string().contains("client"));
        let next = app.post("/v1/cart/share").as_customer(mine).send().await.expect(201);
        app.get(&path).send().await.expect(404);
        let path = next.field("path");
        app.get(&path).send().await.expect(200);
        app.delete("/v1/cart/share").as_customer(mine).send().await.expect(204);
        app.get(&path).send().await.expect(404);
        app.get("/v1/shared-carts/nonsense").send().await.expect(404);
    }

    async fn a_shared_carts_token_opens_no_cart_and_a_guests_no_share(app: TestApp) {
        furnish(&app).await;
        let token = guest_puts(&app, None, 1, 1).await.field("token");
        let share = app.post("/v1/cart/share").header("cart-token", &token).send().await;
        let share = share.expect(201).field("token");
        assert_eq!(lines(&guest_cart(&app, &share).await, "items"), []);
        app.get(&format!("/v1/shared-carts/{token}")).send().await.expect(404);
    }

    async fn a_guests_cart_expires_too(app: TestApp) {
        furnish(&app).await;
        let token = guest_puts(&app, None, 1, 1).await.field("token");
        app.clock_advance(Duration::from_secs(31 * 24 * 60 * 60));
        assert_eq!(lines(&guest_cart(&app, &token).await, "items"), []);
        let new = guest_puts(&app, Some(&token), 2, 1).await;
        assert_ne!(new.field("token"), token);
    }
}
