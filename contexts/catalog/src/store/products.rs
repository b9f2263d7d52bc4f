//! Single products in the database.

use super::{json, parsed, parsed_optional, to_json};
use crate::product::{Content, Product};
use crate::words;
use kernel::{Currency, Money, ProductId, Sku};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

/// A statement over the columns that [`read`] and [`read_shown`] read. The offset keeps PostgreSQL
/// from hashing the stock of all products for the few of a page.
macro_rules! select_products {
    ($from:literal) => {
        concat!(
            "select p.id, p.sku, p.name, p.description, p.category_id, p.group_id, p.price_minor,
                p.currency, p.priced_at, p.tags, p.options, p.gtin, p.status, p.was_active,
                p.version, p.created_at, p.updated_at,
                exists (select 1 from catalog_stock s
                    where s.product_id = p.id and s.in_stock limit 1 offset 0) as in_stock ",
            $from
        )
    };
}
pub(super) use select_products;

/// A product as it is shown: with whether any store has it, as far as the catalogue knows.
#[derive(Clone, Debug)]
pub struct Shown {
    pub product: Product,
    pub in_stock: bool,
}

pub(super) fn read(row: &Row) -> Result<Product, DbError> {
    let currency: Currency = parsed(row, "currency")?;
    Ok(Product {
        id: row.get("id")?,
        content: Content {
            sku: parsed(row, "sku")?,
            name: parsed(row, "name")?,
            description: parsed_optional(row, "description")?,
            category_id: row.get("category_id")?,
            group_id: row.get("group_id")?,
            price: Money::new(row.get("price_minor")?, currency),
            tags: json(row, "tags")?,
            options: json(row, "options")?,
            gtin: parsed_optional(row, "gtin")?,
            status: parsed(row, "status")?,
        },
        priced_at: row.get("priced_at")?,
        was_active: row.get("was_active")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

pub(super) fn read_shown(row: &Row) -> Result<Shown, DbError> {
    Ok(Shown {
        product: read(row)?,
        in_stock: row.get("in_stock")?,
    })
}

/// False when the SKU is taken.
pub async fn insert(tx: &mut Tx, product: &Product) -> Result<bool, DbError> {
    let content = &product.content;
    let query = tx.query(
        "insert into catalog_product (id, sku, name, name_key, description, category_id, group_id,
            price_minor, currency, priced_at, tags, options, gtin, status, was_active,
            search_text, version, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19) on conflict (sku) do nothing",
    );
    let inserted = query
        .bind(product.id)
        .bind(content.sku.as_str())
        .bind(content.name.as_str())
        .bind(words::key(content.name.as_str()))
        .bind(content.description_text())
        .bind(content.category_id)
        .bind(content.group_id)
        .bind(content.price.minor())
        .bind(content.price.currency().to_string())
        .bind(product.priced_at)
        .bind(to_json(&content.tags)?)
        .bind(to_json(&content.options)?)
        .bind(content.gtin_text())
        .bind(content.status.as_str())
        .bind(product.was_active)
        .bind(content.search_text())
        .bind(product.version)
        .bind(product.created_at)
        .bind(product.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

pub async fn update(tx: &mut Tx, product: &Product) -> Result<(), DbError> {
    let content = &product.content;
    let query = tx.query(
        "update catalog_product set sku = $2, name = $3, name_key = $4, description = $5,
            category_id = $6, group_id = $7, price_minor = $8, currency = $9, priced_at = $10,
            tags = $11, options = $12, gtin = $13, status = $14, was_active = $15,
            search_text = $16, version = $17, updated_at = $18
        where id = $1",
    );
    query
        .bind(product.id)
        .bind(content.sku.as_str())
        .bind(content.name.as_str())
        .bind(words::key(content.name.as_str()))
        .bind(content.description_text())
        .bind(content.category_id)
        .bind(content.group_id)
        .bind(content.price.minor())
        .bind(content.price.currency().to_string())
        .bind(product.priced_at)
        .bind(to_json(&content.tags)?)
        .bind(to_json(&content.options)?)
        .bind(content.gtin_text())
        .bind(content.status.as_str())
        .bind(product.was_active)
        .bind(content.search_text())
        .bind(product.version)
        .bind(product.updated_at)
        .execute()
        .await?;
    Ok(())
}

/// Deletes a product with its prices and what is known of its stock.
pub async fn delete(tx: &mut Tx, id: ProductId) -> Result<(), DbError> {
    tx.query("delete from catalog_price where product_id = $1")
        .bind(id)
        .execute()
        .await?;
    tx.query("delete from catalog_stock where product_id = $1")
        .bind(id)
        .execute()
        .await?;
    tx.query("delete from catalog_product where id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: ProductId) -> Result<Option<Shown>, DbError> {
    let query = tx.query(select_products!("from catalog_product p where p.id = $1"));
    let row = query.bind(id).fetch_optional().await?;
    row.as_ref().map(read_shown).transpose()
}

/// Those of `ids` that are there, in no order.
pub async fn find_all(tx: &mut Tx, ids: &[ProductId]) -> Result<Vec<Shown>, DbError> {
    let rows = Rows::new().id("id", ids.iter().copied());
    let query = tx.bulk(
        select_products!("from {rows} join catalog_product p on p.id = r.id"),
        rows,
    );
    query.fetch_all().await?.iter().map(read_shown).collect()
}

/// Version and whether any store has it, of those of `ids` that are there.
pub async fn stamps(
    tx: &mut Tx,
    ids: &[ProductId],
) -> Result<HashMap<ProductId, (i64, bool)>, DbError> {
    let rows = Rows::new().id("id", ids.iter().copied());
    let query = tx.bulk(
        "select p.id, p.version, exists (select 1 from catalog_stock s
             where s.product_id = p.id and s.in_stock limit 1 offset 0) as in_stock
         from {rows} join catalog_product p on p.id = r.id",
        rows,
    );
    let rows = query.fetch_all().await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, (row.get("version")?, row.get("in_stock")?))))
        .collect()
}

/// Like [`find`], and nobody else changes it until the transaction ends.
pub async fn find_to_change(tx: &mut Tx, id: ProductId) -> Result<Option<Shown>, DbError> {
    let query = tx.query_for(
        select_products!("from catalog_product p where p.id = $1"),
        select_products!("from catalog_product p where p.id = $1 for no key update"),
    );
    let row = query.bind(id).fetch_optional().await?;
    row.as_ref().map(read_shown).transpose()
}

/// Whether another product than `id` has this SKU.
pub async fn is_sku_taken(tx: &mut Tx, sku: &Sku, id: ProductId) -> Result<bool, DbError> {
    let query = tx.query("select id from catalog_product where sku = $1 and id <> $2");
    Ok(query
        .bind(sku.as_str())
        .bind(id)
        .fetch_optional()
        .await?
        .is_some())
}

/// Some products with the names of their categories, in the order of their SKUs, after `after`:
/// for walking through all of them.
pub async fn after_sku(
    tx: &mut Tx,
    after: Option<&str>,
    rows: i64,
) -> Result<Vec<(Product, String)>, DbError> {
    let rows = tx
        .build(
            "select p.id, p.sku, p.name, p.description, p.category_id, p.group_id, p.price_minor,
                p.currency, p.priced_at, p.tags, p.options, p.gtin, p.status, p.was_active,
                p.version, p.created_at, p.updated_at, c.name as category
            from catalog_product p join catalog_category c on c.id = p.category_id where true",
        )
        .and("and p.sku > ?", after)
        .push("order by p.sku limit ?")
        .bind(rows)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((read(row)?, row.get("category")?)))
        .collect()
}
