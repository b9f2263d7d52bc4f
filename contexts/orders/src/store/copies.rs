//! What orders keeps of other contexts: products, clients, employees, stores.

use crate::price::ProductCopy;
use kernel::{ClientId, Currency, EmployeeId, Money, ProductId, StoreId};
use platform::{DbError, Engine, Rows, Tx};
use std::collections::{HashMap, HashSet};

/// A row for one of the small copies: its id, whether it is archived, and the event's version.
pub type Known = (uuid::Uuid, bool, i64);

/// The products among `ids` that are known.
pub async fn products(
    tx: &mut Tx,
    ids: &HashSet<ProductId>,
) -> Result<HashMap<ProductId, ProductCopy>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select p.id, p.sku, p.name, p.price_minor, p.currency, p.status
             from {rows} cross join orders_product p where p.id = r.id"
        }
        // The lateral keeps a plan made while the table was small on the index.
        Engine::Postgres => {
            "select p.id, p.sku, p.name, p.price_minor, p.currency, p.status
             from {rows} cross join lateral (
                 select * from orders_product p where p.id = r.id offset 0) p"
        }
    };
    let rows = Rows::new().id("id", ids.iter().copied());
    let rows = tx.bulk(sql, rows).apart().fetch_all().await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, product(row)?)))
        .collect()
}

fn product(row: &platform::db::Row) -> Result<ProductCopy, DbError> {
    let currency: String = row.get("currency")?;
    let currency: Currency = currency
        .parse()
        .map_err(|_| DbError::Bug(format!("currency {currency}")))?;
    Ok(ProductCopy {
        sku: row.get("sku")?,
        name: row.get("name")?,
        price: Money::new(row.get("price_minor")?, currency),
        active: row.get::<String>("status")? == "active",
    })
}

/// Which of these clients may buy: known and not archived.
pub async fn live_clients(
    tx: &mut Tx,
    ids: &HashSet<ClientId>,
) -> Result<HashSet<ClientId>, DbError> {
    let rows = tx
        .bulk(
            "select c.id from {rows} join orders_client c on c.id = r.id where not c.archived",
            Rows::new().id("id", ids.iter().copied()),
        )
        .apart()
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Which of these employees work here.
pub async fn live_employees(
    tx: &mut Tx,
    ids: &HashSet<EmployeeId>,
) -> Result<HashSet<EmployeeId>, DbError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .bulk(
            "select e.id from {rows} join orders_employee e on e.id = r.id where not e.archived",
            Rows::new().id("id", ids.iter().copied()),
        )
        .apart()
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Which of these stores are open.
pub async fn live_stores(tx: &mut Tx, ids: &HashSet<StoreId>) -> Result<HashSet<StoreId>, DbError> {
    if ids.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .bulk(
            "select s.id from {rows} join orders_store s on s.id = r.id where not s.archived",
            Rows::new().id("id", ids.iter().copied()),
        )
        .apart()
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// A product as its event tells it, with the event's version.
pub struct ProductRow {
    pub id: ProductId,
    pub sku: String,
    pub name: String,
    pub price_minor: i64,
    pub currency: String,
    pub status: String,
    pub version: i64,
}

/// Keeps the newest of each product; older versions change nothing.
pub async fn keep_products(tx: &mut Tx, rows: Vec<ProductRow>) -> Result<(), DbError> {
    let table = Rows::new()
        .id("id", rows.iter().map(|row| row.id))
        .text("sku", rows.iter().map(|row| row.sku.clone()).collect())
        .text("name", rows.iter().map(|row| row.name.clone()).collect())
        .bigint(
            "price_minor",
            rows.iter().map(|row| row.price_minor).collect(),
        )
        .text(
            "currency",
            rows.iter().map(|row| row.currency.clone()).collect(),
        )
        .text(
            "status",
            rows.iter().map(|row| row.status.clone()).collect(),
        )
        .bigint("version", rows.iter().map(|row| row.version).collect());
    tx.bulk(
        "insert into orders_product (id, sku, name, price_minor, currency, status, version)
         select id, sku, name, price_minor, currency, status, version from {rows} where true
         on conflict (id) do update set sku = excluded.sku, name = excluded.name,
             price_minor = excluded.price_minor, currency = excluded.currency,
             status = excluded.status, version = excluded.version
         where orders_product.version < excluded.version",
        table,
    )
    .execute()
    .await
    .map(drop)
}

fn known(rows: Vec<Known>) -> Rows {
    Rows::new()
        .uuid("id", rows.iter().map(|row| row.0).collect())
        .boolean("archived", rows.iter().map(|row| row.1).collect())
        .bigint("version", rows.iter().map(|row| row.2).collect())
}

/// Keeps the newest of each client.
pub async fn keep_clients(tx: &mut Tx, rows: Vec<Known>) -> Result<(), DbError> {
    tx.bulk(
        "insert into orders_client (id, archived, version)
         select id, archived, version from {rows} where true
         on conflict (id) do update set archived = excluded.archived, version = excluded.version
         where orders_client.version < excluded.version",
        known(rows),
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps the newest of each employee.
pub async fn keep_employees(tx: &mut Tx, rows: Vec<Known>) -> Result<(), DbError> {
    tx.bulk(
        "insert into orders_employee (id, archived, version)
         select id, archived, version from {rows} where true
         on conflict (id) do update set archived = excluded.archived, version = excluded.version
         where orders_employee.version < excluded.version",
        known(rows),
    )
    .execute()
    .await
    .map(drop)
}

/// Keeps the newest of each store.
pub async fn keep_stores(tx: &mut Tx, rows: Vec<Known>) -> Result<(), DbError> {
    tx.bulk(
        "insert into orders_store (id, archived, version)
         select id, archived, version from {rows} where true
         on conflict (id) do update set archived = excluded.archived, version = excluded.version
         where orders_store.version < excluded.version",
        known(rows),
    )
    .execute()
    .await
    .map(drop)
}
