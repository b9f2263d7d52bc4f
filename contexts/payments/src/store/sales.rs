//! Copies of orders. Who changes payments of theirs holds the orders, as everybody does who changes
//! something of an order, and then locks these rows, in the order of their ids.

use super::word;
use crate::sale::{Placed, Sale};
use kernel::{Currency, Money, OrderId};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use std::collections::HashMap;

/// Of these orders, those whose money people move; false for those about which it must still be
/// noted that their stock is held: the money of one is to be booked, or its store is not known.
pub async fn by_hand(tx: &mut Tx, orders: Vec<OrderId>) -> Result<HashMap<OrderId, bool>, DbError> {
    let rows = tx
        .bulk(
            "select o.id, o.stock_reserved or (not o.unbooked and o.store_id is not null)
                 as settled
             from {rows} join payments_order o on o.id = r.id
             where o.method in ('cash', 'invoice')",
            Rows::new().id("id", orders),
        )
        .fetch_all()
        .await?;
    let known = |row: &Row| Ok((row.get("id")?, row.get("settled")?));
    rows.iter().map(known).collect()
}

/// Keeps orders of which nothing can be known yet.
pub async fn begin(tx: &mut Tx, placed: &[Sale]) -> Result<(), DbError> {
    tx.write(
        "insert into payments_order (id, number, client_id, method, total_minor, currency,
             store_id, stock_reserved, confirmed, cancelled, taken_by, unbooked, placed_at)
         select id, number, client_id, method, total_minor, currency,
             store_id, stock_reserved, confirmed, cancelled, taken_by, taken_by is not null,
             placed_at
         from {rows}",
        rows_of(placed),
    )
    .await
}

/// Adds news about orders to what is known of them; answers all that is known now, in the order of
/// their ids, with the rows locked. `news` is in that order.
pub async fn note(tx: &mut Tx, news: &[Sale]) -> Result<Vec<Sale>, DbError> {
    tx.hold(news.iter().map(|sale| sale.id)).await?;
    let rows = tx
        .bulk(
            "insert into payments_order (id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, unbooked, placed_at)
             select id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, taken_by is not null,
                 placed_at
             from {rows} where true
             on conflict (id) do update set
                 taken_by = case when payments_order.number is null then excluded.taken_by
                     else payments_order.taken_by end,
                 unbooked = case when payments_order.number is null then excluded.unbooked
                     else payments_order.unbooked end,
                 number = coalesce(payments_order.number, excluded.number),
                 client_id = coalesce(payments_order.client_id, excluded.client_id),
                 method = coalesce(payments_order.method, excluded.method),
                 total_minor = coalesce(payments_order.total_minor, excluded.total_minor),
                 currency = coalesce(payments_order.currency, excluded.currency),
                 placed_at = coalesce(payments_order.placed_at, excluded.placed_at),
                 store_id = coalesce(excluded.store_id, payments_order.store_id),
                 stock_reserved = payments_order.stock_reserved or excluded.stock_reserved,
                 confirmed = payments_order.confirmed or excluded.confirmed,
                 cancelled = payments_order.cancelled or excluded.cancelled
             returning id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, placed_at",
            rows_of(news),
        )
        .fetch_all()
        .await?;
    let mut sales = rows.iter().map(sale).collect::<Result<Vec<_>, _>>()?;
    sales.sort_unstable_by_key(|sale| sale.id);
    Ok(sales)
}

fn rows_of(news: &[Sale]) -> Rows {
    let placed = || news.iter().map(|sale| sale.placed.as_ref());
    let text = |of: fn(&Placed) -> &str| placed().map(|one| Some(of(one?).to_owned())).collect();
    Rows::new()
        .id("id", news.iter().map(|sale| sale.id))
        .optional_text("number", text(|one| &one.number))
        .optional_id("client_id", placed().map(|one| Some(one?.client_id)))
        .optional_text("method", text(|one| &one.method))
        .optional_bigint(
            "total_minor",
            placed().map(|one| Some(one?.total.minor())).collect(),
        )
        .optional_text("currency", text(|one| one.total.currency().code()))
        .optional_id("store_id", news.iter().map(|sale| sale.store_id))
        .boolean(
            "stock_reserved",
            news.iter().map(|sale| sale.stock_reserved).collect(),
        )
        .boolean(
            "confirmed",
            news.iter().map(|sale| sale.confirmed).collect(),
        )
        .boolean(
            "cancelled",
            news.iter().map(|sale| sale.cancelled).collect(),
        )
        .optional_text(
            "taken_by",
            placed().map(|one| one?.taken_by.clone()).collect(),
        )
        .optional_bigint(
            "placed_at",
            placed()
                .map(|one| Some(one?.placed_at.unix_micros()))
                .collect(),
        )
}

