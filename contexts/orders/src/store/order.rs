//! Orders and their lines: writing, reading one, changing.

use crate::order::{FulfilmentStatus, Line, Order, PaymentMethod, PaymentStatus, Status};
use kernel::{Country, Currency, Money, OrderId, Quantity};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use std::collections::HashMap;

/// Draws `count` serials: rising, never twice, gaps allowed.
pub async fn draw_serials(tx: &mut Tx, count: usize) -> Result<Vec<i64>, DbError> {
    let wanted = count as i64;
    match tx.engine() {
        Engine::Sqlite => {
            let row = tx
                .query("update orders_serial set last = last + $1 returning last")
                .bind(wanted)
                .fetch_one()
                .await?;
            let last: i64 = row.get("last")?;
            Ok((last - wanted + 1..=last).collect())
        }
        Engine::Postgres => {
            let rows = tx
                .query("select nextval('orders_serial') as serial from generate_series(1, $1)")
                .bind(wanted)
                .apart()
                .fetch_all()
                .await?;
            rows.iter().map(|row| row.get("serial")).collect()
        }
    }
}

/// Writes new orders with their lines: one statement a table.
pub async fn insert(tx: &mut Tx, orders: &[Order]) -> Result<(), DbError> {
    if orders.is_empty() {
        return Ok(());
    }
    tx.write(
        "insert into orders_order (id, serial, status, payment_method, payment_status,
             fulfilment_status, client_id, employee_id, store_id, country, note, reference,
             currency, total_minor, end_reason, end_detail, placed_at, created_at, updated_at,
             version)
         select id, serial, status, payment_method, payment_status, fulfilment_status, client_id,
             employee_id, store_id, country, note, reference, currency, total_minor, end_reason,
             end_detail, placed_at, created_at, updated_at, version from {rows}",
        order_rows(orders),
    )
    .await?;
    insert_lines(tx, orders).await
}

fn order_rows(orders: &[Order]) -> Rows {
    let text = |pick: fn(&Order) -> &str| orders.iter().map(|o| pick(o).to_owned()).collect();
    let optional = |pick: fn(&Order) -> &Option<String>| {
        orders.iter().map(|order| pick(order).clone()).collect()
    };
    Rows::new()
        .id("id", orders.iter().map(|order| order.id))
        .bigint("serial", orders.iter().map(|order| order.serial).collect())
        .text("status", text(|order| order.status.as_str()))
        .text(
            "payment_method",
            text(|order| order.payment_method.as_str()),
        )
        .text(
            "payment_status",
            text(|order| order.payment_status.as_str()),
        )
        .text(
            "fulfilment_status",
            text(|order| order.fulfilment_status.as_str()),
        )
        .id("client_id", orders.iter().map(|order| order.client_id))
        .optional_id("employee_id", orders.iter().map(|order| order.employee_id))
        .optional_id("store_id", orders.iter().map(|order| order.store_id))
        .optional_text(
            "country",
            orders
                .iter()
                .map(|order| order.country.map(|country| country.code().to_owned()))
                .collect(),
        )
        .optional_text("note", optional(|order| &order.note))
        .optional_text("reference", optional(|order| &order.reference))
        .text("currency", text(|order| order.total.currency().code()))
        .bigint(
            "total_minor",
            orders.iter().map(|order| order.total.minor()).collect(),
        )
        .optional_text("end_reason", optional(|order| &order.end_reason))
        .optional_text("end_detail", optional(|order| &order.end_detail))
        .optional_bigint(
            "placed_at",
            orders
                .iter()
                .map(|order| order.placed_at.map(|at| at.unix_micros()))
                .collect(),
        )
        .time("created_at", orders.iter().map(|order| order.created_at))
        .time("updated_at", orders.iter().map(|order| order.updated_at))
        .bigint(
            "version",
            orders.iter().map(|order| order.version).collect(),
        )
}

