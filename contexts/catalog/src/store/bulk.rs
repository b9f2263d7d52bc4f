//! Many products as one statement each, for imports.

use super::products::{read, select_products};
use super::to_json;
use crate::product::{Content, Product};
use crate::words;
use platform::{DbError, Rows, Tx};

/// The products of these SKUs; nobody else changes them until the transaction ends. In the order
/// of SKUs, so that two imports wait for each other instead of dead-locking.
pub async fn by_skus_to_change(tx: &mut Tx, skus: Vec<String>) -> Result<Vec<Product>, DbError> {
    if skus.is_empty() {
        return Ok(Vec::new());
    }
    let rows = Rows::new().text("sku", skus);
    let found = match tx.engine() {
        platform::Engine::Sqlite => tx.bulk(
            select_products!("from {rows} join catalog_product p on p.sku = r.sku"),
            rows,
        ),
        platform::Engine::Postgres => tx.bulk(
            select_products!(
                "from {rows} join catalog_product p on p.sku = r.sku
                    order by p.sku for no key update of p"
            ),
            rows,
        ),
    };
    found.fetch_all().await?.iter().map(read).collect()
}

/// Writes new products; answers how many. Less than given when a SKU is taken.
pub async fn insert(tx: &mut Tx, products: &[&Product]) -> Result<u64, DbError> {
    if products.is_empty() {
        return Ok(0);
    }
    tx.bulk(
        "insert into catalog_product (id, sku, name, name_key, description, category_id, group_id,
            price_minor, currency, priced_at, tags, options, gtin, status, was_active,
            search_text, version, created_at, updated_at)
        select id, sku, name, name_key, description, category_id, group_id,
            price_minor, currency, priced_at, tags, options, gtin, status, was_active,
            search_text, version, created_at, updated_at from {rows} where true
        on conflict (sku) do nothing",
        columns(products)?,
    )
    .execute()
    .await
}

/// Writes products over what is stored under their ids.
pub async fn update(tx: &mut Tx, products: &[&Product]) -> Result<(), DbError> {
    if products.is_empty() {
        return Ok(());
    }
    tx.bulk(
        "update catalog_product set sku = r.sku, name = r.name, name_key = r.name_key,
            description = r.description, category_id = r.category_id, group_id = r.group_id,
            price_minor = r.price_minor, currency = r.currency, priced_at = r.priced_at,
            tags = r.tags, options = r.options, gtin = r.gtin, status = r.status,
            was_active = r.was_active, search_text = r.search_text, version = r.version,
            updated_at = r.updated_at
        from {rows} where catalog_product.id = r.id",
        columns(products)?,
    )
    .execute()
    .await?;
    Ok(())
}

fn columns(products: &[&Product]) -> Result<Rows, DbError> {
    let json = |write: fn(&Content) -> Result<String, DbError>| -> Result<Vec<_>, DbError> {
        products.iter().map(|one| write(&one.content)).collect()
    };
    let text = |of: fn(&Content) -> String| products.iter().map(|one| of(&one.content)).collect();
    let optional = |of: fn(&Content) -> Option<String>| {
        let cells = products.iter().map(|one| of(&one.content));
        cells.collect()
    };
    let number = |of: fn(&Product) -> i64| products.iter().map(|one| of(one)).collect();
    let sale = products.iter().map(|one| one.was_active).collect();
    Ok(Rows::new()
        .id("id", products.iter().map(|one| one.id))
        .text("sku", text(|one| one.sku.to_string()))
        .text("name", text(|one| one.name.to_string()))
        .text("name_key", text(|one| words::key(one.name.as_str())))
        .optional_text("description", optional(Content::description_text))
        .id(
            "category_id",
            products.iter().map(|one| one.content.category_id),
        )
        .optional_id("group_id", products.iter().map(|one| one.content.group_id))
        .bigint("price_minor", number(|one| one.content.price.minor()))
        .text("currency", text(|one| one.price.currency().to_string()))
        .time("priced_at", products.iter().map(|one| one.priced_at))
        .text("tags", json(|one| to_json(&one.tags))?)
        .text("options", json(|one| to_json(&one.options))?)
        .optional_text("gtin", optional(Content::gtin_text))
        .text("status", text(|one| one.status.as_str().to_owned()))
        .boolean("was_active", sale)
        .text("search_text", text(Content::search_text))
        .bigint("version", number(|one| one.version))
        .time("created_at", products.iter().map(|one| one.created_at))
        .time("updated_at", products.iter().map(|one| one.updated_at)))
}
