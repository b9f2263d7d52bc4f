//! The copy of which stores have a product to sell.

use kernel::{ProductId, StoreId};
use platform::{DbError, Rows, Tx};

/// What is known of one product in one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StockMark {
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub in_stock: bool,
    pub version: i64,
}

/// Takes over what is newer than what is known. At most one mark per product and store.
pub async fn upsert(tx: &mut Tx, marks: &[StockMark]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("product_id", marks.iter().map(|mark| mark.product_id))
        .id("store_id", marks.iter().map(|mark| mark.store_id))
        .boolean("in_stock", marks.iter().map(|mark| mark.in_stock).collect())
        .bigint("version", marks.iter().map(|mark| mark.version).collect());
    tx.bulk(
        "insert into catalog_stock as t (product_id, store_id, in_stock, version)
            select product_id, store_id, in_stock, version from {rows} where true
            on conflict (product_id, store_id) do update
            set in_stock = excluded.in_stock, version = excluded.version
            where t.version < excluded.version",
        rows,
    )
    .execute()
    .await?;
    Ok(())
}
