//! A client's cart: what goes in and out, what it costs, and what the shop's people see of it.

use crate::shop::*;
use kernel::{ClientId, ProductId};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Answer, TestApp, on_both};
use tokio::task::JoinSet;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

pub async fn put_in(app: &TestApp, client: ClientId, nth: u128, quantity: i64) -> Answer {
    let body = json!({"product_id": product(nth), "quantity": quantity});
    app.post("/v1/cart/items")
        .as_customer(client.uuid())
        .json(body)
        .send()
        .await
}

pub async fn cart(app: &TestApp, client: ClientId) -> Answer {
    app.get("/v1/cart")
        .as_customer(client.uuid())
        .send()
        .await
        .expect(200)
}

/// The lines of a list as (place of the product, quantity).
pub fn lines(cart: &Value, list: &str) -> Vec<(u128, i64)> {
    let line = |item: &Value| {
        let id: ProductId = item["product_id"].as_str().unwrap().parse().unwrap();
        (
            id.uuid().as_u128() - 0x1000,
            item["quantity"].as_i64().unwrap(),
        )
    };
    cart[list].as_array().unwrap().iter().map(line).collect()
}

fn item(nth: u128) -> String {
    format!("/v1/cart/items/{}", product(nth))
}

on_both! {
    async fn a_cart_adds_up_at_the_shops_own_prices(app: TestApp) {
        furnish(&app).await;
        let empty = cart(&app, client(1)).await.json();
        assert_eq!((&empty["id"], &empty["items"]), (&Value::Null, &json!([])));
        put_in(&app, client(1), 1, 2).await.expect(200);
        let one = json!({"product_id": product(2)});
        app.post("/v1/cart/items").as_customer(client(1).uuid()).json(one).send().await.expect(200);
        let answer = put_in(&app, client(1), 1, 1).await.expect(200).json();
        assert_eq!(lines(&answer, "items"), [(1, 3), (2, 1)]);
        assert_eq!(answer["total"], json!({"amount": "64.97", "currency": "CAD"}));
        assert_eq!(answer["items"][0]["line_total"]["amount"], "59.97");
        assert_eq!(answer["items"][0]["sku"], "SKU-1");
        assert_eq!(cart(&app, client(1)).await.json(), answer);
        assert_eq!(lines(&cart(&app, client(2)).await.json(), "items"), []);
    }

    async fn nobody_sets_a_price_and_nothing_unknown_goes_in(app: TestApp) {
        furnish(&app).await;
        archives(&app, 2, 2).await;
        let put = |body: Value| {
            app.post("/v1/cart/items").as_customer(client(1).uuid()).json(body).send()
        };
        let id = product(1);
        for body in [
            json!({"product_id": id, "quantity": 1, "unit_price": "0.01"}),
            json!({"product_id": id, "quantity": 0}),
            json!({"product_id": id, "quantity": -1}),
            json!({"product_id": id, "quantity": 1_000_000_001}),
            json!({"quantity": 1}),
        ] {
            put(body).await.expect(422);
        }
        let unknown = put(json!({"product_id": product(9)})).await.expect(422);
        assert_eq!(unknown.code(), "UNKNOWN_PRODUCT");
        let archived = put(json!({"product_id": product(2)})).await.expect(422);
        assert_eq!(archived.code(), "PRODUCT_NOT_FOR_SALE");
        put_in(&app, client(1), 1, 1_000_000_000).await.expect(200);
        assert_eq!(put_in(&app, client(1), 1, 1).await.expect(422).code(), "INVALID_QUANTITY");
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "items"), [(1, 1_000_000_000)]);
    }

    async fn quantities_are_set_and_none_takes_the_line_out(app: TestApp) {
        furnish(&app).await;
        let set = |nth: u128, quantity: i64| {
            let body = json!({"quantity": quantity});
            app.put(&item(nth)).as_customer(client(1).uuid()).json(body).send()
        };
        put_in(&app, client(1), 1, 2).await.expect(200);
        put_in(&app, client(1), 2, 2).await.expect(200);
        assert_eq!(lines(&set(1, 7).await.expect(200).json(), "items"), [(1, 7), (2, 2)]);
        assert_eq!(lines(&set(1, 0).await.expect(200).json(), "items"), [(2, 2)]);
        set(2, -1).await.expect(422);
        app.delete("/v1/cart").as_customer(client(1).uuid()).send().await.expect(204);
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "items"), []);
        app.delete("/v1/cart").as_customer(client(1).uuid()).send().await.expect(204);
    }

    async fn changing_a_line_that_is_not_there_is_404_and_the_cart_still_works(app: TestApp) {
        furnish(&app).await;
        let mine = client(1).uuid();
        let refuse = async || {
            for quantity in [0, 3] {
                let body = json!({"quantity": quantity});
                app.put(&item(2)).as_customer(mine).json(body).send().await.expect(404);
            }
            app.delete(&item(2)).as_customer(mine).send().await.expect(404);
            for what in ["save-for-later", "move-to-cart"] {
                let path = format!("{}/{what}", item(2));
                app.post(&path).as_customer(mine).send().await.expect(404);
            }
            let saved = format!("/v1/cart/saved/{}", product(2));
            app.delete(&saved).as_customer(mine).send().await.expect(404);
        };
        refuse().await;
        put_in(&app, client(1), 1, 2).await.expect(200);
        refuse().await;
        app.delete("/v1/cart/items/nonsense").as_customer(mine).send().await.expect(404);
        put_in(&app, client(1), 2, 1).await.expect(200);
        app.delete(&item(1)).as_customer(mine).send().await.expect(204);
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "items"), [(2, 1)]);
    }

    async fn lines_tell_of_new_prices_and_of_what_is_not_sold_any_more(app: TestApp) {
        furnish(&app).await;
        put_in(&app, client(1), 1, 2).await.expect(200);
        put_in(&app, client(1), 2, 1).await.expect(200);
        let before = cart(&app, client(1)).await;
        sells(&app, 1, 2099, 2).await;
        archives(&app, 2, 2).await;
        let after = cart(&app, client(1)).await;
        assert_ne!(before.header("etag"), after.header("etag"), "prices are part of what is seen");
        let after = after.json();
        let (dearer, gone) = (&after["items"][0], &after["items"][1]);
        let flags = (&dearer["price_changed"], &dearer["unavailable"]);
        assert_eq!(flags, (&json!(true), &json!(false)));
        assert_eq!(dearer["unit_price"]["amount"], "20.99");
        assert_eq!(dearer["previous_price"]["amount"], "19.99");
        assert_eq!((&gone["price_changed"], &gone["unavailable"]), (&json!(false), &json!(true)));
        assert_eq!(after["total"]["amount"], "41.98", "what is not sold does not count");
        let body = json!({"quantity": 2});
        let set = app.put(&item(1)).as_customer(client(1).uuid()).json(body);
        let set = set.send().await.expect(200);
        assert_eq!(set.json()["items"][0]["price_changed"], false);
    }

    async fn what_is_saved_for_later_is_kept_and_not_counted(app: TestApp) {
        furnish(&app).await;
        let act = |nth: u128, what: &str| {
            let path = format!("{}/{what}", item(nth));
            app.post(&path).as_customer(client(1).uuid()).send()
        };
        put_in(&app, client(1), 1, 2).await.expect(200);
        put_in(&app, client(1), 2, 1).await.expect(200);
        let saved = act(1, "save-for-later").await.expect(200).json();
        assert_eq!((lines(&saved, "items"), lines(&saved, "saved_for_later")),
            (vec![(2, 1)], vec![(1, 2)]));
        assert_eq!(saved["total"]["amount"], "5.00");
        put_in(&app, client(1), 1, 1).await.expect(200);
        let back = act(1, "move-to-cart").await.expect(200).json();
        assert_eq!(lines(&back, "items"), [(2, 1), (1, 3)]);
        assert_eq!(lines(&back, "saved_for_later"), []);
        act(2, "save-for-later").await.expect(200);
        app.delete("/v1/cart").as_customer(client(1).uuid()).send().await.expect(204);
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "saved_for_later"), [(2, 1)]);
        let path = format!("/v1/cart/saved/{}", product(2));
        app.delete(&path).as_customer(client(1).uuid()).send().await.expect(204);
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "saved_for_later"), []);
    }

    async fn an_edit_of_a_cart_that_has_moved_on_is_refused_when_asked_for(app: TestApp) {
        furnish(&app).await;
        let first = put_in(&app, client(1), 1, 1).await.expect(200);
        put_in(&app, client(1), 1, 1).await.expect(200);
        let late = app.put(&item(1)).as_customer(client(1).uuid()).json(json!({"quantity": 9}))
            .header("if-match", first.header("etag").unwrap());
        late.send().await.expect(412);
        let seen = cart(&app, client(1)).await;
        let tag = seen.header("etag").unwrap();
        let again = app.get("/v1/cart").as_customer(client(1).uuid()).header("if-none-match", tag);
        again.send().await.expect(304);
        let now = app.put(&item(1)).as_customer(client(1).uuid()).json(json!({"quantity": 9}))
            .header("if-match", tag);
        assert_eq!(lines(&now.send().await.expect(200).json(), "items"), [(1, 9)]);
    }

    async fn a_client_who_starts_in_many_tabs_has_one_cart(app: TestApp) {
        furnish(&app).await;
        let mut race = JoinSet::new();
        for nth in 0..20_u128 {
            let app = app.clone();
            race.spawn(async move { put_in(&app, client(1), 1 + nth % 2, 1).await.status });
        }
        assert!(race.join_all().await.iter().all(|status| *status == 200));
        let mut found = lines(&cart(&app, client(1)).await.json(), "items");
        found.sort_unstable();
        assert_eq!(found, [(1, 10), (2, 10)], "nothing was lost");
        let list = app.get("/v1/carts?count=true").as_role(Role::Clerk).send().await.expect(200);
        assert_eq!(list.json()["total"], 1);
    }

    async fn a_cart_lives_thirty_days_from_when_it_was_last_touched(app: TestApp) {
        furnish(&app).await;
        put_in(&app, client(1), 1, 2).await.expect(200);
        let expires = async || cart(&app, client(1)).await.field("expires_at");
        let first = expires().await;
        app.clock_advance(DAY - Duration::from_secs(60));
        assert_eq!(expires().await, first, "a second look on one day writes nothing");
        app.clock_advance(Duration::from_secs(60));
        assert_ne!(expires().await, first);
        for _ in 0..2 {
            app.clock_advance(DAY * 29);
            assert_eq!(lines(&cart(&app, client(1)).await.json(), "items"), [(1, 2)]);
        }
        app.clock_advance(DAY * 30);
        assert_eq!(lines(&cart(&app, client(1)).await.json(), "items"), []);
        let new = put_in(&app, client(1), 2, 1).await.expect(200).json();
        assert_eq!(lines(&new, "items"), [(2, 1)], "what has expired does not come back");
    }

    async fn staff_see_which_carts_hold_a_product_and_managers_what_all_hold(app: TestApp) {
        furnish(&app).await;
        put_in(&app, client(1), 1, 2).await.expect(200);
        put_in(&app, client(2), 1, 1).await.expect(200);
        put_in(&app, client(2), 2, 3).await.expect(200);
        let save = format!("{}/save-for-later", item(1));
        app.post(&save).as_customer(client(2).uuid()).send().await.expect(200);
        let body = json!({"product_id": product(2), "quantity": 1});
        app.post("/v1/cart/items").json(body).send().await.expect(200);

        let list = async |query: &str| {
            let path = format!("/v1/carts?count=true&{query}");
            app.get(&path).as_role(Role::Clerk).send().await.expect(200).json()
        };
        let of_first = list(&format!("product_id={}", product(1))).await;
        assert_eq!(of_first["total"], 2);
        let newest = &of_first["items"][0];
        assert_eq!(newest["client_id"], client(2).to_string());
        assert_eq!((&newest["lines"], &newest["pieces"]), (&json!(1), &json!(3)));
        assert_eq!(newest["value"]["amount"], "15.00");
        assert_eq!(newest["product_quantity"], 0);
        assert_eq!(newest["product_saved_for_later"], 1);
        assert_eq!(of_first["items"][1]["product_quantity"], 2);
        let page = list("limit=2").await;
        assert_eq!((&page["total"], &page["items"][0]["client_id"]), (&json!(3), &Value::Null));
        let rest = list(&format!("limit=2&cursor={}", page["next_cursor"].as_str().unwrap())).await;
        assert_eq!(rest["items"].as_array().unwrap().len(), 1);
        assert_eq!(rest["items"][0]["client_id"], client(1).to_string());
        app.get("/v1/carts?colour=red").as_role(Role::Clerk).send().await.expect(422);
        app.get("/v1/carts").as_customer(client(1).uuid()).send().await.expect(403);

        app.clock_advance(DAY + Duration::from_secs(1));
        put_in(&app, client(1), 1, 1).await.expect(200);
        let summary = app.get("/v1/carts/summary").as_role(Role::Manager).send().await;
        let summary = summary.expect(200).json();
        for (field, value) in [("open_carts", 3), ("guest_carts", 1), ("abandoned_carts", 2),
            ("lines", 3), ("pieces", 7)] {
            assert_eq!(summary[field], value, "{field}");
        }
        assert_eq!(summary["value"]["amount"], "79.97");
        app.get("/v1/carts/summary").as_role(Role::Clerk).send().await.expect(403);
    }
}
