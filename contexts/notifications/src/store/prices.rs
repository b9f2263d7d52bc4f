//! Prices as they were last heard of, and those that have changed and were not told of yet.

use crate::price_news::{Change, Known};
use kernel::{ProductId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

/// What is known of these products.
pub async fn known(
    tx: &mut Tx,
    products: Vec<ProductId>,
) -> Result<HashMap<ProductId, Known>, DbError> {
    let rows = tx
        .bulk(
            "select p.id, p.version, p.price_minor, p.currency from {rows}
             join notifications_product p on p.id = r.id",
            Rows::new().id("id", products),
        )
        .fetch_all()
        .await?;
    let known = |row: &Row| {
        let price: Option<i64> = row.get("price_minor")?;
        let currency: Option<String> = row.get("currency")?;
        let version = row.get("version")?;
        let price = price.zip(currency);
        Ok((row.get("id")?, Known { version, price }))
    };
    rows.iter().map(known).collect()
}

/// Keeps changes until they are told; of a product that changes again, the price before stays.
pub async fn gather(tx: &mut Tx, changes: Vec<Change>, now: Timestamp) -> Result<(), DbError> {
    let minor = |of: fn(&Change) -> i64| changes.iter().map(of).collect();
    let rows = Rows::new()
        .id("product_id", changes.iter().map(|one| one.product))
        .bigint("before_minor", minor(|one| one.before_minor))
        .bigint("price_minor", minor(|one| one.price_minor))
        .text(
            "currency",
            changes.iter().map(|one| one.currency.clone()).collect(),
        );
    tx.bulk(
        "insert into notifications_price_change
             (product_id, before_minor, price_minor, currency, heard_at)
         select product_id, before_minor, price_minor, currency, {1} from {rows} where true
         on conflict (product_id) do update set price_minor = excluded.price_minor",
        rows,
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// When the first of those that wait was heard of.
pub async fn first(tx: &mut Tx) -> Result<Option<Timestamp>, DbError> {
    let query = tx.query("select min(heard_at) as heard_at from notifications_price_change");
    query.fetch_one().await?.get("heard_at")
}

/// Takes all that wait: who takes them tells of them in the same transaction.
pub async fn take(tx: &mut Tx) -> Result<Vec<Change>, DbError> {
    let rows = tx
        .query(
            "delete from notifications_price_change
             returning product_id, before_minor, price_minor, currency",
        )
        .fetch_all()
        .await?;
    let change = |row: &Row| {
        Ok(Change {
            product: row.get("product_id")?,
            before_minor: row.get("before_minor")?,
            price_minor: row.get("price_minor")?,
            currency: row.get("currency")?,
        })
    };
    rows.iter().map(change).collect()
}
