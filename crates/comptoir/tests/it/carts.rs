//! Carts in the whole shop: what is available, and checkouts that race with edits and each other.

pub use crate::shop::app;

use crate::shop::*;
use contracts::orders::OrderCancelled;
use kernel::ClientId;
use platform::auth::Role;
use serde_json::{Value, json};
use std::collections::HashSet;
use std::time::Duration;
use testkit::{Answer, Request, TestApp, on_both};
use tokio::task::JoinSet;
use uuid::Uuid;

fn buyer(shop: &Furnished) -> Uuid {
    shop.client.parse::<ClientId>().unwrap().uuid()
}

fn put_in(app: &TestApp, buyer: Uuid, product: &str, quantity: i64) -> Request {
    let body = json!({"product_id": product, "quantity": quantity});
    app.post("/v1/cart/items").as_customer(buyer).json(body)
}

async fn cart(app: &TestApp, buyer: Uuid) -> Value {
    let cart = app.get("/v1/cart").as_customer(buyer).send().await;
    cart.expect(200).json()
}

/// Checks out with one key until the answer is definite.
async fn check_out(app: &TestApp, buyer: Uuid, key: &str, body: Value) -> Answer {
    loop {
        let checkout = app.post("/v1/cart/checkout").as_customer(buyer).key(key);
        let answer = checkout.json(body.clone()).send().await;
        let in_progress = answer.status == 409 && answer.code() == "REQUEST_IN_PROGRESS";
        if answer.status != 503 && !in_progress {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

fn pieces(document: &Value) -> i64 {
    let items = document["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item["quantity"].as_i64().unwrap())
        .sum()
}

/// Minor units of an amount with two digits.
fn minor(amount: &Value) -> i64 {
    let text = amount["amount"].as_str().unwrap().replace('.', "");
    text.parse().unwrap()
}

/// What an order charges is what its lines come to; answers its pieces.
fn sold(order: &Value) -> i64 {
    let items = order["items"].as_array().unwrap();
    let line = |item: &Value| minor(&item["unit_price"]) * item["quantity"].as_i64().unwrap();
    assert_eq!(minor(&order["total"]), items.iter().map(line).sum::<i64>());
    pieces(order)
}

on_both! {
    async fn lines_tell_when_there_is_too_little(app: TestApp) {
        let shop = furnish(&app, 2, 5).await;
        let (me, product) = (buyer(&shop), &shop.products[0]);
        put_in(&app, me, product, 5).send().await.expect(200);
        let enough = cart(&app, me).await;
        assert_eq!((&enough["items"][0]["available"], &enough["items"][0]["insufficient_stock"]),
            (&json!(5), &json!(false)));
        let tag = |answer: &Answer| answer.header("etag").unwrap().to_owned();
        let before = tag(&app.get("/v1/cart").as_customer(me).send().await);
        place(&app, "other", &order(&shop.client, &[product])).await.expect(201);
        let now = app.get("/v1/cart").as_customer(me).send().await;
        assert_ne!(tag(&now), before, "stock is part of what is seen");
        let line = &now.json()["items"][0];
        assert_eq!((&line["available"], &line["insufficient_stock"]), (&json!(4), &json!(true)));
        let put = put_in(&app, me, &shop.products[1], 6).send().await.expect(200).json();
        assert_eq!(put["items"][1]["insufficient_stock"], true, "it may be put in all the same");
    }

    async fn a_checkout_holds_its_stock_or_names_what_is_short(app: TestApp) {
        let shop = furnish(&app, 2, 5).await;
        let me = buyer(&shop);
        put_in(&app, me, &shop.products[0], 2).send().await.expect(200);
        put_in(&app, me, &shop.products[1], 6).send().await.expect(200);
        let before = cart(&app, me).await;
        let refused = check_out(&app, me, "first", json!({})).await.expect(409);
        assert_eq!(refused.code(), "INSUFFICIENT_STOCK");
        assert_eq!(refused.json()["error"]["details"][0]["field"], "items[1].quantity");
        assert_eq!(cart(&app, me).await, before, "the cart is as it was");
        assert_eq!(level(&app, &shop.products[0]).await, (5, 0));
        let path = format!("/v1/cart/items/{}", shop.products[1]);
        let set = app.put(&path).as_customer(me).json(json!({"quantity": 5}));
        set.send().await.expect(200);
        let again = check_out(&app, me, "first", json!({})).await;
        assert_eq!((again.status, again.text()), (409, refused.text()), "the key's own answer");
        let placed = check_out(&app, me, "second", json!({"store_id": shop.store})).await;
        let placed = placed.expect(201).json();
        assert_eq!((sold(&placed), &placed["status"]), (7, &json!("confirmed")));
        assert_eq!(placed["store_id"], json!(shop.store));
        assert_eq!(level(&app, &shop.products[1]).await, (5, 5));
        assert_eq!(cart(&app, me).await["items"], json!([]));
    }

    async fn of_twenty_checkouts_of_one_cart_one_buys(app: TestApp) {
        let shop = furnish(&app, 2, 1000).await;
        let me = buyer(&shop);
        put_in(&app, me, &shop.products[0], 3).send().await.expect(200);
        put_in(&app, me, &shop.products[1], 1).send().await.expect(200);
        let mut race = JoinSet::new();
        for nth in 0..20 {
            let app = app.clone();
            race.spawn(async move {
                check_out(&app, me, &format!("tab-{nth}"), json!({})).await
            });
        }
        let answers = race.join_all().await;
        let bought: Vec<_> = answers.iter().filter(|answer| answer.status == 201).collect();
        assert_eq!(bought.len(), 1);
        assert_eq!(sold(&bought[0].json()), 4);
        let others = answers.iter().filter(|answer| answer.status != 201);
        assert!(others.clone().all(|answer| answer.code() == "CART_EMPTY"));
        assert_eq!(level(&app, &shop.products[0]).await.1, 3);
        assert_eq!(level(&app, &shop.products[1]).await.1, 1);
    }

    async fn a_tab_that_is_refused_does_not_stand_in_the_way_of_another(app: TestApp) {
        let shop = furnish(&app, 1, 1000).await;
        let me = buyer(&shop);
        for round in 0..10 {
            put_in(&app, me, &shop.products[0], 1).send().await.expect(200);
            let mut race = JoinSet::new();
            for tab in 0..10 {
                let (app, key) = (app.clone(), format!("{round}-{tab}"));
                let agreed = if tab == 7 { "9.99" } else { "1.00" };
                race.spawn(async move {
                    check_out(&app, me, &key, json!({"expected_total": agreed})).await
                });
            }
            let answers = race.join_all().await;
            let bought = answers.iter().filter(|answer| answer.status == 201).count();
            assert_eq!(bought, 1, "the one that agreed to the price");
            assert_eq!(cart(&app, me).await["items"], json!([]));
        }
    }

    /// Whatever is put in while checkouts run is sold once, or still in the cart.
    async fn what_is_put_in_during_a_checkout_is_sold_or_still_there(app: TestApp) {
        let shop = furnish(&app, 3, 100_000).await;
        let me = buyer(&shop);
        put_in(&app, me, &shop.products[0], 1).send().await.expect(200);
        let mut edits = JoinSet::new();
        for nth in 0..60_usize {
            let (app, product) = (app.clone(), shop.products[nth % 3].clone());
            edits.spawn(async move {
                tokio::time::sleep(Duration::from_millis(nth as u64 * 3 / 2)).await;
                let quantity = 1 + nth as i64 % 4;
                put_in(&app, me, &product, quantity).send().await.expect(200);
                quantity
            });
        }
        let mut checkouts = JoinSet::new();
        for nth in 0..12_u64 {
            let app = app.clone();
            checkouts.spawn(async move {
                tokio::time::sleep(Duration::from_millis(nth * 8)).await;
                check_out(&app, me, &format!("try-{nth}"), json!({})).await
            });
        }
        let put = 1 + edits.join_all().await.into_iter().sum::<i64>();
        let answers = checkouts.join_all().await;
        assert!(answers.iter().all(|answer| answer.status == 201 || answer.code() == "CART_EMPTY"));
        let orders: Vec<Value> = answers.iter().filter(|answer| answer.status == 201)
            .map(Answer::json).collect();
        assert!(orders.len() > 1, "several came through");
        let numbers: HashSet<_> = orders.iter().map(|order| order["number"].to_string()).collect();
        assert_eq!(numbers.len(), orders.len());
        let sold: i64 = orders.iter().map(sold).sum();
        assert_eq!(sold + pieces(&cart(&app, me).await), put, "nothing lost, nothing twice");
        let mut reserved = 0;
        for product in &shop.products {
            reserved += level(&app, product).await.1;
        }
        assert_eq!(reserved, sold);
        let path = format!("/v1/orders?count=true&client_id={}", shop.client);
        let list = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
        assert_eq!(list["total"], json!(orders.len()));
    }

    /// The buyer agreed to one total: either that is charged, or nothing.
    async fn an_edit_never_changes_what_the_buyer_agreed_to(app: TestApp) {
        let shop = furnish(&app, 1, 100_000).await;
        let me = buyer(&shop);
        let path = format!("/v1/cart/items/{}", shop.products[0]);
        let mut charged = 0;
        for round in 0..25 {
            put_in(&app, me, &shop.products[0], 1).send().await.expect(200);
            let set = |quantity: i64| {
                app.put(&path).as_customer(me).json(json!({"quantity": quantity})).send()
            };
            set(2).await.expect(200);
            let (agreed, key) = (json!({"expected_total": "19.98"}), format!("round-{round}"));
            let another = format!("{key}-again");
            let (edit, one, other) = tokio::join!(
                set(3), check_out(&app, me, &key, agreed.clone()),
                check_out(&app, me, &another, agreed),
            );
            assert!([200, 404].contains(&edit.status), "{}", edit.text());
            let bought: Vec<_> = [&one, &other].into_iter().filter(|a| a.status == 201).collect();
            assert!(bought.len() < 2, "one order a cart");
            match bought.first() {
                Some(order) => {
                    assert_eq!(order.json()["total"]["amount"], "19.98");
                    assert_eq!(sold(&order.json()), 2);
                    charged += 2;
                }
                None => {
                    assert_eq!((one.code(), other.code()),
                        ("PRICE_CHANGED".to_owned(), "PRICE_CHANGED".to_owned()));
                    assert_eq!(pieces(&cart(&app, me).await), 3);
                }
            }
            app.delete("/v1/cart").as_customer(me).send().await.expect(204);
        }
        assert_eq!(level(&app, &shop.products[0]).await.1, charged);
    }

    /// A checkout locks its cart and then levels; what undoes an order must lock them likewise.
    async fn lines_that_come_back_and_checkouts_do_not_wait_in_a_circle(app: TestApp) {
        let shop = furnish(&app, 1, 100_000).await;
        let me = buyer(&shop);
        let mut placed: Option<String> = None;
        let started = std::time::Instant::now();
        for round in 0..40 {
            put_in(&app, me, &shop.products[0], 1).send().await.expect(200);
            let back = async {
                let Some(order) = &placed else { return };
                let (order_id, reason) = (order.parse().unwrap(), "expired".to_owned());
                app.publish(&OrderCancelled { order_id, reason }, 3).await;
            };
            let key = format!("round-{round}");
            let (next, ()) = tokio::join!(check_out(&app, me, &key, json!({})), back);
            placed = Some(next.expect(201).field("id"));
        }
        assert!(started.elapsed() < Duration::from_secs(30), "nobody waited for a deadlock to end");
        let (_, reserved) = level(&app, &shop.products[0]).await;
        assert_eq!(reserved + pieces(&cart(&app, me).await), 40);
    }

    async fn carts_of_many_buyers_are_checked_out_side_by_side(app: TestApp) {
        let shop = furnish(&app, 4, 25).await;
        let mut race = JoinSet::new();
        for nth in 0..40_usize {
            let email = format!("buyer-{nth}@example.com");
            let client = make(&app, "/v1/clients", json!({"name": "Buyer", "email": email})).await;
            let me = client.parse::<ClientId>().unwrap().uuid();
            for step in 0..2 {
                let product = &shop.products[(nth + step * (1 + nth % 3)) % 4];
                put_in(&app, me, product, 2).send().await.expect(200);
            }
            let app = app.clone();
            race.spawn(async move {
                let body = json!({"shipping_address": format!("{nth} Long Road")});
                (me, check_out(&app, me, "buy", body).await)
            });
        }
        let (mut held, mut refused) = (0, 0);
        for (me, answer) in race.join_all().await {
            let left = pieces(&cart(&app, me).await);
            match answer.status {
                201 => {
                    held += sold(&answer.json());
                    assert_eq!(left, 0);
                }
                409 => {
                    refused += 1;
                    assert_eq!(left, 4, "a refused cart is as it was");
                }
                other => panic!("{other}: {}", answer.text()),
            }
        }
        let mut reserved = 0;
        for product in &shop.products {
            let (on_hand, of_product) = level(&app, product).await;
            assert!(of_product <= on_hand);
            reserved += of_product;
        }
        assert_eq!(reserved, held);
        assert!(refused > 0, "there was not enough for all");
    }
}
