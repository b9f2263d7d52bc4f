//! The copy of orders: whose they are, which store serves them, and whether they ever stood.

use contracts::orders::OrderPlaced;
use kernel::{OrderId, StoreId};
use platform::{DbError, Rows, Tx};
use std::collections::{BTreeMap, HashSet};

/// Keeps placed orders, some of which stand already, and gives notices that came before their order
/// to its client.
pub async fn keep(
    tx: &mut Tx,
    placed: &[&OrderPlaced],
    confirmed: &BTreeMap<OrderId, StoreId>,
) -> Result<(), DbError> {
    if placed.is_empty() {
        return Ok(());
    }
    let rows = || {
        Rows::new()
            .id("id", placed.iter().map(|one| one.order_id))
            .id("client_id", placed.iter().map(|one| one.client_id))
    };
    let text = |of: fn(&OrderPlaced) -> &String| placed.iter().map(|one| of(one).clone()).collect();
    let stand = placed
        .iter()
        .map(|one| confirmed.contains_key(&one.order_id));
    let stores = placed
        .iter()
        .map(|one| confirmed.get(&one.order_id).copied().or(one.store_id));
    let totals = placed.iter().map(|one| one.total_minor).collect();
    tx.bulk(
        "insert into notifications_order
             (id, number, client_id, total_minor, currency, store_id, confirmed)
         select id, number, client_id, total_minor, currency, store_id, confirmed
         from {rows} where true
         on conflict (id) do update set
             confirmed = notifications_order.confirmed or excluded.confirmed,
             store_id = coalesce(notifications_order.store_id, excluded.store_id)",
        rows()
            .text("number", text(|one| &one.number))
            .bigint("total_minor", totals)
            .text("currency", text(|one| &one.currency))
            .optional_id("store_id", stores)
            .boolean("confirmed", stand.collect()),
    )
    .execute()
    .await?;
    tx.bulk(
        "update notifications_notice set person_id = r.client_id from {rows}
         where notifications_notice.order_id = r.id and notifications_notice.person_id is null",
        rows(),
    )
    .execute()
    .await
    .map(drop)
}

/// Marks orders as standing, each served from its store.
pub async fn confirm(tx: &mut Tx, orders: BTreeMap<OrderId, StoreId>) -> Result<(), DbError> {
    if orders.is_empty() {
        return Ok(());
    }
    let (ids, stores): (Vec<_>, Vec<_>) = orders.into_iter().unzip();
    tx.bulk(
        "update notifications_order set confirmed = true, store_id = r.store_id from {rows}
         where notifications_order.id = r.id
             and not (confirmed and notifications_order.store_id is not null)",
        Rows::new().id("id", ids).id("store_id", stores),
    )
    .execute()
    .await
    .map(drop)
}

/// Those of these orders that never stood.
pub async fn never_stood(tx: &mut Tx, orders: Vec<OrderId>) -> Result<HashSet<OrderId>, DbError> {
    if orders.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = tx
        .bulk(
            "select o.id from {rows} join notifications_order o on o.id = r.id
             where not o.confirmed",
            Rows::new().id("id", orders),
        )
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}
