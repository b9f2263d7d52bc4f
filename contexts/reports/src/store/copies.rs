//! What products, categories and stores are called.

use super::{levels, totals};
use crate::shelf::difference;
use contracts::catalog::{CategoryChanged, ProductChanged};
use contracts::inventory::StoreChanged;
use kernel::ProductId;
use platform::{DbError, Delivered, Rows, Tx};
use std::collections::HashMap;
use uuid::Uuid;

type News<'e, E> = Vec<&'e Delivered<E>>;

/// Keeps the newest of each product; what lies in the stores is worth its new price.
pub async fn keep_products(tx: &mut Tx, news: News<'_, ProductChanged>) -> Result<(), DbError> {
    let ids: Vec<ProductId> = news.iter().map(|one| one.event.product_id).collect();
    let before = totals::of_products(tx, &ids).await?;
    name_products(tx, news).await?;
    if before.is_empty() {
        return Ok(());
    }
    levels::value(tx, &ids).await?;
    let after = totals::of_products(tx, &ids).await?;
    totals::add(tx, &difference(&before, &after)).await
}

async fn name_products(tx: &mut Tx, news: News<'_, ProductChanged>) -> Result<(), DbError> {
    let all = || news.iter().map(|one| &one.event);
    let rows = Rows::new()
        .id("id", all().map(|product| product.product_id))
        .text("sku", all().map(|product| product.sku.clone()).collect())
        .text("name", all().map(|product| product.name.clone()).collect())
        .id("category_id", all().map(|product| product.category_id))
        .bigint(
            "price_minor",
            all().map(|product| product.price_minor).collect(),
        )
        .text(
            "currency",
            all().map(|product| product.currency.clone()).collect(),
        )
        .bigint("version", news.iter().map(|one| one.version).collect());
    tx.bulk(
        "insert into reports_product as p
             (id, sku, name, category_id, price_minor, currency, version)
         select id, sku, name, category_id, price_minor, currency, version from {rows} where true
         on conflict (id) do update set sku = excluded.sku, name = excluded.name,
             category_id = excluded.category_id, price_minor = excluded.price_minor,
             currency = excluded.currency, version = excluded.version
         where p.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps the newest of each category.
pub async fn keep_categories(tx: &mut Tx, news: News<'_, CategoryChanged>) -> Result<(), DbError> {
    let all = || news.iter().map(|one| &one.event);
    let rows = Rows::new()
        .id("id", all().map(|category| category.category_id))
        .text(
            "name",
            all().map(|category| category.name.clone()).collect(),
        )
        .bigint("version", news.iter().map(|one| one.version).collect());
    tx.bulk(
        "insert into reports_category as c (id, name, version)
         select id, name, version from {rows} where true
         on conflict (id) do update set name = excluded.name, version = excluded.version
         where c.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps the newest of each store.
pub async fn keep_stores(tx: &mut Tx, news: News<'_, StoreChanged>) -> Result<(), DbError> {
    let all = || news.iter().map(|one| &one.event);
    let rows = Rows::new()
        .id("id", all().map(|store| store.store_id))
        .text("code", all().map(|store| store.code.clone()).collect())
        .text("name", all().map(|store| store.name.clone()).collect())
        .bigint("version", news.iter().map(|one| one.version).collect());
    tx.bulk(
        "insert into reports_store as s (id, code, name, version)
         select id, code, name, version from {rows} where true
         on conflict (id) do update set code = excluded.code, name = excluded.name,
             version = excluded.version
         where s.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// SKU and name of these products, as far as they are known.
pub async fn product_names(
    tx: &mut Tx,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, (String, String)>, DbError> {
    let sql = "select p.id, p.sku, p.name from {rows} join reports_product p on p.id = r.id";
    let rows = tx
        .bulk(sql, Rows::new().uuid("id", ids))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, (row.get("sku")?, row.get("name")?))))
        .collect()
}

/// The categories of these products, as far as they are known.
pub async fn categories_of(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Uuid>, DbError> {
    let sql = "select p.id, p.category_id from {rows} join reports_product p on p.id = r.id";
    let rows = tx
        .bulk(sql, Rows::new().uuid("id", ids))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("category_id")?)))
        .collect()
}

/// What these stores are called.
pub async fn store_names(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbError> {
    let sql = "select s.id, s.name from {rows} join reports_store s on s.id = r.id";
    names(tx, sql, ids).await
}

/// What these categories are called.
pub async fn category_names(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, String>, DbError> {
    let sql = "select c.id, c.name from {rows} join reports_category c on c.id = r.id";
    names(tx, sql, ids).await
}

async fn names(
    tx: &mut Tx,
    sql: &'static str,
    ids: Vec<Uuid>,
) -> Result<HashMap<Uuid, String>, DbError> {
    let rows = tx
        .bulk(sql, Rows::new().uuid("id", ids))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, row.get("name")?)))
        .collect()
}
