//! A small shop around orders: what other contexts have told it.

use contracts::catalog::ProductChanged;
use contracts::inventory::{ShortLine, StockRefused, StockReserved, StoreChanged};
use contracts::people::ClientChanged;
use kernel::{CategoryId, ClientId, OrderId, ProductId, StoreId};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, TestApp};
use uuid::Uuid;

pub fn app(host: &Host) -> Vec<Module> {
    vec![orders::module(
        host,
        orders::Offered::usual(host.settings.environment),
        Default::default(),
    )]
}

/// A product by a small number.
pub fn product(nth: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(0x1000 + nth))
}

pub fn client(nth: u128) -> ClientId {
    ClientId::from_uuid(Uuid::from_u128(0x2000 + nth))
}

pub fn store() -> StoreId {
    StoreId::from_uuid(Uuid::from_u128(0x3000))
}

/// Tells orders of a product at this price.
pub async fn sells(app: &TestApp, nth: u128, price_minor: i64, version: i64) {
    tell(app, nth, (&format!("Product {nth}"), price_minor), version).await;
}

/// Tells orders that a product has another name now.
pub async fn sells_as(app: &TestApp, nth: u128, name: &str) {
    tell(app, nth, (name, 500), 2).await;
}

async fn tell(app: &TestApp, nth: u128, (name, price_minor): (&str, i64), version: i64) {
    change(app, nth, (name, price_minor, "active"), version).await;
}

/// Tells orders that a product is not sold any more.
pub async fn archives(app: &TestApp, nth: u128, version: i64) {
    change(
        app,
        nth,
        (&format!("Product {nth}"), 1, "archived"),
        version,
    )
    .await;
}

async fn change(
    app: &TestApp,
    nth: u128,
    (name, price_minor, status): (&str, i64, &str),
    version: i64,
) {
    let product_id = product(nth);
    let event = ProductChanged {
        product_id,
        sku: format!("SKU-{nth}"),
        name: name.to_owned(),
        category_id: CategoryId::from_uuid(Uuid::from_u128(9)),
        group_id: None,
        price_minor,
        currency: "CAD".to_owned(),
        status: status.to_owned(),
    };
    app.publish(&event, version).await;
}

/// Two products, two clients, one store.
pub async fn furnish(app: &TestApp) {
    sells(app, 1, 1999, 1).await;
    sells(app, 2, 500, 1).await;
    for nth in [1, 2] {
        let event = ClientChanged {
            client_id: client(nth),
            archived: false,
            erased: false,
            sealed_contact: None,
        };
        app.publish(&event, 1).await;
    }
    let (code, name, kind) = ("MAIN".to_owned(), "Main".to_owned(), "store".to_owned());
    app.publish(
        &StoreChanged {
            store_id: store(),
            code,
            name,
            kind,
            archived: false,
        },
        1,
    )
    .await;
}

pub fn two_mugs() -> Value {
    json!({
        "client_id": client(1).to_string(),
        "items": [
            {"product_id": product(1).to_string(), "quantity": 2},
            {"product_id": product(2).to_string(), "quantity": 1},
        ],
        "payment": {"method": "invoice"},
    })
}

/// Places as staff; inventory being elsewhere, the answer is 202 unless it speaks meanwhile.
pub async fn place(app: &TestApp, body: Value) -> Answer {
    app.post("/v1/orders")
        .as_role(Role::Clerk)
        .json(body)
        .send()
        .await
}

/// A draft, as staff.
pub async fn draft(app: &TestApp) -> Answer {
    let mut body = two_mugs();
    body["draft"] = json!(true);
    place(app, body).await.expect(201)
}

pub fn order_id(answer: &Answer) -> OrderId {
    answer.field("id").parse().unwrap()
}

/// Inventory holds everything for the order.
pub async fn reserve(app: &TestApp, order_id: OrderId) {
    app.publish(
        &StockReserved {
            order_id,
            store_id: store(),
        },
        1,
    )
    .await;
}

/// Inventory has one mug only.
pub async fn refuse(app: &TestApp, order_id: OrderId) {
    let short = vec![ShortLine {
        product_id: product(1),
        wanted: 2,
        available: 1,
    }];
    app.publish(&StockRefused { order_id, short }, 1).await;
}

pub async fn read(app: &TestApp, id: OrderId) -> Value {
    app.get(&format!("/v1/orders/{id}"))
        .as_role(Role::Clerk)
        .send()
        .await
        .expect(200)
        .json()
}
