//! The demo shop: filled once, and what it prints works when pasted.

use crate::documents::asyncapi_faults;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Request, header};
use comptoir::demo::{DemoCard, fill};
use comptoir::wiring::{AllSettings, Shop};
use platform::Source;
use platform::config::{Environment, Settings};
use platform::events::{CloudEvent, read_after};
use platform::http::Site;
use serde_json::Value;
use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use testkit::{Engine, TestDatabase};
use tower::ServiceExt as _;

/// Where a sale stands: the order, its money, its parcels.
const STAGES: [[&str; 3]; 5] = [
    ["confirmed", "paid", "unfulfilled"],
    ["shipped", "paid", "fulfilled"],
    ["delivered", "paid", "fulfilled"],
    ["cancelled", "refunded", "unfulfilled"],
    ["cancelled", "failed", "unfulfilled"],
];

/// What the key on the card reads.
async fn read(site: &Site, key: &str, path: &str) -> Value {
    let request = Request::get(path)
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))))
        .body(Body::empty())
        .unwrap();
    let answer = site.clone().oneshot(request).await.unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let body = to_bytes(answer.into_body(), 1 << 20).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

fn items(page: &Value) -> &[Value] {
    page["items"].as_array().unwrap()
}

/// Open carts, and a sale by card at every stage, whatever came of it.
async fn the_whole_loop_is_there(site: &Site, key: &str) {
    let carts = read(site, key, "/v1/carts").await;
    assert_eq!(items(&carts).len(), 3);
    assert!(
        items(&carts)
            .iter()
            .all(|cart| cart["client_id"].is_string())
    );
    let mut seen = HashSet::new();
    for payment in items(&read(site, key, "/v1/payments?method=sandbox").await) {
        let order = payment["order_id"].as_str().unwrap();
        let path = format!("/v1/orders/{order}/tracking");
        let order = read(site, key, &path).await;
        let word = |name: &str| order[name].as_str().unwrap().to_owned();
        seen.insert(["status", "payment_status", "fulfilment_status"].map(word));
    }
    let stages = STAGES.map(|stage| stage.map(str::to_owned));
    assert_eq!(seen, HashSet::from(stages));
}

/// Everything that was told until now looks as the AsyncAPI document says.
async fn every_event_is_as_described(shop: &Shop) {
    let document = comptoir::asyncapi::document();
    let mut tx = shop.host().db.read().await.unwrap();
    let events = read_after(&mut tx, 0, i64::MAX).await.unwrap();
    let mut kinds = HashSet::new();
    for event in events {
        let event = CloudEvent::of(event, Environment::Development).unwrap();
        let event = serde_json::to_value(event).unwrap();
        let faults = asyncapi_faults(&document, &event);
        assert!(faults.is_empty(), "{faults:?} in {event}");
        kinds.insert(event["type"].to_string());
    }
    assert!(kinds.len() > 10, "the demo tells more than {kinds:?}");
}

async fn demo_on(engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let mut settings = Settings::for_tests();
    settings.database_url = database.url().to_owned().into();
    settings.data_dir = tempfile::tempdir().unwrap().path().to_owned();
    let settings = AllSettings::beside(Arc::new(settings), &|_| None).unwrap();
    let mut shop = Shop::open(settings, Source::system()).await.unwrap();
    let workers = shop.start_workers();
    let site = shop.site();
    let card = fill(&shop, site.clone(), "http://127.0.0.1:8000").await;
    let DemoCard::Filled(card) = card.unwrap() else {
        panic!("the shop was empty")
    };
    let curl = card.to_string();
    for part in [
        "/docs",
        &card.password,
        "Idempotency-Key",
        &card.client,
        &card.product,
    ] {
        assert!(curl.contains(part), "{part} is not in {curl}");
    }
    the_whole_loop_is_there(&site, &card.key).await;
    every_event_is_as_described(&shop).await;
    assert_eq!(shop.verify().await.unwrap(), Vec::new());
    let again = fill(&shop, site, "http://127.0.0.1:8000").await.unwrap();
    assert!(matches!(again, DemoCard::NotEmpty { .. }));
    drop(workers);
    shop.host().db.close().await;
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_shop_is_filled_once_on_sqlite() {
    demo_on(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_shop_is_filled_once_on_postgres() {
    demo_on(Engine::Postgres).await;
}
