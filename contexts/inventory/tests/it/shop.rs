//! A small shop for the tests: products the catalogue told of, stores, goods.

use contracts::catalog::ProductChanged;
use contracts::orders::{OrderCancelled, OrderPlaced, OrderReturned, PlacedItem};
use contracts::shipments::{ShipmentDispatched, ShippedItem};
use kernel::{CategoryId, ClientId, OrderId, ProductId, ShipmentId, StoreId};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, TestApp};

pub fn app(host: &Host) -> Vec<Module> {
    vec![inventory::module(host)]
}

/// A product, as the catalogue tells of it.
pub async fn product(app: &TestApp, sku: &str) -> ProductId {
    let product_id = app.host().source.id();
    let event = ProductChanged {
        product_id,
        sku: sku.to_owned(),
        name: format!("Product {sku}"),
        category_id: CategoryId::from_uuid(app.host().source.uuid()),
        group_id: None,
        price_minor: 999,
        currency: "CAD".to_owned(),
        status: "active".to_owned(),
    };
    app.publish(&event, 1).await;
    product_id
}

pub async fn products(app: &TestApp, count: usize) -> Vec<ProductId> {
    let mut all = Vec::with_capacity(count);
    for nth in 0..count {
        all.push(product(app, &format!("SKU-{nth}")).await);
    }
    all
}

pub async fn store(app: &TestApp, code: &str) -> StoreId {
    let body = json!({"code": code, "name": format!("Store {code}")});
    let answer = app
        .post("/v1/stores")
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await;
    answer
        .expect(201)
        .field("id")
        .parse()
        .expect("a store has a store's id")
}

/// Says what is on hand.
pub async fn stock(app: &TestApp, product: ProductId, store: StoreId, pieces: i64) {
    let body = json!({"product_id": product, "store_id": store, "quantity": pieces});
    post(app, "/v1/inventory", body).await.expect(200);
}

/// As a clerk.
pub async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.post(path).as_role(Role::Clerk).json(body).send().await
}

/// As a clerk.
pub async fn get(app: &TestApp, path: &str) -> Value {
    app.get(path)
        .as_role(Role::Clerk)
        .send()
        .await
        .expect(200)
        .json()
}

/// The level of a product in a store, or null.
pub async fn level(app: &TestApp, product: ProductId, store: StoreId) -> Value {
    let page = get(app, &format!("/v1/products/{product}/inventory?limit=100")).await;
    let items = page["items"].as_array().expect("a page has items");
    let found = items.iter().find(|level| level["store_id"] == json!(store));
    found.cloned().unwrap_or(Value::Null)
}

/// On hand and reserved.
pub async fn counts(app: &TestApp, product: ProductId, store: StoreId) -> (i64, i64) {
    let level = level(app, product, store).await;
    let count = |field: &str| level[field].as_i64().expect("a level counts");
    (count("on_hand"), count("reserved"))
}

pub fn order(app: &TestApp) -> OrderId {
    app.host().source.id()
}

/// A placed order of (product, pieces).
pub fn placed(
    app: &TestApp,
    order_id: OrderId,
    store_id: Option<StoreId>,
    lines: &[(ProductId, i64)],
) -> OrderPlaced {
    OrderPlaced {
        order_id,
        number: "ORD-2026-000001".to_owned(),
        client_id: ClientId::from_uuid(app.host().source.uuid()),
        store_id,
        items: items(lines),
        total_minor: 999,
        currency: "CAD".to_owned(),
        payment_method: "cash".to_owned(),
        employee_id: None,
        country: None,
    }
}

pub fn items(lines: &[(ProductId, i64)]) -> Vec<PlacedItem> {
    let item = |&(product_id, quantity): &(ProductId, i64)| PlacedItem {
        product_id,
        quantity,
        unit_price_minor: 999,
    };
    lines.iter().map(item).collect()
}

/// Places an order and settles.
pub async fn place(app: &TestApp, store: Option<StoreId>, lines: &[(ProductId, i64)]) -> OrderId {
    let order = order(app);
    app.publish(&placed(app, order, store, lines), 1).await;
    order
}

pub async fn cancel(app: &TestApp, order_id: OrderId) {
    let reason = "requested".to_owned();
    app.publish(&OrderCancelled { order_id, reason }, 2).await;
}

/// A parcel of (product, pieces) that leaves `store`.
pub fn parcel(
    app: &TestApp,
    order_id: OrderId,
    store_id: StoreId,
    lines: &[(ProductId, i64)],
) -> ShipmentDispatched {
    let item = |&(product_id, quantity): &(ProductId, i64)| ShippedItem {
        product_id,
        quantity,
    };
    ShipmentDispatched {
        shipment_id: app.host().source.id(),
        order_id,
        store_id,
        items: lines.iter().map(item).collect(),
        carrier: None,
        tracking_number: None,
    }
}

/// Sends a parcel off and settles.
pub async fn ship(
    app: &TestApp,
    order: OrderId,
    store: StoreId,
    lines: &[(ProductId, i64)],
) -> ShipmentId {
    let event = parcel(app, order, store, lines);
    app.publish(&event, 2).await;
    event.shipment_id
}

pub async fn give_back(
    app: &TestApp,
    order_id: OrderId,
    store_id: Option<StoreId>,
    lines: &[(ProductId, i64)],
    version: i64,
) {
    let (items, restock) = (items(lines), true);
    app.publish(
        &OrderReturned {
            order_id,
            store_id,
            items,
            restock,
            returned_at: None,
        },
        version,
    )
    .await;
}

/// Events of one type about an aggregate: versions and data.
pub async fn told(app: &TestApp, aggregate: &str, id: uuid::Uuid) -> Vec<(String, i64, Value)> {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let events = platform::events::read_aggregate(&mut tx, aggregate, id).await;
    let told = |event: platform::events::Logged| {
        let data = serde_json::from_str(&event.data).expect("events are JSON");
        let kind = event
            .kind
            .trim_start_matches("comptoir.inventory.")
            .to_owned();
        (kind, event.version, data)
    };
    events
        .expect("events can be read")
        .into_iter()
        .map(told)
        .collect()
}

/// What inventory answered to an order: `stock-reserved.v1` and so on.
pub async fn answers(app: &TestApp, order: OrderId) -> Vec<(String, i64)> {
    let told = told(app, "reservation", order.uuid()).await;
    told.into_iter()
        .map(|(kind, version, _)| (kind, version))
        .collect()
}

pub fn reserved() -> (String, i64) {
    ("stock-reserved.v1".to_owned(), 1)
}

pub fn refused() -> (String, i64) {
    ("stock-refused.v1".to_owned(), 1)
}

pub fn released() -> (String, i64) {
    ("stock-released.v1".to_owned(), 2)
}
