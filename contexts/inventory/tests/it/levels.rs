//! Moving stock by hand: set, adjust, restock, transfer.

use crate::shop::{app, counts, get, level, place, post, product, stock, store};
use crate::stores::limited;
use kernel::{ProductId, StoreId};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

struct Shop {
    a: ProductId,
    b: ProductId,
    here: StoreId,
    there: StoreId,
}

async fn shop(app: &TestApp) -> Shop {
    Shop {
        a: product(app, "A").await,
        b: product(app, "B").await,
        here: store(app, "HERE").await,
        there: store(app, "THERE").await,
    }
}

fn line(product: ProductId, store: StoreId, quantity: i64) -> Value {
    json!({"product_id": product, "store_id": store, "quantity": quantity})
}

/// A line with more fields.
fn with(mut line: Value, more: Value) -> Value {
    if let (Some(line), Value::Object(more)) = (line.as_object_mut(), more) {
        line.extend(more);
    }
    line
}

fn adjustment(product: ProductId, store: StoreId, quantity: i64) -> Value {
    with(line(product, store, quantity), json!({"reason": "counted"}))
}

fn transfer(shop: &Shop, product: ProductId, quantity: i64) -> Value {
    json!({"product_id": product, "source_store_id": shop.here, "target_store_id": shop.there,
        "quantity": quantity})
}

/// The kinds of a product's movements, latest first.
async fn kinds(app: &TestApp, product: ProductId) -> Vec<String> {
    let page = get(
        app,
        &format!("/v1/inventory/movements?product_id={product}"),
    )
    .await;
    let items = page["items"].as_array().expect("a page has items");
    let kind = |item: &Value| {
        item["kind"]
            .as_str()
            .expect("a movement has a kind")
            .to_owned()
    };
    items.iter().map(kind).collect()
}

