//! The traps that shops fall into, each with a test named after it. Trap 9 (secrets and personal
//! data) has a file of its own, `canaries.rs`; a hundred buyers of the last unit are in `races.rs`;
//! that every command of the documents works is shown by `cargo xtask readme`.

pub use crate::shop::app;

use crate::shop::{Furnished, furnish, level, make, order, place};
use kernel::UserId;
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp, on_both};

const ABSENT: &str = "01j00000000000000000000000";

fn absent(prefix: &str) -> String {
    format!("{prefix}_{ABSENT}")
}

async fn read(app: &TestApp, path: &str) -> Value {
    app.get(path)
        .as_role(Role::Admin)
        .send()
        .await
        .expect(200)
        .json()
}

async fn set_level(app: &TestApp, shop: &Furnished, on_hand: i64, min: Option<i64>) {
    let level = json!({"product_id": shop.products[0], "store_id": shop.store,
        "quantity": on_hand, "min_stock": min});
    let set = app.post("/v1/inventory").as_role(Role::Clerk).json(level);
    set.send().await.expect(200);
}

/// Sends a request that must be refused in one of these ways, and never with a 500.
async fn refused(request: Request, ways: &[u16]) -> Answer {
    let answer = request.as_role(Role::Admin).send().await;
    assert!(
        ways.contains(&answer.status),
        "{} is not {ways:?}: {}",
        answer.status,
        answer.text()
    );
    assert!(
        answer
            .code()
            .chars()
            .all(|c| c.is_ascii_uppercase() || c == '_')
    );
    answer
}

