//! A shop furnished through its own API.

use comptoir::wiring::modules;
use notifications::Notifications;
use payments::provider::sandbox::Switches;
use payments::{Payments, Settings};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use testkit::{Answer, TestApp};

/// The payments of each app, found by the settings of its host, which no two apps share.
static PAYMENTS: LazyLock<Mutex<HashMap<usize, Payments>>> = LazyLock::new(Mutex::default);

pub fn app(host: &Host) -> Vec<Module> {
    open(host, Switches::default())
}

/// The whole shop, with a sandbox that behaves like this.
pub fn open(host: &Host, switches: Switches) -> Vec<Module> {
    let payments = Payments::new(host, Settings::for_tests(switches)).unwrap();
    let outbox = host.settings.data_dir.join("outbox");
    let told = notifications::Settings::for_tests(outbox);
    let notifications = Notifications::new(host, told).unwrap();
    let modules = modules(host, &payments, &notifications);
    let place = Arc::as_ptr(&host.settings) as usize;
    PAYMENTS.lock().unwrap().insert(place, payments);
    modules
}

/// The payments of an app, whose calls tests make themselves.
pub fn payments(app: &TestApp) -> Payments {
    let place = Arc::as_ptr(&app.host().settings) as usize;
    PAYMENTS.lock().unwrap()[&place].clone()
}

/// Posts as an administrator and expects a new resource; answers its id.
pub async fn make(app: &TestApp, path: &str, body: Value) -> String {
    app.post(path)
        .as_role(Role::Admin)
        .json(body)
        .send()
        .await
        .expect(201)
        .field("id")
}

/// What a race needs: a client, a store, and products with stock.
pub struct Furnished {
    pub client: String,
    pub store: String,
    pub products: Vec<String>,
}

/// `products` products at 9.99 each, `on_hand` pieces of each in one store.
pub async fn furnish(app: &TestApp, products: usize, on_hand: i64) -> Furnished {
    let category = make(app, "/v1/categories", json!({"name": "Goods"})).await;
    let store = make(
        app,
        "/v1/stores",
        json!({"code": "MAIN", "name": "Main", "kind": "store"}),
    )
    .await;
    let client = make(
        app,
        "/v1/clients",
        json!({"name": "Demo Client", "email": "demo@example.com"}),
    )
    .await;
    let mut made = Vec::new();
    for nth in 0..products {
        let product = json!({"sku": format!("SKU-{nth}"), "name": format!("Product {nth}"),
            "category_id": category, "price": "9.99", "status": "active"});
        let id = make(app, "/v1/products", product).await;
        let level = json!({"product_id": id, "store_id": store, "quantity": on_hand});
        let set = app
            .post("/v1/inventory")
            .as_role(Role::Clerk)
            .json(level)
            .send()
            .await;
        assert!(set.status < 300, "{}", set.text());
        made.push(id);
    }
    Furnished {
        client,
        store,
        products: made,
    }
}

/// An order of one piece of each of these products.
pub fn order(client: &str, products: &[&str]) -> Value {
    let item = |id: &&str| json!({"product_id": id, "quantity": 1});
    json!({"client_id": client, "items": products.iter().map(item).collect::<Vec<_>>(),
        "payment": {"method": "invoice"}})
}

pub async fn place(app: &TestApp, key: &str, body: &Value) -> Answer {
    app.post("/v1/orders")
        .as_role(Role::Clerk)
        .key(key)
        .json(body.clone())
        .send()
        .await
}

/// On hand and reserved of a product in its one store.
pub async fn level(app: &TestApp, product: &str) -> (i64, i64) {
    let path = format!("/v1/products/{product}/inventory");
    let page = app
        .get(&path)
        .as_role(Role::Clerk)
        .send()
        .await
        .expect(200)
        .json();
    let number = |name: &str| page["items"][0][name].as_i64().unwrap();
    (number("on_hand"), number("reserved"))
}
