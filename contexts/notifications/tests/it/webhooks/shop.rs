//! A shop whose events are published by hand, and endpoints that want them.

use contracts::orders::{OrderCancelled, OrderConfirmed, OrderPlaced};
use kernel::{OrderId, StoreId};
use notifications::webhook::{Reach, Webhooks};
use notifications::{Mail, Notifications, Settings, Sms};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use testkit::{Answer, TestApp};

/// The webhooks of each app, found by the settings of its host, which no two apps share.
static SHOPS: LazyLock<Mutex<HashMap<usize, Webhooks>>> = LazyLock::new(Mutex::default);

pub const DAY: Duration = Duration::from_secs(24 * 3600);

/// Notifications that reach this machine and write to nobody.
fn open(host: &Host, patience: Duration) -> Notifications {
    let mut settings = Settings::for_tests("nowhere".into());
    (settings.mail, settings.sms) = (Mail::Off, Sms::Off);
    settings.webhooks.reach = Reach::PublicAndLoopback;
    settings.webhooks.patience = patience;
    Notifications::new(host, settings).expect("it opens")
}

pub fn app(host: &Host) -> Vec<Module> {
    let notifications = open(host, Duration::from_secs(2));
    let place = Arc::as_ptr(&host.settings) as usize;
    let mut shops = SHOPS.lock().expect("nobody panics here");
    shops.insert(place, notifications.webhooks().clone());
    vec![notifications.module()]
}

pub fn webhooks(app: &TestApp) -> Webhooks {
    let place = Arc::as_ptr(&app.host().settings) as usize;
    SHOPS.lock().expect("nobody panics here")[&place].clone()
}

/// Another process over the same database, which waits longer than any test.
pub fn another(app: &TestApp) -> Webhooks {
    let notifications = open(app.host(), Duration::from_secs(60));
    notifications.webhooks().clone()
}

/// An endpoint and its secret.
pub struct Endpoint {
    pub path: String,
    pub secret: String,
}

pub async fn endpoint(app: &TestApp, url: &str, types: &[&str]) -> Endpoint {
    let made = post(
        app,
        "/v1/webhook-endpoints",
        json!({"url": url, "event_types": types}),
    )
    .await;
    let made = made.expect(201);
    let path = made
        .header("location")
        .expect("it says where it is")
        .to_owned();
    let secret = made.field("secret");
    Endpoint { path, secret }
}

pub async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.post(path).as_role(Role::Admin).json(body).send().await
}

pub async fn get(app: &TestApp, path: &str) -> Value {
    let answer = app.get(path).as_role(Role::Admin).send().await;
    answer.expect(200).json()
}

pub async fn patch(app: &TestApp, path: &str, body: Value) -> Answer {
    app.patch(path).as_role(Role::Admin).json(body).send().await
}

/// Deliveries of an endpoint, the oldest first.
pub async fn deliveries(app: &TestApp, endpoint: &Endpoint, query: &str) -> Vec<Value> {
    let page = get(
        app,
        &format!("{}/deliveries?limit=100&{query}", endpoint.path),
    )
    .await;
    let mut items = page["items"].as_array().expect("a page has items").clone();
    items.reverse();
    items
}

/// What the only delivery of an endpoint is like, with its log.
pub async fn delivery(app: &TestApp, endpoint: &Endpoint) -> Value {
    let all = deliveries(app, endpoint, "").await;
    assert_eq!(all.len(), 1, "{all:?}");
    let id = all[0]["id"].as_str().expect("an id");
    get(app, &format!("/v1/webhook-endpoints/deliveries/{id}")).await
}

/// Publishes that an order was placed.
pub async fn place(app: &TestApp) -> OrderId {
    let order_id = app.host().source.id();
    let placed = OrderPlaced {
        order_id,
        number: "ORD-2026-000042".to_owned(),
        client_id: app.host().source.id(),
        store_id: None,
        items: Vec::new(),
        total_minor: 999,
        currency: "CAD".to_owned(),
        payment_method: "invoice".to_owned(),
        employee_id: None,
        country: None,
    };
    app.publish(&placed, 1).await;
    order_id
}

pub async fn confirm(app: &TestApp, order_id: OrderId) {
    let store_id: StoreId = app.host().source.id();
    app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
}

pub async fn cancel(app: &TestApp, order_id: OrderId) {
    let reason = "requested".to_owned();
    app.publish(&OrderCancelled { order_id, reason }, 3).await;
}

/// Sends everything that is due.
pub async fn deliver(app: &TestApp) {
    app.settle().await;
    webhooks(app).deliver_due().await.expect("it is delivered");
}

/// Runs a statement past every guard.
pub async fn by_hand(app: &TestApp, sql: &'static str) {
    let mut tx = app.host().db.begin().await.expect("the database answers");
    tx.query(sql).execute().await.expect("it is done");
    tx.commit().await.expect("it is done");
}
