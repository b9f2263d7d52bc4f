//! What each store holds in all, per category and currency of its products: kept along with the
//! levels, by the difference that a change of theirs makes.

use super::levels::Place;
use crate::shelf::{Cell, Product, Shelf, Sums};
use kernel::ProductId;
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Adds a difference to what is kept.
pub async fn add(tx: &mut Tx, difference: &BTreeMap<Cell, Sums>) -> Result<(), DbError> {
    if difference.is_empty() {
        return Ok(());
    }
    let column = |nth: usize| difference.values().map(|sums| sums[nth]).collect();
    let cells = || difference.keys();
    let rows = Rows::new()
        .uuid("store_id", cells().map(|cell| cell.0).collect())
        .uuid("category_id", cells().map(|cell| cell.1).collect())
        .text("currency", cells().map(|cell| cell.2.clone()).collect())
        .bigint("products", column(0))
        .bigint("on_hand", column(1))
        .bigint("reserved", column(2))
        .bigint("low", column(3))
        .bigint("value_minor", column(4));
    tx.bulk(ADD, rows).execute().await.map(drop)
}

const ADD: &str = "
    insert into reports_stock as f
        (store_id, category_id, currency, products, on_hand, reserved, low, value_minor)
    select store_id, category_id, currency, products, on_hand, reserved, low, value_minor
    from {rows} where true
    on conflict (store_id, category_id, currency) do update set
        products = f.products + excluded.products, on_hand = f.on_hand + excluded.on_hand,
        reserved = f.reserved + excluded.reserved, low = f.low + excluded.low,
        value_minor = f.value_minor + excluded.value_minor";

/// The levels of these places, as far as they are known.
pub async fn of_places(tx: &mut Tx, places: &[Place]) -> Result<Vec<Shelf>, DbError> {
    let rows = Rows::new()
        .id("product_id", places.iter().map(|place| place.0))
        .id("store_id", places.iter().map(|place| place.1));
    shelves(
        tx,
        "select f.store_id, f.on_hand, f.reserved, f.min_stock,
             p.category_id, p.currency, p.price_minor
         from {rows} join reports_level f
             on f.product_id = r.product_id and f.store_id = r.store_id
         left join reports_product p on p.id = f.product_id",
        rows,
    )
    .await
}

/// The levels of these products, in all stores.
pub async fn of_products(tx: &mut Tx, products: &[ProductId]) -> Result<Vec<Shelf>, DbError> {
    let rows = Rows::new().id("product_id", products.iter().copied());
    shelves(
        tx,
        "select f.store_id, f.on_hand, f.reserved, f.min_stock,
             p.category_id, p.currency, p.price_minor
         from {rows} join reports_level f on f.product_id = r.product_id
         left join reports_product p on p.id = f.product_id",
        rows,
    )
    .await
}

async fn shelves(tx: &mut Tx, sql: &'static str, rows: Rows) -> Result<Vec<Shelf>, DbError> {
    let found = tx.bulk(sql, rows).fetch_all().await?;
    let shelf = |row: &Row| {
        let category: Option<Uuid> = row.get("category_id")?;
        let product = category.map(|category| product(row, category));
        Ok(Shelf {
            store: row.get("store_id")?,
            on_hand: row.get("on_hand")?,
            reserved: row.get("reserved")?,
            min_stock: row.get("min_stock")?,
            product: product.transpose()?,
        })
    };
    found.iter().map(shelf).collect()
}

/// What counts about these products, as far as they are known.
pub async fn products(tx: &mut Tx, ids: Vec<Uuid>) -> Result<HashMap<Uuid, Product>, DbError> {
    let sql = "select p.id, p.category_id, p.currency, p.price_minor
         from {rows} join reports_product p on p.id = r.id";
    let rows = tx
        .bulk(sql, Rows::new().uuid("id", ids))
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, product(row, row.get("category_id")?)?)))
        .collect()
}

fn product(row: &Row, category: Uuid) -> Result<Product, DbError> {
    Ok(Product {
        category,
        currency: row.get("currency")?,
        price_minor: row.get("price_minor")?,
    })
}