on_both! {
    async fn a_level_is_set_and_the_difference_is_a_movement(app: TestApp) {
        let shop = shop(&app).await;
        let limits = json!({"min_stock": 3, "max_stock": 8});
        let body = with(line(shop.a, shop.here, 9), limits);
        let level = post(&app, "/v1/inventory", body).await.expect(200).json();
        assert_eq!(level["available"], 9);
        assert_eq!((&level["low"], &level["excess"]), (&json!(false), &json!(true)));
        assert_eq!(level["product"], json!({"sku": "A", "name": "Product A"}));
        assert_eq!(level["store"]["code"], "HERE");
        let three = line(shop.a, shop.here, 3);
        let level = post(&app, "/v1/inventory", three.clone()).await.expect(200).json();
        assert_eq!((&level["low"], &level["min_stock"]), (&json!(true), &json!(3)));
        assert!(level["low_since"].is_string());
        post(&app, "/v1/inventory", three).await.expect(200);
        assert_eq!(kinds(&app, shop.a).await, ["adjust", "receive"]);
        let cleared = with(line(shop.a, shop.here, 3), json!({"min_stock": null}));
        let level = post(&app, "/v1/inventory", cleared).await.expect(200).json();
        assert_eq!((&level["low"], &level["low_since"]), (&json!(false), &Value::Null));
    }

    async fn a_level_is_set_only_from_what_was_expected(app: TestApp) {
        let shop = shop(&app).await;
        let body = with(line(shop.a, shop.here, 5), json!({"expected_on_hand": 0}));
        post(&app, "/v1/inventory", body.clone()).await.expect(200);
        let stale = post(&app, "/v1/inventory", body).await.expect(409);
        assert_eq!(stale.code(), "LEVEL_CHANGED");
        assert_eq!(stale.json()["error"]["details"][0]["field"], "expected_on_hand");
        assert_eq!(counts(&app, shop.a, shop.here).await, (5, 0));
    }

    async fn a_list_of_levels_is_set_whole_or_not_at_all(app: TestApp) {
        let shop = shop(&app).await;
        let both = json!([line(shop.a, shop.here, 5), line(shop.b, shop.here, 6)]);
        let answer = post(&app, "/v1/inventory", both).await.expect(200).json();
        assert_eq!(answer["items"][1]["on_hand"], 6);
        place(&app, Some(shop.here), &[(shop.b, 4)]).await;
        let below = json!([line(shop.a, shop.here, 9), line(shop.b, shop.here, 3)]);
        let refused = post(&app, "/v1/inventory", below).await.expect(409);
        assert_eq!(refused.code(), "INSUFFICIENT_STOCK");
        assert_eq!(refused.json()["error"]["details"][0]["field"], "[1].quantity");
        assert_eq!(counts(&app, shop.a, shop.here).await, (5, 0));
        let twice = json!([line(shop.a, shop.here, 1), line(shop.a, shop.here, 2)]);
        post(&app, "/v1/inventory", twice).await.expect(422);
        let odd = with(line(shop.a, shop.here, 1), json!({"min_stock": 4, "max_stock": 3}));
        post(&app, "/v1/inventory", odd).await.expect(422);
    }

    async fn an_adjustment_needs_a_reason_and_leaves_what_is_reserved(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.a, shop.here, 5).await;
        place(&app, None, &[(shop.a, 3)]).await;
        let path = "/v1/inventory/adjustments";
        post(&app, path, line(shop.a, shop.here, -1)).await.expect(422);
        post(&app, path, adjustment(shop.a, shop.here, 0)).await.expect(422);
        let refused = post(&app, path, adjustment(shop.a, shop.here, -3)).await.expect(409);
        assert_eq!(refused.json()["error"]["details"][0], json!({"field": "quantity",
            "code": "INSUFFICIENT_STOCK", "message": "3 wanted, 2 available"}));
        let body = with(adjustment(shop.a, shop.here, -2), json!({"reference": "sheet 7"}));
        let made = post(&app, path, body).await.expect(201);
        assert_eq!(made.json()["level"]["available"], 0);
        let location = made.header("location").expect("it says where").to_owned();
        let movement = get(&app, &location).await;
        assert_eq!(movement, made.json()["movement"]);
        assert_eq!((&movement["reference"], &movement["on_hand_change"], &movement["quantity"]),
            (&json!("sheet 7"), &json!(-2), &json!(2)));
        assert!(movement["actor"].as_str().is_some_and(|actor| actor.starts_with("user/user_")));
    }

    async fn a_list_of_adjustments_names_every_short_line_and_does_none(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.a, shop.here, 5).await;
        let body = json!([adjustment(shop.a, shop.here, -4), adjustment(shop.a, shop.here, -2),
            adjustment(shop.b, shop.there, -1)]);
        let refused = post(&app, "/v1/inventory/adjustments", body).await.expect(409).json();
        let fields: Vec<_> = refused["error"]["details"].as_array().expect("lines are named")
            .iter().map(|detail| detail["field"].clone()).collect();
        assert_eq!(fields, ["[1].quantity", "[2].quantity"]);
        assert_eq!(counts(&app, shop.a, shop.here).await, (5, 0));
        assert_eq!(level(&app, shop.b, shop.there).await, Value::Null);
        let body = json!([adjustment(shop.a, shop.here, -4), adjustment(shop.a, shop.here, 2)]);
        let made = post(&app, "/v1/inventory/adjustments", body).await.expect(201).json();
        assert_eq!(made["items"][1]["level"]["on_hand"], 3);
    }

    async fn a_supplier_restocks_and_does_nothing_else(app: TestApp) {
        let shop = shop(&app).await;
        let restock = |body: Value| {
            app.post("/v1/inventory/restocks").as_role(Role::Supplier).json(body).send()
        };
        let more = json!({"unit_cost": "4.20", "reference": "PO-1"});
        let made = restock(with(line(shop.a, shop.here, 12), more)).await.expect(201).json();
        assert_eq!(made["movement"]["unit_cost"], json!({"amount": "4.20", "currency": "CAD"}));
        assert_eq!((&made["movement"]["kind"], &made["level"]["on_hand"]),
            (&json!("receive"), &json!(12)));
        let negative = with(line(shop.a, shop.here, 1), json!({"unit_cost": "-1.00"}));
        let refused = restock(json!([negative])).await.expect(422).json();
        assert_eq!(refused["error"]["details"][0]["field"], "[0].unit_cost");
        let body = adjustment(shop.a, shop.here, 1);
        let adjust = app.post("/v1/inventory/adjustments").as_role(Role::Supplier).json(body);
        adjust.send().await.expect(403);
        let level = app.get(&format!("/v1/stores/{}/inventory", shop.here)).as_role(Role::Supplier);
        assert_eq!(level.send().await.expect(200).json()["items"][0]["on_hand"], 12);
    }

    async fn a_transfer_is_two_movements_of_one_transaction(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.a, shop.here, 5).await;
        let made = post(&app, "/v1/inventory/transfers", transfer(&shop, shop.a, 3)).await;
        let made = made.expect(201).json();
        assert_eq!(counts(&app, shop.a, shop.here).await, (2, 0));
        assert_eq!(counts(&app, shop.a, shop.there).await, (3, 0));
        let id = made["id"].as_str().expect("a transfer has an id");
        let page = get(&app, &format!("/v1/inventory/movements?reference={id}")).await;
        let items = page["items"].as_array().expect("a page has items");
        let sides: Vec<_> = items.iter().map(|item| item["kind"].clone()).collect();
        assert_eq!(sides, ["transfer_in", "transfer_out"]);
        assert_eq!(items[0]["reference"], json!(id));
    }

    async fn a_transfer_takes_neither_what_is_reserved_nor_half(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.a, shop.here, 5).await;
        stock(&app, shop.b, shop.here, 5).await;
        place(&app, Some(shop.here), &[(shop.a, 4)]).await;
        let body = json!([transfer(&shop, shop.b, 5), transfer(&shop, shop.a, 2)]);
        let refused = post(&app, "/v1/inventory/transfers", body).await.expect(409).json();
        assert_eq!(refused["error"]["code"], "INSUFFICIENT_STOCK");
        assert_eq!(refused["error"]["details"][0]["field"], "[1].quantity");
        assert_eq!(counts(&app, shop.b, shop.here).await, (5, 0));
        let same = json!({"product_id": shop.a, "source_store_id": shop.here,
            "target_store_id": shop.here, "quantity": 1});
        let refused = post(&app, "/v1/inventory/transfers", same).await.expect(422).json();
        assert_eq!(refused["error"]["details"][0]["code"], "SAME_STORE");
    }

    async fn unknown_products_and_stores_are_named(app: TestApp) {
        let shop = shop(&app).await;
        let nothing = ProductId::from_uuid(app.host().source.uuid());
        let nowhere = StoreId::from_uuid(app.host().source.uuid());
        let body = json!([line(shop.a, shop.here, 1), line(nothing, shop.here, 1)]);
        let refused = post(&app, "/v1/inventory", body).await.expect(422);
        assert_eq!(refused.code(), "UNKNOWN_PRODUCT");
        assert_eq!(refused.json()["error"]["details"][0]["field"], "[1].product_id");
        let refused = post(&app, "/v1/inventory/restocks", line(shop.a, nowhere, 1)).await;
        assert_eq!(refused.expect(422).code(), "UNKNOWN_STORE");
        assert_eq!(level(&app, shop.a, shop.here).await, Value::Null);
    }

    async fn a_deleted_product_is_not_known_any_more(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.b, shop.here, 1).await;
        for product_id in [shop.a, shop.b] {
            app.publish(&contracts::catalog::ProductDeleted { product_id }, 2).await;
        }
        let refused = post(&app, "/v1/inventory", line(shop.a, shop.here, 1)).await.expect(422);
        assert_eq!(refused.code(), "UNKNOWN_PRODUCT");
        let kept = level(&app, shop.b, shop.here).await;
        assert_eq!(kept["product"]["sku"], "B");
    }

    async fn clerks_act_in_their_own_stores_only(app: TestApp) {
        let shop = shop(&app).await;
        stock(&app, shop.a, shop.here, 5).await;
        let clerk = limited(&app, Role::Clerk, shop.here);
        let post = |path: &str, body: Value| app.post(path).as_principal(&clerk).json(body).send();
        post("/v1/inventory", line(shop.a, shop.here, 6)).await.expect(200);
        post("/v1/inventory", line(shop.a, shop.there, 6)).await.expect(403);
        let both = json!([adjustment(shop.a, shop.here, 1), adjustment(shop.a, shop.there, 1)]);
        post("/v1/inventory/adjustments", both).await.expect(403);
        post("/v1/inventory/restocks", line(shop.a, shop.there, 1)).await.expect(403);
        post("/v1/inventory/transfers", transfer(&shop, shop.a, 1)).await.expect(403);
        assert_eq!(counts(&app, shop.a, shop.here).await, (6, 0));
    }

    async fn a_level_has_a_ceiling(app: TestApp) {
        let shop = shop(&app).await;
        let billion = vec![line(shop.a, shop.here, 1_000_000_000); 1000];
        post(&app, "/v1/inventory/restocks", json!(billion)).await.expect(201);
        let more = post(&app, "/v1/inventory/restocks", line(shop.a, shop.here, 1)).await;
        assert_eq!(more.expect(409).code(), "LEVEL_TOO_LARGE");
        let list = vec![line(shop.a, shop.here, 1); 1001];
        post(&app, "/v1/inventory/restocks", json!(list)).await.expect(422);
        post(&app, "/v1/inventory/restocks", json!([])).await.expect(422);
        for wrong in [json!(0), json!(-1), json!(1.5), json!(1_000_000_001), json!("1")] {
            let body = with(line(shop.a, shop.here, 1), json!({"quantity": wrong}));
            post(&app, "/v1/inventory/restocks", body).await.expect(422);
        }
    }

    async fn a_repeated_request_moves_stock_once(app: TestApp) {
        let shop = shop(&app).await;
        let again = || {
            let body = line(shop.a, shop.here, 2);
            app.post("/v1/inventory/restocks").as_role(Role::Clerk).key("k").json(body).send()
        };
        let (first, second) = (again().await.expect(201), again().await.expect(201));
        assert_eq!(first.text(), second.text());
        assert_eq!(counts(&app, shop.a, shop.here).await, (2, 0));
    }
}
