//! Lists of orders: filters, sorts, keyset paging.

use super::order::{COLUMNS, order, with_lines};
use crate::order::{Order, Status};
use kernel::{ClientId, EmployeeId, Limit, OrderId, StoreId, Timestamp};
use platform::db::{Build, Row};
use platform::{DbError, Tx};
use serde::{Deserialize, Serialize};

/// What a list is narrowed down to.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub status: Option<Status>,
    pub client_id: Option<ClientId>,
    pub employee_id: Option<EmployeeId>,
    pub store_id: Option<StoreId>,
    /// The stores the caller is limited to.
    pub only_stores: Option<Vec<StoreId>>,
    pub placed_from: Option<Timestamp>,
    pub placed_to: Option<Timestamp>,
    pub serial: Option<i64>,
}

/// The order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    #[default]
    Newest,
    Oldest,
    LastPlaced,
    FirstPlaced,
}

/// Where a page ended.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct After {
    pub id: OrderId,
    pub placed_at: Option<Timestamp>,
}

/// One more row than `limit`, to know whether there is a next page.
pub async fn list(
    tx: &mut Tx,
    filter: &Filter,
    sort: Sort,
    after: Option<After>,
    limit: Limit,
) -> Result<Vec<Order>, DbError> {
    let query = filtered(tx.build(COLUMNS), filter);
    let query = match sort {
        Sort::Newest => query
            .and("and o.id < ?", after.map(|after| after.id))
            .push("order by o.id desc"),
        Sort::Oldest => query
            .and("and o.id > ?", after.map(|after| after.id))
            .push("order by o.id"),
        Sort::LastPlaced => placed(query, after, "and (o.placed_at, o.id) < (?, ?)")
            .push("order by o.placed_at desc, o.id desc"),
        Sort::FirstPlaced => placed(query, after, "and (o.placed_at, o.id) > (?, ?)")
            .push("order by o.placed_at, o.id"),
    };
    let rows = query
        .push("limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    let orders = rows.iter().map(order).collect::<Result<Vec<_>, _>>()?;
    with_lines(tx, orders).await
}

/// How many orders there are under the filter.
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, DbError> {
    let query = tx.build("select count(*) as total from orders_order o");
    filtered(query, filter).fetch_one().await?.get("total")
}

fn placed<'t>(query: Build<'t>, after: Option<After>, further: &'static str) -> Build<'t> {
    let query = query.push("and o.placed_at is not null");
    match after.and_then(|after| Some((after.placed_at?, after.id))) {
        Some((placed_at, id)) => query.push(further).bind(placed_at).bind(id),
        None => query,
    }
}

fn filtered<'t>(query: Build<'t>, filter: &Filter) -> Build<'t> {
    let query = only_stores(query.push("where true"), filter.only_stores.as_deref());
    query
        .and("and o.status = ?", filter.status.map(Status::as_str))
        .and("and o.client_id = ?", filter.client_id)
        .and("and o.employee_id = ?", filter.employee_id)
        .and("and o.store_id = ?", filter.store_id)
        .and("and o.placed_at >= ?", filter.placed_from)
        .and("and o.placed_at < ?", filter.placed_to)
        .and("and o.serial = ?", filter.serial)
}

fn only_stores<'t>(query: Build<'t>, stores: Option<&[StoreId]>) -> Build<'t> {
    let Some(stores) = stores else { return query };
    let query = query.push("and (o.store_id is null or o.store_id in (null");
    let each = |query: Build<'t>, store: &StoreId| query.push(", ?").bind(*store);
    stores.iter().fold(query, each).push("))")
}

/// The orders of a client that were given an address, without their lines, oldest first, each with
/// the address as it is sealed.
pub async fn sealed_addresses(
    tx: &mut Tx,
    client: ClientId,
) -> Result<Vec<(Order, Vec<u8>)>, DbError> {
    let rows = tx
        .query(
            "select o.*, c.shipping_address_sealed
             from orders_order o join orders_checkout c on c.order_id = o.id
             where o.client_id = $1 and c.shipping_address_sealed is not null order by o.id",
        )
        .bind(client)
        .fetch_all()
        .await?;
    let both = |row: &Row| Ok((order(row)?, row.get("shipping_address_sealed")?));
    rows.iter().map(both).collect()
}
