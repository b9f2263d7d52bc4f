//! A small shop for the tests: orders that other contexts tell of, a sandbox that pays.

use contracts::inventory::StockReserved;
use contracts::orders::{OrderCancelled, OrderConfirmed, OrderPlaced};
use kernel::{ClientId, OrderId, PaymentId, StoreId};
use payments::provider::sandbox::Switches;
use payments::{Payments, Settings};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use testkit::TestApp;
use uuid::Uuid;

/// The payments of each app, found by the settings of its host, which no two apps share.
static SHOPS: LazyLock<Mutex<HashMap<usize, Payments>>> = LazyLock::new(Mutex::default);

pub fn app(host: &Host) -> Vec<Module> {
    open(host, Switches::default())
}

/// Payments with a sandbox that behaves like this.
pub fn open(host: &Host, switches: Switches) -> Vec<Module> {
    open_with(host, Settings::for_tests(switches))
}

/// Payments with these settings.
pub fn open_with(host: &Host, settings: Settings) -> Vec<Module> {
    let payments = Payments::new(host, settings).expect("it opens");
    let module = payments.module();
    let place = Arc::as_ptr(&host.settings) as usize;
    SHOPS
        .lock()
        .expect("nobody panics here")
        .insert(place, payments);
    vec![module]
}

/// The payments of an app.
pub fn payments(app: &TestApp) -> Payments {
    let place = Arc::as_ptr(&app.host().settings) as usize;
    SHOPS.lock().expect("nobody panics here")[&place].clone()
}

/// Makes every call that is due.
pub async fn work(app: &TestApp) {
    payments(app).make_calls().await.expect("calls are made");
}

pub fn store() -> StoreId {
    StoreId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_5707))
}

pub fn client() -> ClientId {
    ClientId::from_uuid(Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_c11e))
}

pub fn placed(order_id: OrderId, method: &str, total_minor: i64) -> OrderPlaced {
    OrderPlaced {
        order_id,
        number: format!("ORD-2026-{:06}", order_id.uuid().as_u128() % 1_000_000),
        client_id: client(),
        store_id: Some(store()),
        items: Vec::new(),
        total_minor,
        currency: "CAD".to_owned(),
        payment_method: method.to_owned(),
        employee_id: None,
        country: None,
    }
}

/// An order that holds its stock.
pub async fn place(app: &TestApp, method: &str, total_minor: i64) -> OrderId {
    let order = app.host().source.id();
    app.publish(&placed(order, method, total_minor), 1).await;
    reserve(app, order).await;
    order
}

pub async fn reserve(app: &TestApp, order_id: OrderId) {
    let store_id = store();
    app.publish(&StockReserved { order_id, store_id }, 1).await;
}

pub async fn confirm(app: &TestApp, order_id: OrderId) {
    let store_id = store();
    app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
}

pub async fn cancel(app: &TestApp, order_id: OrderId) {
    let reason = "requested".to_owned();
    app.publish(&OrderCancelled { order_id, reason }, 3).await;
}

/// An order whose money was taken.
pub async fn paid(app: &TestApp, total_minor: i64) -> (OrderId, PaymentId) {
    let order = place(app, "sandbox", total_minor).await;
    work(app).await;
    confirm(app, order).await;
    work(app).await;
    (order, the_payment(app, order).await)
}

/// The payments of an order, as staff see them.
pub async fn payments_of(app: &TestApp, order: OrderId) -> Vec<Value> {
    let path = format!("/v1/orders/{order}/payments");
    let answer = app.get(&path).as_role(Role::Clerk).send().await.expect(200);
    answer.json()["items"].as_array().expect("a list").clone()
}

/// The only payment of an order.
pub async fn the_payment(app: &TestApp, order: OrderId) -> PaymentId {
    let all = payments_of(app, order).await;
    assert_eq!(all.len(), 1, "{all:?}");
    all[0]["id"]
        .as_str()
        .expect("an id")
        .parse()
        .expect("a payment's")
}

/// A payment as staff see it.
pub async fn read(app: &TestApp, payment: PaymentId) -> Value {
    let path = format!("/v1/payments/{payment}");
    let answer = app.get(&path).as_role(Role::Clerk).send().await;
    answer.expect(200).json()
}

/// The status of the only payment of an order.
pub async fn status(app: &TestApp, order: OrderId) -> String {
    let payment = the_payment(app, order).await;
    text(&read(app, payment).await["status"])
}

/// Authorised, captured and refunded.
pub async fn sums(app: &TestApp, payment: PaymentId) -> [String; 3] {
    let view = read(app, payment).await;
    ["authorized", "captured", "refunded"].map(|sum| text(&view[sum]["amount"]))
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// What was told of a payment: `payment-authorized.v1` and so on, in order.
pub async fn told(app: &TestApp, payment: PaymentId) -> Vec<String> {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let events = platform::events::read_aggregate(&mut tx, "payment", payment.uuid()).await;
    let name = |event: platform::events::Logged| {
        let kind = event.kind.trim_start_matches("comptoir.payments.payment-");
        kind.trim_end_matches(".v1").to_owned()
    };
    events
        .expect("events can be read")
        .into_iter()
        .map(name)
        .collect()
}

/// The payment that an order's news are about, from the log.
pub async fn told_of_order(app: &TestApp, order: OrderId) -> Vec<String> {
    told(app, the_payment(app, order).await).await
}

/// Refunds, as a manager; no amount: all that is left.
pub async fn refund(app: &TestApp, payment: PaymentId, amount: &str) -> testkit::Answer {
    let body = serde_json::json!({"amount": amount, "reason": "scratched"});
    let path = format!("/v1/payments/{payment}/refunds");
    app.post(&path)
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await
}

/// A number that SQL answers.
pub async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let row = tx.query(sql).fetch_one().await.expect("it is counted");
    row.get("n").expect("a number")
}

/// What the database says to a statement that nobody should be able to run.
pub async fn refused(app: &TestApp, sql: &'static str) -> String {
    let mut tx = app.host().db.begin().await.expect("the database answers");
    let done = tx.query(sql).execute().await;
    done.map(|_| String::new())
        .unwrap_or_else(|error| error.to_string())
}
