//! Pieces that have left and arrived.

use crate::parcel::{Moved, Pieces};
use kernel::{OrderId, ProductId, ShipmentId};
use platform::{DbError, Engine, Rows, Tx};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A product in a parcel of an order.
pub type Place = (OrderId, ShipmentId, ProductId);

/// Writes what is known of parcels. A piece that left does not come back by a late event, and one
/// that arrived has left.
pub async fn keep_parcels(tx: &mut Tx, parcels: &BTreeMap<Place, Pieces>) -> Result<(), DbError> {
    if parcels.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("order_id", parcels.keys().map(|(order, ..)| *order))
        .id(
            "shipment_id",
            parcels.keys().map(|(_, shipment, _)| *shipment),
        )
        .id("product_id", parcels.keys().map(|(.., product)| *product))
        .bigint("gone", parcels.values().map(|pieces| pieces.left).collect())
        .bigint(
            "arrived",
            parcels.values().map(|pieces| pieces.arrived).collect(),
        );
    tx.bulk(
        "insert into orders_parcel_line (order_id, shipment_id, product_id, dispatched, delivered)
         select order_id, shipment_id, product_id, gone, arrived from {rows} where true
         on conflict (order_id, shipment_id, product_id) do update set
             dispatched = case when excluded.dispatched > orders_parcel_line.dispatched
                 then excluded.dispatched else orders_parcel_line.dispatched end,
             delivered = case when excluded.delivered > orders_parcel_line.delivered
                 then excluded.delivered else orders_parcel_line.delivered end",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// What has left and arrived of these orders.
pub async fn moved(
    tx: &mut Tx,
    ids: &BTreeSet<OrderId>,
) -> Result<HashMap<OrderId, Moved>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => {
            "select p.order_id, p.product_id, p.dispatched, p.delivered
             from {rows} cross join orders_parcel_line p where p.order_id = r.id"
        }
        Engine::Postgres => {
            "select p.order_id, p.product_id, p.dispatched, p.delivered
             from {rows} cross join lateral (
                 select * from orders_parcel_line p where p.order_id = r.id offset 0) p"
        }
    };
    let rows = Rows::new().id("id", ids.iter().copied());
    let rows = tx.bulk(sql, rows).fetch_all().await?;
    let mut found: HashMap<OrderId, Moved> = HashMap::new();
    for row in &rows {
        let pieces = Pieces {
            left: row.get("dispatched")?,
            arrived: row.get("delivered")?,
        };
        let moved = found.entry(row.get("order_id")?).or_default();
        moved.add(row.get("product_id")?, pieces);
    }
    Ok(found)
}
