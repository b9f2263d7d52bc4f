//! What products and stores are called, and what products cost.

use kernel::{ProductId, StoreId};
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

pub struct ProductName {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub price_minor: i64,
    pub currency: String,
    pub version: i64,
}

pub struct StoreName {
    pub id: StoreId,
    pub name: String,
    pub version: i64,
}

/// Names by id; what was not heard of is called by its id.
pub struct Names {
    products: HashMap<ProductId, (String, String)>,
    stores: HashMap<StoreId, String>,
}

impl Names {
    /// Name and SKU.
    pub fn product(&self, id: ProductId) -> (String, String) {
        let known = self.products.get(&id).cloned();
        known.unwrap_or_else(|| (id.to_string(), id.to_string()))
    }

    pub fn store(&self, id: StoreId) -> String {
        let known = self.stores.get(&id).cloned();
        known.unwrap_or_else(|| id.to_string())
    }
}

pub async fn keep_products(tx: &mut Tx, products: Vec<ProductName>) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", products.iter().map(|one| one.id))
        .bigint("version", products.iter().map(|one| one.version).collect())
        .bigint(
            "price_minor",
            products.iter().map(|one| one.price_minor).collect(),
        )
        .text(
            "currency",
            products.iter().map(|one| one.currency.clone()).collect(),
        );
    let (skus, names) = products.into_iter().map(|one| (one.sku, one.name)).unzip();
    tx.bulk(
        "insert into notifications_product as t
             (id, sku, name, price_minor, currency, version)
         select id, sku, name, price_minor, currency, version from {rows} where true
         on conflict (id) do update set sku = excluded.sku, name = excluded.name,
             price_minor = excluded.price_minor, currency = excluded.currency,
             version = excluded.version where t.version < excluded.version",
        rows.text("sku", skus).text("name", names),
    )
    .execute()
    .await
    .map(drop)
}

pub async fn keep_stores(tx: &mut Tx, stores: Vec<StoreName>) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", stores.iter().map(|one| one.id))
        .bigint("version", stores.iter().map(|one| one.version).collect())
        .text("name", stores.into_iter().map(|one| one.name).collect());
    tx.bulk(
        "insert into notifications_store as t (id, name, version)
         select id, name, version from {rows} where true
         on conflict (id) do update set name = excluded.name, version = excluded.version
         where t.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// What these are called.
pub async fn read(
    tx: &mut Tx,
    products: Vec<ProductId>,
    stores: Vec<StoreId>,
) -> Result<Names, DbError> {
    let rows = tx
        .bulk(
            "select p.id, p.sku, p.name from {rows} join notifications_product p on p.id = r.id",
            Rows::new().id("id", products),
        )
        .fetch_all()
        .await?;
    let product =
        |row: &platform::db::Row| Ok((row.get("id")?, (row.get("name")?, row.get("sku")?)));
    let products = rows.iter().map(product).collect::<Result<_, DbError>>()?;
    let rows = tx
        .bulk(
            "select s.id, s.name from {rows} join notifications_store s on s.id = r.id",
            Rows::new().id("id", stores),
        )
        .fetch_all()
        .await?;
    let store = |row: &platform::db::Row| Ok((row.get("id")?, row.get("name")?));
    let stores = rows.iter().map(store).collect::<Result<_, DbError>>()?;
    Ok(Names { products, stores })
}
