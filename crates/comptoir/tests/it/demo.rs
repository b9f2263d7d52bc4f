//! The demo shop: filled once, and what it prints works when pasted.

use comptoir::demo::{DemoCard, fill};
use comptoir::wiring::{AllSettings, Shop};
use platform::Source;
use platform::config::Settings;
use std::sync::Arc;
use testkit::{Engine, TestDatabase};

async fn demo_on(engine: Engine) {
    let database = TestDatabase::empty(engine).await;
    let mut settings = Settings::for_tests();
    settings.database_url = database.url().to_owned().into();
    settings.data_dir = tempfile::tempdir().unwrap().path().to_owned();
    let settings = AllSettings::load(Arc::new(settings), &|_| None).unwrap();
    let mut shop = Shop::open(settings, Source::system()).await.unwrap();
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
    assert_eq!(shop.verify().await.unwrap(), Vec::new());
    let again = fill(&shop, site, "http://127.0.0.1:8000").await.unwrap();
    assert!(matches!(again, DemoCard::NotEmpty { .. }));
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