/// Writes the lines of orders that have none yet.
pub async fn insert_lines(tx: &mut Tx, orders: &[Order]) -> Result<(), DbError> {
    let lines: Vec<(&Order, i64, &Line)> = orders
        .iter()
        .flat_map(|order| {
            order
                .lines
                .iter()
                .zip(0..)
                .map(move |(line, nth)| (order, nth, line))
        })
        .collect();
    if lines.is_empty() {
        return Ok(());
    }
    let rows = Rows::new()
        .id("order_id", lines.iter().map(|(order, ..)| order.id))
        .bigint("line", lines.iter().map(|(_, nth, _)| *nth).collect())
        .id("product_id", lines.iter().map(|(.., line)| line.product_id))
        .text(
            "sku",
            lines.iter().map(|(.., line)| line.sku.clone()).collect(),
        )
        .text(
            "name",
            lines.iter().map(|(.., line)| line.name.clone()).collect(),
        )
        .bigint(
            "quantity",
            lines.iter().map(|(.., line)| line.quantity.get()).collect(),
        )
        .bigint(
            "unit_price_minor",
            lines.iter().map(|(.., l)| l.unit_price.minor()).collect(),
        )
        .bigint(
            "returned",
            lines.iter().map(|(.., line)| line.returned).collect(),
        );
    tx.write(
        "insert into orders_line (order_id, line, product_id, sku, name, quantity,
             unit_price_minor, returned)
         select order_id, line, product_id, sku, name, quantity, unit_price_minor, returned
         from {rows}",
        rows,
    )
    .await
}

/// Writes what may change about an order; its lines only through [`replace_lines`].
pub async fn update(tx: &mut Tx, order: &Order) -> Result<(), DbError> {
    tx.query(
        "update orders_order set status = $2, payment_status = $3, fulfilment_status = $4,
             client_id = $5, employee_id = $6, store_id = $7, note = $8, total_minor = $9,
             end_reason = $10, placed_at = $11, updated_at = $12, version = $13,
             payment_method = $14, end_detail = $15, cancel_requested = $16,
             country = $17
         where id = $1",
    )
    .bind(order.id)
    .bind(order.status.as_str())
    .bind(order.payment_status.as_str())
    .bind(order.fulfilment_status.as_str())
    .bind(order.client_id)
    .bind(order.employee_id)
    .bind(order.store_id)
    .bind(order.note.as_deref())
    .bind(order.total.minor())
    .bind(order.end_reason.as_deref())
    .bind(order.placed_at)
    .bind(order.updated_at)
    .bind(order.version)
    .bind(order.payment_method.as_str())
    .bind(order.end_detail.as_deref())
    .bind(order.cancel_requested.as_deref())
    .bind(order.country.map(Country::code))
    .execute()
    .await
    .map(drop)
}

/// Puts the lines a draft has now in place of those it had.
pub async fn replace_lines(tx: &mut Tx, order: &Order) -> Result<(), DbError> {
    delete_lines(tx, order.id).await?;
    insert_lines(tx, std::slice::from_ref(order)).await
}

async fn delete_lines(tx: &mut Tx, id: OrderId) -> Result<(), DbError> {
    tx.query("delete from orders_line where order_id = $1")
        .bind(id)
        .execute()
        .await
        .map(drop)
}

/// Removes a draft for good.
pub async fn delete(tx: &mut Tx, id: OrderId) -> Result<(), DbError> {
    delete_lines(tx, id).await?;
    tx.query("delete from orders_order where id = $1")
        .bind(id)
        .execute()
        .await
        .map(drop)
}

pub(super) const COLUMNS: &str = "select o.id, o.serial, o.status, o.payment_method,
    o.payment_status, o.fulfilment_status, o.client_id, o.employee_id, o.store_id, o.country,
    o.note, o.reference, o.currency, o.total_minor, o.end_reason, o.end_detail, o.cancel_requested,
    o.placed_at, o.created_at, o.updated_at, o.version from orders_order o";

/// Reads an order.
pub async fn find(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, DbError> {
    let found = tx
        .build(COLUMNS)
        .push("where o.id = ?")
        .bind(id)
        .fetch_optional()
        .await?;
    one(tx, found).await
}

/// Reads those of these orders that are there, in no order.
pub async fn find_all(tx: &mut Tx, ids: Vec<OrderId>) -> Result<Vec<Order>, DbError> {
    let sql = "select o.* from {rows} join orders_order o on o.id = r.id";
    let rows = tx.bulk(sql, Rows::new().id("id", ids)).fetch_all().await?;
    let orders = rows.iter().map(order).collect::<Result<_, _>>()?;
    with_lines(tx, orders).await
}

/// Those of these orders whose outcome nobody need wait for any longer, without their lines.
pub async fn answered(tx: &mut Tx, ids: Vec<OrderId>) -> Result<Vec<Order>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => "select o.* from {rows} cross join orders_order o where o.id = r.id",
        Engine::Postgres => {
            "select o.* from {rows} cross join lateral (
                 select * from orders_order o where o.id = r.id offset 0) o"
        }
    };
    let rows = tx.bulk(sql, Rows::new().id("id", ids)).fetch_all().await?;
    let orders: Vec<Order> = rows.iter().map(order).collect::<Result<_, _>>()?;
    Ok(orders.into_iter().filter(Order::is_answered).collect())
}

