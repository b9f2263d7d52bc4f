//! Products as a history of sales knows them.

use crate::{app, category, column, get, patch, product, staff};
use catalog::{ImportedProduct, upsert_products};
use kernel::{Money, ProductId};
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

fn seen(app: &TestApp, sku: &str, minor: i64, days_ago: u64) -> ImportedProduct {
    let source = &app.host().source;
    ImportedProduct {
        product_id: source.id(),
        sku: sku.parse().unwrap(),
        name: format!("{sku} of old").parse().unwrap(),
        price: Money::new(minor, "GBP".parse().unwrap()),
        category: "Goods".parse().unwrap(),
        seen_at: source.now().minus(Duration::from_secs(86_400 * days_ago)),
    }
}

on_both! {
    async fn products_are_taken_over_once(app: TestApp) {
        let first: Vec<_> = (0..1200)
            .map(|n| seen(&app, &format!("P{n}"), 100 + n, 30))
            .collect();
        let ids = upsert_products(app.host(), first.clone()).await.unwrap();
        let own: Vec<ProductId> = first.iter().map(|one| one.product_id).collect();
        assert_eq!(ids, own);
        let again: Vec<_> = (0..1200)
            .map(|n| seen(&app, &format!("P{n}"), 100 + n, 30))
            .collect();
        assert_eq!(upsert_products(app.host(), again).await.unwrap(), own);
        let page = staff(&app, "/v1/products?count=true&q=p7&sort=sku&limit=1")
            .await
            .json();
        assert_eq!(page["total"], 111);
        let lamp = get(&app, &format!("/v1/products/{}", ids[7]))
            .await
            .expect(200);
        assert!(lamp.header("etag").unwrap().starts_with("\"1."));
        assert_eq!(
            lamp.json()["price"],
            json!({ "amount": "1.07", "currency": "GBP" })
        );
        assert_eq!(
            column(&get(&app, "/v1/categories").await.json(), "name"),
            ["Goods"]
        );
    }

    async fn a_newer_sale_brings_a_newer_price_and_a_price_by_hand_stays(app: TestApp) {
        let ids = upsert_products(app.host(), vec![seen(&app, "A", 100, 30)])
            .await
            .unwrap();
        let path = format!("/v1/products/{}", ids[0]);
        upsert_products(app.host(), vec![seen(&app, "A", 120, 20)])
            .await
            .unwrap();
        assert_eq!(
            staff(&app, "/v1/products").await.json()["items"][0]["price"]["amount"],
            "1.20"
        );
        upsert_products(app.host(), vec![seen(&app, "A", 90, 25)])
            .await
            .unwrap();
        assert_eq!(
            staff(&app, "/v1/products").await.json()["items"][0]["price"]["amount"],
            "1.20"
        );
        patch(&app, &path, json!({ "price": "5" }))
            .await
            .expect(200);
        upsert_products(app.host(), vec![seen(&app, "A", 130, 10)])
            .await
            .unwrap();
        assert_eq!(get(&app, &path).await.json()["price"]["amount"], "5.00");
    }

    async fn a_product_that_is_here_already_keeps_its_id(app: TestApp) {
        let lights = category(&app, "Lights").await;
        let id = product(&app, &lights, "LAMP", json!({})).await.field("id");
        let ids = upsert_products(app.host(), vec![seen(&app, "LAMP", 5, 1)])
            .await
            .unwrap();
        assert_eq!(ids[0].to_string(), id);
        assert_eq!(
            get(&app, &format!("/v1/products/{id}")).await.json()["name"],
            "LAMP"
        );
    }

    async fn what_cannot_be_a_product_is_refused_before_anything_is_written(app: TestApp) {
        let free = vec![seen(&app, "A", 5, 1), seen(&app, "B", 0, 1)];
        assert!(upsert_products(app.host(), free).await.is_err());
        let double = vec![seen(&app, "A", 5, 1), seen(&app, "A", 6, 1)];
        assert!(upsert_products(app.host(), double).await.is_err());
        assert_eq!(staff(&app, "/v1/products").await.json()["items"], json!([]));
    }
}
