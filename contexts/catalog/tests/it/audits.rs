//! Every audit of the catalogue, seen red.

use crate::{app, category, levels, product};
use serde_json::json;
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[
    Harm::new(
        "catalog.price-is-in-history",
        &["update catalog_product set price_minor = price_minor + 1"],
    ),
    Harm::new(
        "catalog.price-is-in-history",
        &["delete from catalog_price"],
    ),
    Harm::new(
        "catalog.price-is-the-newest",
        &["insert into catalog_price
               (product_id, effective_at, price_minor, currency, applied, created_at)
           select product_id, effective_at + 1, price_minor, currency, true, created_at
           from catalog_price"],
    ),
    Harm::new(
        "catalog.categories-are-a-tree",
        &[
            "update catalog_category set parent_id = (select c.id from catalog_category c
               where c.id <> catalog_category.id)",
        ],
    ),
];

on_both! {
    async fn the_audits_see_what_went_around_the_use_cases(app: TestApp) {
        let lights = category(&app, "Lights").await;
        category(&app, "Shades").await;
        product(&app, &lights, "LAMP", json!({})).await;
        let audits = catalog::module(app.host(), levels::slot()).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
