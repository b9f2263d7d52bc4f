//! What the catalogue shows of stock, which it does not keep: `available` is asked for, `in_stock`
//! follows inventory's events.

use crate::{category, column, fields, get, post, product, staff, witness};
use contracts::inventory::AvailabilityChanged;
use contracts::ports::{Asking, Availability, LevelListener};
use kernel::{Id, ProductId, StoreId};
use platform::{Host, Module};
use serde_json::json;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use testkit::{TestApp, on_both};
use uuid::Uuid;

/// Nobody knows of levels.
pub fn slot() -> catalog::AvailabilitySlot {
    catalog::AvailabilitySlot::default()
}

/// Levels of all tests; products' ids keep them apart.
static LEVELS: Mutex<Option<HashMap<ProductId, i64>>> = Mutex::new(None);
static LISTENERS: Mutex<Vec<LevelListener>> = Mutex::new(Vec::new());

struct Shelves;

impl Availability for Shelves {
    fn available<'a>(&'a self, products: &'a [ProductId]) -> Asking<'a, Vec<i64>> {
        let levels = LEVELS.lock().unwrap_or_else(PoisonError::into_inner);
        let levels = levels.clone().unwrap_or_default();
        let answer = products
            .iter()
            .map(|id| levels.get(id).copied().unwrap_or(0))
            .collect();
        Box::pin(async { Ok(answer) })
    }

    fn watch(&self, listener: LevelListener) {
        LISTENERS
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(listener);
    }
}

fn set_level(product: ProductId, units: i64) {
    let mut levels = LEVELS.lock().unwrap_or_else(PoisonError::into_inner);
    levels.get_or_insert_default().insert(product, units);
    drop(levels);
    for listener in LISTENERS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .iter()
    {
        listener(&[product]);
    }
}

fn app(host: &Host) -> Vec<Module> {
    let slot = OnceLock::from(Arc::new(Shelves) as Arc<dyn Availability>);
    vec![catalog::module(host, Arc::new(slot)), witness::module()]
}

fn crossing(product: &str, store: u128, in_stock: bool) -> AvailabilityChanged {
    AvailabilityChanged {
        level_id: Id::from_uuid(Uuid::from_u128(store + (1 << 64))),
        product_id: product.parse().unwrap(),
        store_id: StoreId::from_uuid(Uuid::from_u128(store)),
        available: i64::from(in_stock),
        min_stock: None,
        max_stock: None,
        low: false,
        was_low: false,
        excess: false,
        was_excess: false,
        in_stock,
        was_in_stock: !in_stock,
    }
}

on_both! {
    async fn a_change_of_a_level_is_seen_at_once_and_changes_the_entity_tag(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let id = product(&app, &lights, "LAMP", json!({})).await.field("id");
        let path = format!("/v1/products/{id}");
        let before = get(&app, &path).await.expect(200);
        assert_eq!(before.json()["available"], json!(0));
        assert_eq!(before.json()["in_stock"], json!(false));
        let tag = before.header("etag").unwrap().to_owned();

        set_level(id.parse().unwrap(), 7);
        let after = get(&app, &path).await.expect(200);
        assert_eq!(
            (&after.json()["available"], &after.json()["in_stock"]),
            (&json!(7), &json!(true))
        );
        let again = app
            .get(&path)
            .header("if-none-match", &tag)
            .send()
            .await
            .expect(200);
        assert_eq!(again.header("etag"), after.header("etag"));
        let list = staff(&app, "/v1/products").await.expect(200).json();
        assert_eq!(list["items"][0]["available"], json!(7));
    }

    async fn the_stock_filter_follows_events_in_any_order(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let lamp = product(&app, &lights, "LAMP", json!({})).await.field("id");
        product(&app, &lights, "BULB", json!({})).await;
        let in_stock = "/v1/products?in_stock=true";
        app.publish(&crossing(&lamp, 1, true), 2).await;
        app.publish(&crossing(&lamp, 2, false), 1).await;
        app.settle().await;
        assert_eq!(
            column(&get(&app, in_stock).await.expect(200).json(), "sku"),
            ["LAMP"]
        );
        let out = get(&app, "/v1/products?in_stock=false")
            .await
            .expect(200)
            .json();
        assert_eq!(column(&out, "sku"), ["BULB"]);

        app.publish(&crossing(&lamp, 1, false), 3).await;
        app.settle().await;
        assert!(column(&get(&app, in_stock).await.expect(200).json(), "sku").is_empty());
    }

    async fn a_mark_may_come_before_its_product(app: TestApp) {
        let early = ProductId::from_uuid(Uuid::from_u128(99)).to_string();
        app.publish(&crossing(&early, 3, true), 1).await;
        app.settle().await;
        let lights = category(&app, "Lights").await;
        post(&app, "/v1/products", fields(&lights, "LAMP", json!({})))
            .await
            .expect(201);
        assert!(column(&get(&app, "/v1/products?in_stock=true").await.json(), "sku").is_empty());
    }
}
