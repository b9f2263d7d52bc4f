//! Stock: what is on hand as inventory told it, what is reserved as the orders tell it.

use contracts::inventory::MovedLevel;
use kernel::{ProductId, StoreId};
use platform::{DbError, Rows, Tx};
use std::collections::BTreeMap;

/// Keeps levels that are newer than what is known; a level comes up once.
pub async fn keep(tx: &mut Tx, levels: Vec<&MovedLevel>) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("product_id", levels.iter().map(|level| level.product_id))
        .id("store_id", levels.iter().map(|level| level.store_id))
        .bigint(
            "on_hand",
            levels.iter().map(|level| level.on_hand).collect(),
        )
        .optional_bigint(
            "min_stock",
            levels.iter().map(|level| level.min_stock).collect(),
        )
        .bigint(
            "version",
            levels.iter().map(|level| level.version).collect(),
        );
    tx.bulk(
        "insert into reports_level as f
             (product_id, store_id, on_hand, reserved, min_stock, version)
         select product_id, store_id, on_hand, 0, min_stock, version from {rows} where true
         on conflict (product_id, store_id) do update set on_hand = excluded.on_hand,
             min_stock = excluded.min_stock, version = excluded.version
         where f.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Adds to what orders hold, or takes away from it. Version 0 is of a level not told of yet.
pub async fn hold(tx: &mut Tx, held: BTreeMap<(ProductId, StoreId), i64>) -> Result<(), DbError> {
    if held.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("product_id", held.keys().map(|place| place.0))
        .id("store_id", held.keys().map(|place| place.1))
        .bigint("pieces", held.values().copied().collect());
    tx.bulk(
        "insert into reports_level as f
             (product_id, store_id, on_hand, reserved, min_stock, version)
         select product_id, store_id, 0, pieces, null, 0 from {rows} where true
         on conflict (product_id, store_id) do update set
             reserved = f.reserved + excluded.reserved",
        rows,
    )
    .execute()
    .await
    .map(drop)
}
