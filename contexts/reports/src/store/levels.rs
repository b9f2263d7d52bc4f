//! Stock: what is on hand as inventory told it, what is reserved as the orders tell it.

use super::totals;
use crate::shelf::{Shelf, difference};
use contracts::inventory::MovedLevel;
use kernel::{ProductId, StoreId};
use platform::{DbError, Rows, Tx};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// What a level is of, and where.
pub type Place = (ProductId, StoreId);

/// Keeps levels that are newer than what is known; a level comes up once.
pub async fn keep(tx: &mut Tx, levels: Vec<&MovedLevel>) -> Result<(), DbError> {
    let places: Vec<Place> = levels
        .iter()
        .map(|one| (one.product_id, one.store_id))
        .collect();
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
    let before = totals::of_places(tx, &places).await?;
    tx.bulk(KEEP, rows).execute().await?;
    let after = totals::of_places(tx, &places).await?;
    totals::add(tx, &difference(&before, &after)).await
}

/// As [`crate::shelf::worth`], of pieces at the price of a product `p`.
macro_rules! worth {
    ($on_hand:literal) => {
        concat!(
            "case when coalesce(p.price_minor, 0) = 0 then 0 when ",
            $on_hand,
            " > 9000000000000000 / p.price_minor then 9000000000000000 else ",
            $on_hand,
            " * p.price_minor end"
        )
    };
}

/// What a level is worth at most is lowered when it is a third too much.
const KEEP: &str = concat!(
    "insert into reports_level as f
        (product_id, store_id, on_hand, reserved, min_stock, version, worth_at_most)
    select r.product_id, r.store_id, r.on_hand, 0, r.min_stock, r.version, ",
    worth!("r.on_hand"),
    "
    from {rows} left join reports_product p on p.id = r.product_id where true
    on conflict (product_id, store_id) do update set on_hand = excluded.on_hand,
        min_stock = excluded.min_stock, version = excluded.version,
        worth_at_most = case
            when excluded.worth_at_most > f.worth_at_most
                or excluded.worth_at_most < f.worth_at_most / 4 * 3 then excluded.worth_at_most
            else f.worth_at_most end
    where f.version < excluded.version"
);

/// Adds to what orders hold, or takes away from it. Version 0 is of a level not told of yet.
pub async fn hold(tx: &mut Tx, held: BTreeMap<Place, i64>) -> Result<(), DbError> {
    if held.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("product_id", held.keys().map(|place| place.0))
        .id("store_id", held.keys().map(|place| place.1))
        .bigint("pieces", held.values().copied().collect());
    let rows = tx
        .bulk(
            "insert into reports_level as f
                 (product_id, store_id, on_hand, reserved, min_stock, version)
             select product_id, store_id, 0, pieces, null, 0 from {rows} where true
             on conflict (product_id, store_id) do update set
                 reserved = f.reserved + excluded.reserved
             returning product_id, store_id, on_hand, reserved, min_stock",
            rows,
        )
        .fetch_all()
        .await?;
    let products: BTreeSet<Uuid> = held.keys().map(|place| place.0.uuid()).collect();
    let products = totals::products(tx, products.into_iter().collect()).await?;
    let (mut before, mut after) = (
        Vec::with_capacity(rows.len()),
        Vec::with_capacity(rows.len()),
    );
    for row in &rows {
        let place: Place = (row.get("product_id")?, row.get("store_id")?);
        let shelf = Shelf {
            store: place.1.uuid(),
            on_hand: row.get("on_hand")?,
            reserved: row.get("reserved")?,
            min_stock: row.get("min_stock")?,
            product: products.get(&place.0.uuid()).cloned(),
        };
        before.push(Shelf {
            reserved: shelf.reserved - held[&place],
            ..shelf.clone()
        });
        after.push(shelf);
    }
    totals::add(tx, &difference(&before, &after)).await
}

/// What levels of these products are worth at most, at their prices of now.
pub async fn value(tx: &mut Tx, products: &[ProductId]) -> Result<(), DbError> {
    tx.bulk(
        concat!(
            "update reports_level set worth_at_most = (
             select ",
            worth!("reports_level.on_hand"),
            "
             from reports_product p where p.id = reports_level.product_id)
         where product_id in (select r.product_id from {rows})"
        ),
        Rows::new().id("product_id", products.iter().copied()),
    )
    .execute()
    .await
    .map(drop)
}
