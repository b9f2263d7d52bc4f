//! The copy of orders: what was ordered, by whom, and whether it was cancelled.

use crate::packing;
use crate::shipment::Item;
use kernel::{ClientId, OrderId};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};

/// An order as shipments knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub client_id: ClientId,
    pub items: Vec<Item>,
    pub cancelled: bool,
}

/// A placed order, to be kept.
#[derive(Clone, Debug)]
pub struct Placed {
    pub id: OrderId,
    pub number: String,
    pub client_id: ClientId,
    /// As [`packing::to_text`] writes it.
    pub items: String,
}

/// Keeps placed orders: on the way of every order, so it is one statement with nothing to spare.
pub async fn keep(tx: &mut Tx, placed: Vec<Placed>) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", placed.iter().map(|one| one.id))
        .id("client_id", placed.iter().map(|one| one.client_id));
    let (numbers, items) = placed
        .into_iter()
        .map(|one| (one.number, one.items))
        .unzip();
    tx.write(
        "insert into shipments_order (id, number, client_id, items, cancelled)
         select id, number, client_id, items, false from {rows} where true
         on conflict (id) do nothing",
        rows.text("number", numbers).text("items", items),
    )
    .await
}

/// Reads an order.
pub async fn find(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, DbError> {
    let found = tx
        .query("select id, client_id, items, cancelled from shipments_order where id = $1")
        .bind(id)
        .fetch_optional()
        .await?;
    found.as_ref().map(order).transpose()
}

/// Reads an order and keeps everybody else who moves its shipments waiting. SQLite has one writer:
/// who may write holds every lock.
pub async fn lock(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, DbError> {
    tx.hold([id]).await?;
    let found = tx
        .query_for(
            "select id, client_id, items, cancelled from shipments_order where id = $1",
            "select id, client_id, items, cancelled from shipments_order where id = $1
             for no key update",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    found.as_ref().map(order).transpose()
}

/// Marks orders as cancelled, locked in the order of their ids.
pub async fn cancel(tx: &mut Tx, ids: &[OrderId]) -> Result<(), DbError> {
    let rows = || Rows::new().id("id", ids.iter().copied());
    if tx.engine() == Engine::Postgres {
        tx.bulk(
            "select o.id from {rows} join shipments_order o on o.id = r.id
             order by o.id for no key update of o",
            rows(),
        )
        .fetch_all()
        .await?;
    }
    tx.bulk(
        "update shipments_order set cancelled = true
         where id in (select id from {rows}) and not cancelled",
        rows(),
    )
    .execute()
    .await
    .map(drop)
}

fn order(row: &Row) -> Result<Order, DbError> {
    let text: String = row.get("items")?;
    let items = packing::from_text(&text)
        .map_err(|error| DbError::Bug(format!("items of an order: {error}")))?;
    Ok(Order {
        id: row.get("id")?,
        client_id: row.get("client_id")?,
        items,
        cancelled: row.get("cancelled")?,
    })
}
