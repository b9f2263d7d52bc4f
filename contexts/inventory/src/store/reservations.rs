//! Which orders inventory has an answer for. Whoever writes the row first decides: a reservation
//! and a cancellation of the same order never both go through, in whatever order they come.

use kernel::{EventId, OrderId, ShipmentId};
use platform::{DbError, Engine, Rows, Tx};
use std::collections::HashSet;

/// Takes orders that nobody has answered yet; answers those taken.
pub async fn claim(tx: &mut Tx, orders: Vec<OrderId>) -> Result<HashSet<OrderId>, DbError> {
    insert(
        tx,
        "insert into inventory_reservation (order_id, tombstone)
         select order_id, false from {rows} where true
         on conflict (order_id) do nothing returning order_id",
        orders,
    )
    .await
}

/// As [`claim`], for a caller who believes that nobody has answered them; refused when somebody
/// has.
pub async fn claim_unseen(tx: &mut Tx, mut orders: Vec<OrderId>) -> Result<(), DbError> {
    if orders.is_empty() {
        return Ok(());
    }
    orders.sort_unstable();
    tx.write(
        "insert into inventory_reservation (order_id, tombstone)
         select order_id, false from {rows}",
        Rows::new().id("order_id", orders),
    )
    .await
}

/// Lets go of orders that were taken and could not be held: placed again, they get a new chance.
pub async fn disclaim(tx: &mut Tx, orders: Vec<OrderId>) -> Result<(), DbError> {
    tx.bulk(
        "delete from inventory_reservation where order_id in (select order_id from {rows})",
        Rows::new().id("order_id", orders),
    )
    .execute()
    .await
    .map(drop)
}

/// Marks cancelled orders that never came as never to be held; answers those marked now.
pub async fn bury(tx: &mut Tx, orders: Vec<OrderId>) -> Result<HashSet<OrderId>, DbError> {
    insert(
        tx,
        "insert into inventory_reservation (order_id, tombstone)
         select order_id, true from {rows} where true
         on conflict (order_id) do nothing returning order_id",
        orders,
    )
    .await
}

/// Keeps others from letting go of what these orders hold until the transaction ends. SQLite has
/// one writer: who may write holds every lock.
pub async fn lock(tx: &mut Tx, orders: Vec<OrderId>) -> Result<(), DbError> {
    if tx.engine() == Engine::Sqlite {
        return Ok(());
    }
    tx.bulk(
        "select h.order_id from {rows} join inventory_reservation h on h.order_id = r.order_id
         order by h.order_id for no key update of h",
        Rows::new().id("order_id", orders),
    )
    .fetch_all()
    .await
    .map(drop)
}

async fn insert(
    tx: &mut Tx,
    sql: &'static str,
    mut orders: Vec<OrderId>,
) -> Result<HashSet<OrderId>, DbError> {
    orders.sort_unstable();
    let rows = tx.bulk(sql, Rows::new().id("order_id", orders));
    let rows = rows.fetch_all().await?;
    rows.iter().map(|row| row.get("order_id")).collect()
}

/// Remembers returns; answers those that are new.
pub async fn note_returns(
    tx: &mut Tx,
    returns: &[(EventId, OrderId)],
) -> Result<HashSet<EventId>, DbError> {
    let rows = Rows::new()
        .id("event_id", returns.iter().map(|one| one.0))
        .id("order_id", returns.iter().map(|one| one.1));
    let rows = tx
        .bulk(
            "insert into inventory_return (event_id, order_id)
             select event_id, order_id from {rows} where true
             on conflict (event_id) do nothing returning event_id",
            rows,
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("event_id")).collect()
}

/// Remembers shipments whose goods are taken off the shelf; answers those that are new.
pub async fn note_shipments(
    tx: &mut Tx,
    shipments: &[(ShipmentId, OrderId)],
) -> Result<HashSet<ShipmentId>, DbError> {
    let rows = Rows::new()
        .id("shipment_id", shipments.iter().map(|one| one.0))
        .id("order_id", shipments.iter().map(|one| one.1));
    let rows = tx
        .bulk(
            "insert into inventory_shipment (shipment_id, order_id)
             select shipment_id, order_id from {rows} where true
             on conflict (shipment_id) do nothing returning shipment_id",
            rows,
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("shipment_id")).collect()
}
