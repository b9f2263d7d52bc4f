//! Prices over time in the database.

use super::parsed;
use kernel::{Currency, Money, ProductId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// One price in a product's history, or planned for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Price {
    pub product_id: ProductId,
    pub money: Money,
    pub effective_at: Timestamp,
    /// False while it is planned.
    pub applied: bool,
    pub created_at: Timestamp,
}

fn read(row: &Row) -> Result<Price, DbError> {
    let currency: Currency = parsed(row, "currency")?;
    Ok(Price {
        product_id: row.get("product_id")?,
        money: Money::new(row.get("price_minor")?, currency),
        effective_at: row.get("effective_at")?,
        applied: row.get("applied")?,
        created_at: row.get("created_at")?,
    })
}

/// Writes prices into the history; one of the same product and instant is replaced. No two of
/// `prices` may have the same product and instant.
pub async fn put(tx: &mut Tx, prices: &[Price]) -> Result<(), DbError> {
    if prices.is_empty() {
        return Ok(());
    }
    let currencies = prices
        .iter()
        .map(|price| price.money.currency().to_string());
    let rows = Rows::new()
        .id("product_id", prices.iter().map(|price| price.product_id))
        .time(
            "effective_at",
            prices.iter().map(|price| price.effective_at),
        )
        .bigint(
            "price_minor",
            prices.iter().map(|price| price.money.minor()).collect(),
        )
        .text("currency", currencies.collect())
        .boolean(
            "applied",
            prices.iter().map(|price| price.applied).collect(),
        )
        .time("created_at", prices.iter().map(|price| price.created_at));
    tx.bulk(
        "insert into catalog_price
                (product_id, effective_at, price_minor, currency, applied, created_at)
            select product_id, effective_at, price_minor, currency, applied, created_at
            from {rows} where true
            on conflict (product_id, effective_at) do update
            set price_minor = excluded.price_minor, currency = excluded.currency,
                applied = excluded.applied, created_at = excluded.created_at",
        rows,
    )
    .execute()
    .await?;
    Ok(())
}

/// The prices of a product, the latest first, older than `before`.
pub async fn history(
    tx: &mut Tx,
    product_id: ProductId,
    before: Option<Timestamp>,
    rows: i64,
) -> Result<Vec<Price>, DbError> {
    let rows = tx
        .build(
            "select product_id, effective_at, price_minor, currency, applied, created_at
            from catalog_price where product_id = ?",
        )
        .bind(product_id)
        .and("and effective_at < ?", before)
        .push("order by effective_at desc limit ?")
        .bind(rows)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

pub async fn count(tx: &mut Tx, product_id: ProductId) -> Result<i64, DbError> {
    let query = tx.query("select count(*) as total from catalog_price where product_id = $1");
    query.bind(product_id).fetch_one().await?.get("total")
}

/// Planned prices whose time has come, the earliest first.
pub async fn due(tx: &mut Tx, now: Timestamp, rows: i64) -> Result<Vec<Price>, DbError> {
    let rows = tx
        .query(
            "select product_id, effective_at, price_minor, currency, applied, created_at
            from catalog_price where not applied and effective_at <= $1
            order by effective_at, product_id limit $2",
        )
        .bind(now)
        .bind(rows)
        .fetch_all()
        .await?;
    rows.iter().map(read).collect()
}

/// The price that is planned for this product and instant, and not yet applied.
pub async fn planned(
    tx: &mut Tx,
    product_id: ProductId,
    effective_at: Timestamp,
) -> Result<Option<Price>, DbError> {
    let row = tx
        .query(
            "select product_id, effective_at, price_minor, currency, applied, created_at
            from catalog_price where product_id = $1 and effective_at = $2 and not applied",
        )
        .bind(product_id)
        .bind(effective_at)
        .fetch_optional()
        .await?;
    row.as_ref().map(read).transpose()
}