/// Reads an order and keeps others from changing it until this transaction ends.
pub async fn find_to_change(tx: &mut Tx, id: OrderId) -> Result<Option<Order>, DbError> {
    tx.hold([id]).await?;
    let locks = tx.engine() == Engine::Postgres;
    let found = tx
        .build(COLUMNS)
        .push("where o.id = ?")
        .bind(id)
        .push_if(locks, "for no key update")
        .fetch_optional()
        .await?;
    one(tx, found).await
}

async fn one(tx: &mut Tx, row: Option<Row>) -> Result<Option<Order>, DbError> {
    let Some(row) = row else { return Ok(None) };
    Ok(with_lines(tx, vec![order(&row)?]).await?.pop())
}

/// Fills in the lines of orders: one statement for all.
pub async fn with_lines(tx: &mut Tx, mut orders: Vec<Order>) -> Result<Vec<Order>, DbError> {
    if orders.is_empty() {
        return Ok(orders);
    }
    let rows = tx
        .bulk(
            "select l.order_id, l.product_id, l.sku, l.name, l.quantity, l.unit_price_minor,
                 l.returned
             from {rows} join orders_line l on l.order_id = r.id order by l.order_id, l.line",
            Rows::new().id("id", orders.iter().map(|order| order.id)),
        )
        .fetch_all()
        .await?;
    let places: HashMap<OrderId, usize> = orders
        .iter()
        .enumerate()
        .map(|(place, order)| (order.id, place))
        .collect();
    for row in &rows {
        let Some(&place) = places.get(&row.get("order_id")?) else {
            continue;
        };
        let line = line(row, orders[place].total.currency())?;
        orders[place].lines.push(line);
    }
    Ok(orders)
}

fn line(row: &Row, currency: Currency) -> Result<Line, DbError> {
    let quantity = Quantity::new(row.get("quantity")?);
    Ok(Line {
        product_id: row.get("product_id")?,
        sku: row.get("sku")?,
        name: row.get("name")?,
        quantity: quantity.map_err(|error| DbError::Bug(error.to_string()))?,
        unit_price: Money::new(row.get("unit_price_minor")?, currency),
        returned: row.get("returned")?,
    })
}

pub(super) fn order(row: &Row) -> Result<Order, DbError> {
    let currency: Currency = word(row, "currency", |text| text.parse().ok())?;
    Ok(Order {
        id: row.get("id")?,
        serial: row.get("serial")?,
        status: word(row, "status", Status::parse)?,
        payment_method: word(row, "payment_method", PaymentMethod::parse)?,
        payment_status: word(row, "payment_status", PaymentStatus::parse)?,
        fulfilment_status: word(row, "fulfilment_status", FulfilmentStatus::parse)?,
        client_id: row.get("client_id")?,
        employee_id: row.get("employee_id")?,
        store_id: row.get("store_id")?,
        country: country(row)?,
        note: row.get("note")?,
        reference: row.get("reference")?,
        lines: Vec::new(),
        total: Money::new(row.get("total_minor")?, currency),
        end_reason: row.get("end_reason")?,
        end_detail: row.get("end_detail")?,
        cancel_requested: row.get("cancel_requested")?,
        placed_at: row.get("placed_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        version: row.get("version")?,
    })
}

fn country(row: &Row) -> Result<Option<Country>, DbError> {
    let code: Option<String> = row.get("country")?;
    let parse = |code: String| {
        code.parse()
            .map_err(|_| DbError::Bug(format!("{code} as country")))
    };
    code.map(parse).transpose()
}

pub(super) fn word<T>(
    row: &Row,
    column: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<T, DbError> {
    let text: String = row.get(column)?;
    parse(&text).ok_or_else(|| DbError::Bug(format!("{column} holds {text}")))
}
