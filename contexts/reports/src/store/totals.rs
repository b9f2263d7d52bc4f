//! What each store holds in all, per category and currency of its products: kept along with the
//! levels, by the difference that a change of theirs makes.

use super::levels::Place;
use kernel::ProductId;
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Worth at most so much, so that sums of levels can be said.
const MOST_WORTH: i64 = 9_000_000_000_000_000;

/// A level beside what is known of its product.
#[derive(Clone, Debug)]
pub struct Shelf {
    pub store: Uuid,
    pub on_hand: i64,
    pub reserved: i64,
    pub min_stock: Option<i64>,
    pub product: Option<Product>,
}

/// What counts about a product.
#[derive(Clone, Debug)]
pub struct Product {
    pub category: Uuid,
    pub currency: String,
    pub price_minor: i64,
}

/// Whose sums: of a store, a category and a currency; nil and empty where they are not known.
type Cell = (Uuid, Uuid, String);

/// Products, pieces on hand and reserved, products that are low, worth in minor units.
type Sums = [i64; 5];

/// The difference that a change makes.
#[derive(Default)]
pub struct Change(BTreeMap<Cell, Sums>);

impl Shelf {
    fn cell(&self) -> Cell {
        let product = self.product.as_ref();
        let category = product.map_or(Uuid::nil(), |product| product.category);
        let currency = product.map_or_else(String::new, |product| product.currency.clone());
        (self.store, category, currency)
    }

    fn sums(&self) -> Sums {
        if self.on_hand == 0 && self.reserved == 0 && self.min_stock.is_none() {
            return Sums::default();
        }
        let free = self.on_hand - self.reserved;
        let low = self.min_stock.is_some_and(|least| free <= least);
        let price = self.product.as_ref().map_or(0, |one| one.price_minor);
        let worth = self.on_hand.saturating_mul(price).min(MOST_WORTH);
        [1, self.on_hand, self.reserved, low.into(), worth]
    }
}

impl Change {
    /// What there was makes place for what there is.
    pub fn between(before: &[Shelf], after: &[Shelf]) -> Self {
        let mut change = Self::default();
        before.iter().for_each(|shelf| change.add(shelf, -1));
        after.iter().for_each(|shelf| change.add(shelf, 1));
        change
    }

    fn add(&mut self, shelf: &Shelf, times: i64) {
        let sums = self.0.entry(shelf.cell()).or_default();
        for (sum, one) in sums.iter_mut().zip(shelf.sums()) {
            *sum += times * one;
        }
    }

    /// Adds it to what is kept.
    pub async fn keep(mut self, tx: &mut Tx) -> Result<(), DbError> {
        self.0.retain(|_, sums| *sums != Sums::default());
        if self.0.is_empty() {
            return Ok(());
        }
        let cells = || self.0.keys();
        let column = |nth: usize| self.0.values().map(|sums| sums[nth]).collect();
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
