//! Pieces that left although they are promised to others: still on the shelf, as the ledger has it.

use crate::stock::Place;
use kernel::{OrderId, ShipmentId};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// Pieces of a shipment that are not off the shelf yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    pub order: OrderId,
    pub shipment: ShipmentId,
    pub place: Place,
    pub pieces: i64,
}

/// Takes rows of which something is free by now for this transaction; [`note`] puts back what
/// remains of them.
pub async fn take(tx: &mut Tx, most: i64) -> Result<Vec<Missing>, DbError> {
    let rows = tx
        .query_for(
            "delete from inventory_missing where (shipment_id, product_id, store_id) in (
                 select m.shipment_id, m.product_id, m.store_id
                 from inventory_missing m join inventory_level l
                     on l.product_id = m.product_id and l.store_id = m.store_id
                 where l.on_hand > l.reserved order by m.shipment_id limit $1)
             returning order_id, shipment_id, product_id, store_id, pieces",
            "delete from inventory_missing where (shipment_id, product_id, store_id) in (
                 select m.shipment_id, m.product_id, m.store_id
                 from inventory_missing m join inventory_level l
                     on l.product_id = m.product_id and l.store_id = m.store_id
                 where l.on_hand > l.reserved order by m.shipment_id limit $1
                 for update of m skip locked)
             returning order_id, shipment_id, product_id, store_id, pieces",
        )
        .bind(most)
        .fetch_all()
        .await?;
    rows.iter().map(missing).collect()
}

/// Writes down what could not be taken off.
pub async fn note(tx: &mut Tx, all: &[Missing]) -> Result<(), DbError> {
    if all.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("order_id", all.iter().map(|one| one.order))
        .id("shipment_id", all.iter().map(|one| one.shipment))
        .id("product_id", all.iter().map(|one| one.place.product))
        .id("store_id", all.iter().map(|one| one.place.store))
        .bigint("pieces", all.iter().map(|one| one.pieces).collect());
    tx.bulk(
        "insert into inventory_missing (order_id, shipment_id, product_id, store_id, pieces)
         select order_id, shipment_id, product_id, store_id, pieces from {rows}",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Whether there is something to [`take`]: a look that takes no lock.
pub async fn any(tx: &mut Tx) -> Result<bool, DbError> {
    let found = tx.query(
        "select 1 as one from inventory_missing m join inventory_level l
             on l.product_id = m.product_id and l.store_id = m.store_id
         where l.on_hand > l.reserved limit 1",
    );
    Ok(found.fetch_optional().await?.is_some())
}

fn missing(row: &Row) -> Result<Missing, DbError> {
    Ok(Missing {
        order: row.get("order_id")?,
        shipment: row.get("shipment_id")?,
        place: Place {
            product: row.get("product_id")?,
            store: row.get("store_id")?,
        },
        pieces: row.get("pieces")?,
    })
}