const LOCK_SQLITE: &str = "select o.id, o.number, o.client_id, o.method, o.total_minor, o.currency,
        o.store_id, o.stock_reserved, o.confirmed, o.cancelled, o.taken_by, o.placed_at
    from {rows} join payments_order o on o.id = r.id order by o.id";
const LOCK_POSTGRES: &str = "select o.id, o.number, o.client_id, o.method, o.total_minor,
        o.currency, o.store_id, o.stock_reserved, o.confirmed, o.cancelled, o.taken_by, o.placed_at
    from {rows} join payments_order o on o.id = r.id order by o.id for no key update of o";

/// Reads orders and keeps others from changing their payments until this transaction ends.
pub async fn lock(tx: &mut Tx, mut orders: Vec<OrderId>) -> Result<Vec<Sale>, DbError> {
    orders.sort_unstable();
    orders.dedup();
    tx.hold(orders.iter().copied()).await?;
    let sql = match tx.engine() {
        Engine::Sqlite => LOCK_SQLITE,
        Engine::Postgres => LOCK_POSTGRES,
    };
    let rows = tx
        .bulk(sql, Rows::new().id("id", orders))
        .fetch_all()
        .await?;
    rows.iter().map(sale).collect()
}

/// Reads an order.
pub async fn find(tx: &mut Tx, order: OrderId) -> Result<Option<Sale>, DbError> {
    let row = tx
        .query(
            "select id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, placed_at
             from payments_order where id = $1",
        )
        .bind(order)
        .fetch_optional()
        .await?;
    row.as_ref().map(sale).transpose()
}

/// Cash orders whose money was taken when they were placed and is not in the ledger yet, locked.
/// Whoever else has one of them at this moment is not waited for, so none need be held first.
pub async fn lock_unbooked(tx: &mut Tx, limit: i64) -> Result<Vec<Sale>, DbError> {
    let rows = tx
        .query_for(
            "select id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, placed_at
             from payments_order where unbooked and stock_reserved
             order by id limit $1",
            "select id, number, client_id, method, total_minor, currency,
                 store_id, stock_reserved, confirmed, cancelled, taken_by, placed_at
             from payments_order where unbooked and stock_reserved
             order by id limit $1
             for no key update skip locked",
        )
        .bind(limit)
        .fetch_all()
        .await?;
    rows.iter().map(sale).collect()
}

/// Whether there are cash orders to be booked.
pub async fn anything_unbooked(tx: &mut Tx) -> Result<bool, DbError> {
    let row = tx
        .query(
            "select exists (select 1 from payments_order
                 where unbooked and stock_reserved) as waiting",
        )
        .fetch_one()
        .await?;
    row.get("waiting")
}

/// The ledger has the money of these orders.
pub async fn booked(tx: &mut Tx, orders: Vec<OrderId>) -> Result<(), DbError> {
    tx.bulk(
        "update payments_order set unbooked = false from {rows} where payments_order.id = r.id",
        Rows::new().id("id", orders),
    )
    .execute()
    .await
    .map(drop)
}

pub(super) fn sale(row: &Row) -> Result<Sale, DbError> {
    let number: Option<String> = row.get("number")?;
    Ok(Sale {
        id: row.get("id")?,
        placed: number.map(|number| placed(row, number)).transpose()?,
        store_id: row.get("store_id")?,
        stock_reserved: row.get("stock_reserved")?,
        confirmed: row.get("confirmed")?,
        cancelled: row.get("cancelled")?,
    })
}

fn placed(row: &Row, number: String) -> Result<Placed, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(Placed {
        number,
        client_id: row.get("client_id")?,
        method: row.get("method")?,
        total: Money::new(row.get("total_minor")?, currency),
        taken_by: row.get("taken_by")?,
        placed_at: row.get("placed_at")?,
    })
}
