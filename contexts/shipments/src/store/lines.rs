//! How much of an order is in shipments.

use crate::packing::Line;
use crate::shipment::Item;
use kernel::OrderId;
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

/// Makes the lines of an order, nothing packed; those that are there stay.
pub async fn make(tx: &mut Tx, order: OrderId, items: &[Item]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("product_id", items.iter().map(|item| item.product_id))
        .bigint("ordered", items.iter().map(|item| item.quantity).collect());
    tx.bulk(
        "insert into shipments_line (order_id, product_id, ordered, packed)
         select {1}, product_id, ordered, 0 from {rows} where true
         on conflict (order_id, product_id) do nothing",
        rows,
    )
    .bind(order)
    .execute()
    .await
    .map(drop)
}

/// The lines of orders; an order without a shipment has none.
pub async fn of(
    tx: &mut Tx,
    orders: impl IntoIterator<Item = OrderId>,
) -> Result<HashMap<OrderId, Vec<Line>>, DbError> {
    let rows = tx
        .bulk(
            "select l.order_id, l.product_id, l.ordered, l.packed
             from {rows} join shipments_line l on l.order_id = r.id
             order by l.order_id, l.product_id",
            Rows::new().id("id", orders),
        )
        .fetch_all()
        .await?;
    let mut lines: HashMap<OrderId, Vec<Line>> = HashMap::new();
    for row in &rows {
        lines
            .entry(row.get("order_id")?)
            .or_default()
            .push(line(row)?);
    }
    Ok(lines)
}

fn line(row: &Row) -> Result<Line, DbError> {
    Ok(Line {
        product_id: row.get("product_id")?,
        ordered: row.get("ordered")?,
        packed: row.get("packed")?,
    })
}
