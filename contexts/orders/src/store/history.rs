//! What taking over history reads and writes in bulk.

use super::order::{order, with_lines};
use crate::import::{Kept, Purchase};
use crate::order::Order;
use kernel::{ClientId, Currency, Money, OrderId};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use std::collections::{HashMap, HashSet};

/// A line of a return that was booked for a credit of another system.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedLine {
    pub reference: String,
    pub sku: String,
    pub quantity: i64,
    pub unit_price_minor: i64,
}

/// Orders by the references they were taken over with, those that are there.
pub async fn by_references(
    tx: &mut Tx,
    references: Vec<String>,
) -> Result<HashMap<String, Order>, DbError> {
    let rows = tx
        .bulk(
            "select o.* from {rows} join orders_order o on o.reference = r.reference",
            Rows::new().text("reference", references),
        )
        .fetch_all()
        .await?;
    let orders = rows.iter().map(order).collect::<Result<_, _>>()?;
    let by_reference = |order: Order| Some((order.reference.clone()?, order));
    Ok(with_lines(tx, orders)
        .await?
        .into_iter()
        .filter_map(by_reference)
        .collect())
}

/// Reads orders with their lines and keeps others from changing them until this transaction ends.
pub async fn find_all_to_change(
    tx: &mut Tx,
    ids: HashSet<OrderId>,
) -> Result<HashMap<OrderId, Order>, DbError> {
    tx.hold(ids.iter().copied()).await?;
    let sql = match tx.engine() {
        Engine::Sqlite => "select o.* from {rows} join orders_order o on o.id = r.id",
        Engine::Postgres => {
            "select o.* from {rows} join orders_order o on o.id = r.id
             order by o.id for no key update of o"
        }
    };
    let rows = tx.bulk(sql, Rows::new().id("id", ids)).fetch_all().await?;
    let orders = rows.iter().map(order).collect::<Result<_, _>>()?;
    Ok(with_lines(tx, orders)
        .await?
        .into_iter()
        .map(|order| (order.id, order))
        .collect())
}

/// Lines of delivered orders of these clients with these products, of which pieces are still out.
pub async fn purchases_still_out(
    tx: &mut Tx,
    wanted: HashSet<(ClientId, String)>,
) -> Result<Vec<Purchase>, DbError> {
    let (clients, skus): (Vec<ClientId>, Vec<String>) = wanted.into_iter().unzip();
    // The orders of a client are read once, however many of the products came back.
    let rows = tx
        .bulk(
            "with wanted as materialized (select client_id, sku from {rows}),
                  buyer as materialized (select distinct client_id from wanted)
             select o.client_id, o.id, o.placed_at, o.currency, l.line, l.sku,
                 l.unit_price_minor, l.quantity - l.returned as still_out
             from buyer b join orders_order o on o.client_id = b.client_id
                 join orders_line l on l.order_id = o.id
             where o.status = 'delivered' and o.placed_at is not null
                 and l.returned < l.quantity
                 and exists (select 1 from wanted w
                             where w.client_id = o.client_id and w.sku = l.sku)",
            Rows::new().id("client_id", clients).text("sku", skus),
        )
        .fetch_all()
        .await?;
    rows.iter().map(purchase).collect()
}

fn purchase(row: &Row) -> Result<Purchase, DbError> {
    let currency: String = row.get("currency")?;
    let currency: Currency = currency
        .parse()
        .map_err(|_| DbError::Bug(format!("currency {currency}")))?;
    Ok(Purchase {
        client_id: row.get("client_id")?,
        order_id: row.get("id")?,
        line: row.get("line")?,
        sku: row.get("sku")?,
        placed_at: row.get("placed_at")?,
        unit_price: Money::new(row.get("unit_price_minor")?, currency),
        left: row.get("still_out")?,
    })
}

/// What these clients returned according to credits that were taken over.
pub async fn returned_lines(
    tx: &mut Tx,
    clients: HashSet<ClientId>,
) -> Result<Vec<ReturnedLine>, DbError> {
    let rows = tx
        .bulk(
            "select b.reference, x.quantity, x.unit_price_minor,
                 (select min(l.sku) from orders_line l
                  where l.order_id = b.order_id and l.product_id = x.product_id) as sku
             from {rows} join orders_order o on o.client_id = r.client_id
                 join orders_return b on b.order_id = o.id
                 join orders_return_line x on x.return_id = b.id
             where b.reference is not null",
            Rows::new().id("client_id", clients),
        )
        .fetch_all()
        .await?;
    let line = |row: &Row| {
        Ok(ReturnedLine {
            reference: row.get("reference")?,
            sku: row.get("sku")?,
            quantity: row.get("quantity")?,
            unit_price_minor: row.get("unit_price_minor")?,
        })
    };
    rows.iter().map(line).collect()
}

/// Writes what a return changes about orders.
pub async fn update_returned(tx: &mut Tx, orders: &[Order]) -> Result<(), DbError> {
    let text = |pick: fn(&Order) -> &str| orders.iter().map(|o| pick(o).to_owned()).collect();
    let rows = Rows::new()
        .id("id", orders.iter().map(|order| order.id))
        .text("status", text(|order| order.status.as_str()))
        .text("fulfilment", text(|order| order.fulfilment_status.as_str()))
        .time("updated_at", orders.iter().map(|order| order.updated_at))
        .bigint(
            "version",
            orders.iter().map(|order| order.version).collect(),
        );
    tx.bulk(
        "update orders_order set status = r.status, fulfilment_status = r.fulfilment,
             updated_at = r.updated_at, version = r.version
         from {rows} where orders_order.id = r.id",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// How many orders and lines these references have, and the money of the lines.
pub async fn sum_of_orders(tx: &mut Tx, references: Vec<String>) -> Result<Kept, DbError> {
    let rows = tx
        .bulk(
            "select count(*) as lines,
                 cast(sum(l.quantity * l.unit_price_minor) as bigint) as total_minor
             from {rows} join orders_order o on o.reference = r.reference
                 join orders_line l on l.order_id = o.id
             group by o.id",
            Rows::new().text("reference", references),
        )
        .fetch_all()
        .await?;
    let mut kept = Kept::default();
    for row in &rows {
        let (lines, total): (i64, i64) = (row.get("lines")?, row.get("total_minor")?);
        kept.documents += 1;
        kept.lines += lines.unsigned_abs();
        kept.total_minor += i128::from(total);
    }
    Ok(kept)
}

/// A currency in which a product is sold here, other than this one.
pub async fn other_currency(tx: &mut Tx, than: Currency) -> Result<Option<String>, DbError> {
    let found = tx
        .query(
            "select currency from orders_product
             where currency <> $1 and status <> 'deleted' limit 1",
        )
        .bind(than.code())
        .fetch_optional()
        .await?;
    found.map(|row| row.get("currency")).transpose()
}
