//! Orders to be sent, and the queue of those that are open.

use crate::packing;
use crate::shipment::Item;
use kernel::{Limit, OrderId, StoreId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Rows, Tx};
use serde::{Deserialize, Serialize};

/// A confirmed order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confirmed {
    pub order_id: OrderId,
    pub store_id: StoreId,
    pub confirmed_at: Timestamp,
}

/// An order in the queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub confirmed: Confirmed,
    pub number: String,
    pub items: Vec<Item>,
}

/// Where a page of the queue ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct After {
    pub confirmed_at: i64,
    pub order_id: OrderId,
}

/// Which part of the queue.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub store: Option<StoreId>,
    /// The stores the caller is limited to.
    pub only_stores: Option<Vec<StoreId>>,
}

/// Puts confirmed orders into the queue: on the way of every order, as [`super::orders::keep`].
pub async fn open(tx: &mut Tx, confirmed: &[Confirmed]) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("order_id", confirmed.iter().map(|one| one.order_id))
        .id("store_id", confirmed.iter().map(|one| one.store_id))
        .time("confirmed_at", confirmed.iter().map(|one| one.confirmed_at));
    tx.write(
        "insert into shipments_fulfilment (order_id, store_id, confirmed_at, open)
         select order_id, store_id, confirmed_at, true from {rows} where true
         on conflict (order_id) do nothing",
        rows,
    )
    .await
}

/// Takes orders out of the queue.
pub async fn close(tx: &mut Tx, ids: &[OrderId]) -> Result<(), DbError> {
    tx.bulk(
        "update shipments_fulfilment set open = false
         where order_id in (select id from {rows}) and open",
        Rows::new().id("id", ids.iter().copied()),
    )
    .execute()
    .await
    .map(drop)
}

/// Takes an order out of the queue when all of it has left.
pub async fn close_when_gone(tx: &mut Tx, order: OrderId) -> Result<(), DbError> {
    tx.query(
        "update shipments_fulfilment set open = false
         where order_id = $1 and open and not exists (
             select 1 from shipments_line l where l.order_id = $1 and l.ordered > (
                 select coalesce(sum(i.quantity), 0)
                 from shipments_shipment s join shipments_item i on i.shipment_id = s.id
                 where s.order_id = l.order_id and i.product_id = l.product_id
                     and s.status in ('in_transit', 'delivered')))",
    )
    .bind(order)
    .execute()
    .await
    .map(drop)
}

/// The store that sends an order; none before it is confirmed.
pub async fn store_of(tx: &mut Tx, order: OrderId) -> Result<Option<StoreId>, DbError> {
    let found = tx
        .query("select store_id from shipments_fulfilment where order_id = $1")
        .bind(order)
        .fetch_optional()
        .await?;
    found.map(|row| row.get("store_id")).transpose()
}

/// The queue, whoever waits longest first; one more row than `limit`.
pub async fn queue(
    tx: &mut Tx,
    filter: &Filter,
    after: Option<After>,
    limit: Limit,
) -> Result<Vec<Waiting>, DbError> {
    let start = "select f.order_id, f.store_id, f.confirmed_at, o.number, o.items
        from shipments_fulfilment f join shipments_order o on o.id = f.order_id where f.open";
    let mut build = filtered(tx.build(start), filter);
    if let Some(after) = after {
        build = build
            .push("and (f.confirmed_at, f.order_id) > (?, ?)")
            .bind(after.confirmed_at)
            .bind(after.order_id);
    }
    let rows = build
        .push("order by f.confirmed_at, f.order_id limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(waiting).collect()
}

/// How many orders wait.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let start = "select count(*) as total from shipments_fulfilment f where f.open";
    filtered(tx.build(start), filter)
        .fetch_one()
        .await?
        .get("total")
}

fn filtered<'t>(build: Build<'t>, filter: &Filter) -> Build<'t> {
    let build = build.and("and f.store_id = ?", filter.store);
    let Some(stores) = &filter.only_stores else {
        return build;
    };
    let each = |build: Build<'t>, store: &StoreId| build.push(", ?").bind(*store);
    stores
        .iter()
        .fold(build.push("and f.store_id in (null"), each)
        .push(")")
}

fn waiting(row: &Row) -> Result<Waiting, DbError> {
    let text: String = row.get("items")?;
    let items = packing::from_text(&text)
        .map_err(|error| DbError::Bug(format!("items of an order: {error}")))?;
    Ok(Waiting {
        confirmed: Confirmed {
            order_id: row.get("order_id")?,
            store_id: row.get("store_id")?,
            confirmed_at: row.get("confirmed_at")?,
        },
        number: row.get("number")?,
        items,
    })
}
