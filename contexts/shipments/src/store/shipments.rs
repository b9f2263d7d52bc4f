//! Shipments and their items.

use crate::carrier::Label;
use crate::shipment::{Item, Shipment, Status};
use crate::tracking::TrackingNumber;
use kernel::{Limit, OrderId, ShipmentId, Timestamp};
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use std::collections::HashMap;

const SHIPMENTS: &str = "select s.id, s.order_id, o.client_id, s.store_id, s.status, s.recalled,
    s.carrier, s.tracking_number, s.estimated_delivery, s.dispatched_at, s.delivered_at,
    s.cancelled_at, s.created_at, s.updated_at, s.version
    from shipments_shipment s join shipments_order o on o.id = s.order_id where true";

/// The order a shipment belongs to; that never changes.
pub async fn order_of(tx: &mut Tx, id: ShipmentId) -> Result<Option<OrderId>, DbError> {
    let found = tx
        .query("select order_id from shipments_shipment where id = $1")
        .bind(id)
        .fetch_optional()
        .await?;
    found.map(|row| row.get("order_id")).transpose()
}

/// One shipment.
pub async fn find(tx: &mut Tx, id: ShipmentId) -> Result<Option<Shipment>, DbError> {
    let rows = tx
        .build(SHIPMENTS)
        .and("and s.id = ?", Some(id))
        .fetch_all()
        .await?;
    Ok(with_items(tx, &rows).await?.pop())
}

/// The shipments of an order, the first first; one more than `limit`.
pub async fn of_order(
    tx: &mut Tx,
    order: OrderId,
    after: Option<ShipmentId>,
    limit: Limit,
) -> Result<Vec<Shipment>, DbError> {
    let rows = tx
        .build(SHIPMENTS)
        .and("and s.order_id = ?", Some(order))
        .and("and s.id > ?", after)
        .push("order by s.id limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    with_items(tx, &rows).await
}

/// How many shipments an order has.
pub async fn count(tx: &mut Tx, order: OrderId) -> Result<i64, DbError> {
    let row = tx
        .query("select count(*) as total from shipments_shipment where order_id = $1")
        .bind(order)
        .fetch_one()
        .await?;
    row.get("total")
}

/// The latest shipment that had this number.
pub async fn tracked(tx: &mut Tx, number: &TrackingNumber) -> Result<Option<Shipment>, DbError> {
    let rows = tx
        .build(SHIPMENTS)
        .and("and s.tracking_number = ?", Some(number.as_str()))
        .push("order by s.id desc limit 1")
        .fetch_all()
        .await?;
    Ok(with_items(tx, &rows).await?.pop())
}

/// Writes a new shipment with its items; the order's lines count them.
pub async fn insert(tx: &mut Tx, shipment: &Shipment) -> Result<(), DbError> {
    tx.query(
        "insert into shipments_shipment (id, order_id, store_id, status, recalled, carrier,
             tracking_number, estimated_delivery, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
    )
    .bind(shipment.id)
    .bind(shipment.order_id)
    .bind(shipment.store_id)
    .bind(shipment.status.as_str())
    .bind(shipment.recalled)
    .bind(shipment.label.carrier.as_str())
    .bind(number(shipment))
    .bind(shipment.label.estimated_delivery)
    .bind(shipment.created_at)
    .bind(shipment.updated_at)
    .bind(shipment.version)
    .execute()
    .await?;
    let items = &shipment.items;
    let rows = Rows::new()
        .id("product_id", items.iter().map(|item| item.product_id))
        .bigint("quantity", items.iter().map(|item| item.quantity).collect());
    tx.bulk(
        "insert into shipments_item (shipment_id, product_id, quantity)
         select {1}, product_id, quantity from {rows}",
        rows,
    )
    .bind(shipment.id)
    .execute()
    .await
    .map(drop)
}

/// Writes what changes about a shipment.
pub async fn update(tx: &mut Tx, shipment: &Shipment) -> Result<(), DbError> {
    tx.query(
        "update shipments_shipment set status = $2, carrier = $3, tracking_number = $4,
             estimated_delivery = $5, dispatched_at = $6, delivered_at = $7, cancelled_at = $8,
             updated_at = $9, version = $10
         where id = $1",
    )
    .bind(shipment.id)
    .bind(shipment.status.as_str())
    .bind(shipment.label.carrier.as_str())
    .bind(number(shipment))
    .bind(shipment.label.estimated_delivery)
    .bind(shipment.dispatched_at)
    .bind(shipment.delivered_at)
    .bind(shipment.cancelled_at)
    .bind(shipment.updated_at)
    .bind(shipment.version)
    .execute()
    .await
    .map(drop)
}

fn number(shipment: &Shipment) -> Option<&str> {
    let number = shipment.label.tracking_number.as_ref();
    number.map(TrackingNumber::as_str)
}

/// Cancels what has not left of these orders and recalls what has.
pub async fn stop(tx: &mut Tx, ids: &[OrderId], now: Timestamp) -> Result<(), DbError> {
    tx.bulk(
        "update shipments_shipment set
             status = case status when 'processing' then 'cancelled' else status end,
             cancelled_at = case status when 'processing' then {1} end,
             recalled = (status <> 'processing'),
             updated_at = {1}, version = version + 1
         where order_id in (select id from {rows}) and (status = 'processing'
             or (status in ('in_transit', 'delivered') and not recalled))",
        Rows::new().id("id", ids.iter().copied()),
    )
    .bind(now)
    .execute()
    .await
    .map(drop)
}

/// Sandbox shipments that were last moved before `moment`, the oldest first.
pub async fn sandbox_idle_since(
    tx: &mut Tx,
    moment: Timestamp,
    most: i64,
) -> Result<Vec<(ShipmentId, Status)>, DbError> {
    let rows = tx
        .query(
            "select id, status from shipments_shipment
             where carrier = 'sandbox' and status in ('processing', 'in_transit')
                 and updated_at <= $1 and not recalled
             order by id limit $2",
        )
        .bind(moment)
        .bind(most)
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("id")?, status(row)?)))
        .collect()
}