on_both! {
    /// Trap 1.
    async fn more_ordered_than_there_is_is_a_409_and_the_stock_is_unchanged(app: TestApp) {
        let shop = furnish(&app, 2, 3).await;
        let [plenty, scarce] = [&shop.products[0], &shop.products[1]];
        let body = json!({"client_id": shop.client, "items": [
            {"product_id": plenty, "quantity": 3}, {"product_id": scarce, "quantity": 4}]});
        let answer = place(&app, "too-much", &body).await.expect(409);
        assert_eq!(answer.code(), "INSUFFICIENT_STOCK");
        let details = answer.json()["error"]["details"].clone();
        assert_eq!(details.as_array().unwrap().len(), 1, "only the short line is named: {details}");
        assert_eq!(details[0]["field"], "items[1].quantity");
        for product in [plenty, scarce] {
            assert_eq!(level(&app, product).await, (3, 0));
        }
        let movements = read(&app, "/v1/inventory/movements?kind=reserve").await;
        assert_eq!(movements["items"], json!([]));
        let orders = read(&app, "/v1/orders").await;
        assert_eq!(orders["items"], json!([]), "a refused order is stored nowhere");
    }

    /// Trap 4.
    async fn a_write_is_read_back_at_once_or_the_answer_says_how_old_it_is(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        let product = format!("/v1/products/{}", shop.products[0]);
        for price in ["9.50", "9.00", "8.50"] {
            // Read first, so that an old answer would be in every cache there is.
            app.get(&product).send().await.expect(200);
            let patch = app.patch(&product).as_role(Role::Manager).json(json!({"price": price}));
            patch.send().await.expect(200);
            let seen = app.get(&product).send().await.expect(200);
            assert_eq!(seen.json()["price"]["amount"], price);
            assert_eq!(seen.header("age"), Some("0"), "the answer says how old it is");
            let listed = app.get("/v1/products?q=product").send().await.expect(200).json();
            assert_eq!(listed["items"][0]["price"]["amount"], price);
            let prices = read(&app, &format!("{product}/prices")).await;
            assert_eq!(prices["items"][0]["price"]["amount"], price);
            let mut bought = order(&shop.client, &[&shop.products[0]]);
            bought["expected_total"] = json!(price);
            let placed = place(&app, price, &bought).await.expect(201);
            assert_eq!(placed.json()["total"]["amount"], price, "orders charges the same");
            let path = format!("/v1/orders/{}", placed.field("id"));
            assert_eq!(read(&app, &path).await["number"], placed.json()["number"]);
        }
        let listed = read(&app, "/v1/orders?count=true").await;
        assert_eq!(listed["total"], 3);
        assert_eq!(read(&app, &product).await["available"], 2, "three of five are held");
    }

    /// Trap 4, the stock of it.
    async fn a_level_is_the_same_wherever_it_is_read(app: TestApp) {
        let shop = furnish(&app, 1, 5).await;
        let product = format!("/v1/products/{}", shop.products[0]);
        for on_hand in [7, 2, 0, 4] {
            read(&app, &product).await;
            set_level(&app, &shop, on_hand, Some(3)).await;
            assert_eq!(read(&app, &product).await["available"], on_hand);
            assert_eq!(level(&app, &shop.products[0]).await, (on_hand, 0));
            let store = read(&app, &format!("/v1/stores/{}/inventory", shop.store)).await;
            assert_eq!(store["items"][0]["available"], on_hand);
            let alerts = read(&app, "/v1/inventory/alerts").await;
            assert_eq!(alerts["items"].as_array().unwrap().len(), usize::from(on_hand <= 3));
            let in_stock = read(&app, "/v1/products?in_stock=true").await;
            assert_eq!(in_stock["items"].as_array().unwrap().len(), usize::from(on_hand > 0));
            let sum = read(&app, "/v1/inventory/movements?limit=100").await;
            let signed = |movement: &Value| movement["on_hand_change"].as_i64();
            let known: Option<i64> = sum["items"].as_array().unwrap().iter().map(signed).sum();
            if let Some(sum) = known {
                assert_eq!(sum, on_hand, "the ledger adds up to the level");
            }
        }
    }

    /// Trap 6, first third.
    async fn a_duplicate_is_a_409_and_never_a_500(app: TestApp) {
        let shop = furnish(&app, 1, 1).await;
        let product = read(&app, &format!("/v1/products/{}", shop.products[0])).await;
        let category = product["category_id"].clone();
        let person = json!({"name": "Somebody", "email": "Twice@Example.com",
            "password": "correct horse battery staple"});
        app.post("/v1/auth/register").json(person.clone()).send().await.expect(201);
        refused(app.post("/v1/auth/register").json(person.clone()), &[409]).await;
        let mut user = person;
        user["roles"] = json!(["clerk"]);
        refused(app.post("/v1/users").json(user), &[409]).await;
        let again = |path: &str, body: Value| refused(app.post(path).json(body), &[409]);
        let client = json!({"name": "Other", "email": "DEMO@example.com"});
        assert_eq!(again("/v1/clients", client).await.code(), "DUPLICATE_EMAIL");
        let sku = json!({"sku": "SKU-0", "name": "Other", "category_id": category, "price": 1});
        assert_eq!(again("/v1/products", sku).await.code(), "DUPLICATE_SKU");
        again("/v1/categories", json!({"name": "Goods"})).await;
        again("/v1/stores", json!({"code": "MAIN", "name": "Other"})).await;
    }

    /// Trap 6, second third.
    async fn an_unknown_reference_is_a_422_and_never_a_500(app: TestApp) {
        let shop = furnish(&app, 1, 1).await;
        let (client, known) = (&shop.client, &shop.products[0]);
        let unknown = |path: &str, body: Value| refused(app.post(path).json(body), &[404, 422]);
        unknown("/v1/products", json!({"sku": "A", "name": "A", "price": 1,
            "category_id": absent("cat")})).await;
        unknown("/v1/categories", json!({"name": "A", "parent_id": absent("cat")})).await;
        unknown("/v1/employees", json!({"name": "A", "store_id": absent("store")})).await;
        let item = json!([{"product_id": known, "quantity": 1}]);
        let nothing = json!([{"product_id": absent("prod"), "quantity": 1}]);
        for order in [
            json!({"client_id": absent("cli"), "items": item}),
            json!({"client_id": client, "items": nothing}),
            json!({"client_id": client, "items": item, "store_id": absent("store")}),
            json!({"client_id": client, "items": item, "employee_id": absent("emp")}),
        ] {
            let mut draft = order.clone();
            draft["draft"] = json!(true);
            assert!(unknown("/v1/orders", order).await.code().starts_with("UNKNOWN_"));
            assert!(unknown("/v1/orders", draft).await.code().starts_with("UNKNOWN_"));
        }
        for (product, store) in [(known, absent("store")), (&absent("prod"), shop.store.clone())] {
            let at = json!({"product_id": product, "store_id": store, "quantity": 1,
                "reason": "counted"});
            unknown("/v1/inventory", at.clone()).await;
            unknown("/v1/inventory/restocks", at.clone()).await;
            unknown("/v1/inventory/adjustments", at).await;
            unknown("/v1/inventory/transfers", json!({"product_id": product, "quantity": 1,
                "source_store_id": shop.store, "target_store_id": store})).await;
        }
    }

    /// Trap 6, last third.
    async fn what_history_refers_to_is_kept_and_nothing_cascades(app: TestApp) {
        let shop = furnish(&app, 1, 2).await;
        let employee = make(&app, "/v1/employees", json!({"name": "Seller"})).await;
        let mut body = order(&shop.client, &[&shop.products[0]]);
        body["employee_id"] = json!(employee);
        let placed = place(&app, "one", &body).await.expect(201);
        let path = format!("/v1/orders/{}", placed.field("id"));
        let before = read(&app, &path).await;
        let product = format!("/v1/products/{}", shop.products[0]);
        let category = read(&app, &product).await["category_id"].as_str().unwrap().to_owned();

        refused(app.delete(&format!("/v1/categories/{category}")), &[409]).await;
        refused(app.delete(&format!("/v1/stores/{}", shop.store)), &[409]).await;
        refused(app.delete(&path), &[409]).await;
        for gone in [product.clone(), format!("/v1/clients/{}", shop.client),
            format!("/v1/employees/{employee}")] {
            app.delete(&gone).as_role(Role::Admin).send().await.expect(204);
            let kept = read(&app, &gone).await;
            let archived = kept["archived"] == true || kept["status"] == "archived";
            assert!(archived, "kept for history: {kept}");
        }
        assert_eq!(read(&app, &path).await, before, "the order is what it was");
        app.post(&format!("{path}/cancel")).as_role(Role::Clerk).json(json!({})).send().await
            .expect(200);
        assert_eq!(level(&app, &shop.products[0]).await, (2, 0), "and can still be cancelled");
    }

    /// Trap 7.
    async fn an_illegal_status_change_is_a_409_naming_the_allowed_ones(app: TestApp) {
        let shop = furnish(&app, 1, 2).await;
        let placed = place(&app, "one", &order(&shop.client, &[&shop.products[0]])).await;
        let path = format!("/v1/orders/{}", placed.expect(201).field("id"));
        let illegal = |request: Request, from: &'static str, to: &'static str| async move {
            let answer = refused(request, &[409]).await;
            assert_eq!(answer.code(), "ILLEGAL_TRANSITION");
            let message = answer.json()["error"]["message"].as_str().unwrap().to_owned();
            assert!(message.contains(from) && message.contains(to), "{message}");
            message
        };
        let confirmed = "cancelled, delivered, shipped";
        let back = app.post(&format!("{path}/return")).json(json!({}));
        assert!(illegal(back, "confirmed", "returned").await.contains(confirmed));
        let again = app.post(&format!("{path}/place")).json(json!({}));
        assert!(illegal(again, "confirmed", "pending").await.contains(confirmed));
        illegal(app.patch(&path).json(json!({"note": "x"})), "confirmed", "draft").await;
        illegal(app.delete(&path), "confirmed", "deleted").await;
        let cancel = || app.post(&format!("{path}/cancel")).json(json!({}));
        cancel().as_role(Role::Clerk).send().await.expect(200);
        assert!(illegal(cancel(), "cancelled", "cancelled").await.contains("allowed: nothing"));
        assert_eq!(level(&app, &shop.products[0]).await, (2, 0), "given back once");
    }

    /// Trap 8; every other combination is in the matrix.
    async fn no_token_is_401_anothers_order_404_and_a_supplier_writing_403(app: TestApp) {
        let shop = furnish(&app, 1, 2).await;
        let body = order(&shop.client, &[&shop.products[0]]);
        app.post("/v1/orders").json(body.clone()).send().await.expect(401);
        app.get("/v1/orders").send().await.expect(401);
        let placed = place(&app, "one", &body).await.expect(201).field("id");
        let other = json!({"name": "Other", "email": "other@example.com",
            "password": "correct horse battery staple"});
        let other = app.post("/v1/auth/register").json(other).send().await.expect(201);
        let other: UserId = other.field("id").parse().unwrap();
        let path = format!("/v1/orders/{placed}");
        app.get(&path).as_customer(other.uuid()).send().await.expect(404);
        let cancel = app.post(&format!("{path}/cancel")).json(json!({}));
        cancel.as_customer(other.uuid()).send().await.expect(404);
        for path in ["/v1/orders", "/v1/products", "/v1/stores", "/v1/inventory"] {
            let write = app.post(path).as_role(Role::Supplier).json(body.clone());
            write.send().await.expect(403);
        }
        assert_eq!(level(&app, &shop.products[0]).await, (2, 1));
    }
}