async fn with_items(tx: &mut Tx, rows: &[Row]) -> Result<Vec<Shipment>, DbError> {
    let mut shipments: Vec<Shipment> = rows.iter().map(shipment).collect::<Result<_, _>>()?;
    if shipments.is_empty() {
        return Ok(shipments);
    }
    let rows = tx
        .bulk(
            "select i.shipment_id, i.product_id, i.quantity
             from {rows} join shipments_item i on i.shipment_id = r.id
             order by i.shipment_id, i.product_id",
            Rows::new().id("id", shipments.iter().map(|one| one.id)),
        )
        .fetch_all()
        .await?;
    let mut items: HashMap<ShipmentId, Vec<Item>> = HashMap::new();
    for row in &rows {
        let item = Item {
            product_id: row.get("product_id")?,
            quantity: row.get("quantity")?,
        };
        items.entry(row.get("shipment_id")?).or_default().push(item);
    }
    for shipment in &mut shipments {
        shipment.items = items.remove(&shipment.id).unwrap_or_default();
    }
    Ok(shipments)
}

fn shipment(row: &Row) -> Result<Shipment, DbError> {
    let number: Option<String> = row.get("tracking_number")?;
    let number = number.map(|text| text.parse()).transpose();
    Ok(Shipment {
        id: row.get("id")?,
        order_id: row.get("order_id")?,
        client_id: row.get("client_id")?,
        store_id: row.get("store_id")?,
        status: status(row)?,
        recalled: row.get("recalled")?,
        label: Label {
            carrier: row.get("carrier")?,
            tracking_number: number.map_err(|error| DbError::Bug(format!("{error}")))?,
            estimated_delivery: row.get("estimated_delivery")?,
        },
        items: Vec::new(),
        dispatched_at: row.get("dispatched_at")?,
        delivered_at: row.get("delivered_at")?,
        cancelled_at: row.get("cancelled_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

fn status(row: &Row) -> Result<Status, DbError> {
    let word: String = row.get("status")?;
    Status::read(&word).ok_or_else(|| DbError::Bug(format!("status {word}")))
}
