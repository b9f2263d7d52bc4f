//! What is known of orders: one row each, read and written whole.

use crate::calendar::Day;
use crate::sale::{Placed, Sale};
use kernel::{EmployeeId, OrderId, StoreId};
use platform::db::Row;
use platform::{DbError, Engine, Rows, Tx};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

const READ: &str = "select o.order_id, o.day, o.client_id, o.store_id, o.employee_id, o.country,
        o.currency, o.items, o.cancelled, o.held, o.released, o.shipped, o.returned
    from {rows} join reports_order o on o.order_id = r.order_id";

/// As [`READ`], and keeps others from changing the rows. SQLite has one writer.
const READ_POSTGRES: &str = "
    select o.order_id, o.day, o.client_id, o.store_id, o.employee_id, o.country,
        o.currency, o.items, o.cancelled, o.held, o.released, o.shipped, o.returned
    from {rows} join reports_order o on o.order_id = r.order_id
    order by o.order_id for no key update of o";

/// What is known of these orders; nothing of those that are not among the answers.
pub async fn read(tx: &mut Tx, ids: BTreeSet<OrderId>) -> Result<BTreeMap<OrderId, Sale>, DbError> {
    let sql = match tx.engine() {
        Engine::Sqlite => READ,
        Engine::Postgres => READ_POSTGRES,
    };
    let rows = tx.bulk(sql, Rows::new().id("order_id", ids));
    let rows = rows.fetch_all().await?;
    rows.iter()
        .map(|row| Ok((row.get("order_id")?, sale(row)?)))
        .collect()
}

fn sale(row: &Row) -> Result<Sale, DbError> {
    let placed = match row.get::<Option<i64>>("day")? {
        Some(day) => Some(Placed {
            day: Day::from_number(day),
            client: row.get("client_id")?,
            employee: row.get::<Option<EmployeeId>>("employee_id")?,
            country: row.get("country")?,
            currency: row.get("currency")?,
            lines: of_text(row, "items")?,
        }),
        None => None,
    };
    Ok(Sale {
        placed,
        store: row.get::<Option<StoreId>>("store_id")?,
        cancelled: row.get("cancelled")?,
        held: row.get("held")?,
        released: row.get("released")?,
        shipped: of_text(row, "shipped")?,
        returned: of_text(row, "returned")?,
    })
}

/// No text is an empty list.
fn of_text<T: DeserializeOwned>(row: &Row, column: &str) -> Result<Vec<T>, DbError> {
    let text: Option<String> = row.get(column)?;
    let read = |text: String| serde_json::from_str(&text);
    let list = text.map(read).transpose();
    list.map(Option::unwrap_or_default)
        .map_err(|error| DbError::Bug(format!("{column} of an order: {error}")))
}

fn to_text<T: Serialize>(list: &[T]) -> Result<Option<String>, DbError> {
    if list.is_empty() {
        return Ok(None);
    }
    let text = serde_json::to_string(list);
    text.map(Some)
        .map_err(|error| DbError::Bug(error.to_string()))
}

/// Writes what is known of these orders by now.
pub async fn write(tx: &mut Tx, sales: &BTreeMap<OrderId, Sale>) -> Result<(), DbError> {
    let all = || sales.values();
    let placed = || all().map(|sale| sale.placed.as_ref());
    let items = placed().map(|placed| placed.map_or(Ok(None), |one| to_text(&one.lines)));
    let shipped = all().map(|sale| to_text(&sale.shipped));
    let returned = all().map(|sale| to_text(&sale.returned));
    let country = |one: &Placed| one.country.clone();
    let rows = Rows::new()
        .id("order_id", sales.keys().copied())
        .optional_bigint(
            "day",
            placed()
                .map(|one| one.map(|one| one.day.number()))
                .collect(),
        )
        .optional_id("client_id", placed().map(|one| one.map(|one| one.client)))
        .optional_id("store_id", all().map(|sale| sale.store))
        .optional_id(
            "employee_id",
            placed().map(|one| one.and_then(|one| one.employee)),
        )
        .optional_text(
            "country",
            placed().map(|one| one.and_then(country)).collect(),
        )
        .optional_text(
            "currency",
            placed()
                .map(|one| one.map(|one| one.currency.clone()))
                .collect(),
        )
        .optional_bigint("gross_minor", all().map(Sale::gross_minor).collect())
        .optional_text("items", items.collect::<Result<_, _>>()?)
        .boolean("cancelled", all().map(|sale| sale.cancelled).collect())
        .boolean("held", all().map(|sale| sale.held).collect())
        .boolean("released", all().map(|sale| sale.released).collect())
        .optional_text("shipped", shipped.collect::<Result<_, _>>()?)
        .optional_text("returned", returned.collect::<Result<_, _>>()?);
    tx.bulk(
        "insert into reports_order (order_id, day, client_id, store_id, employee_id, country,
             currency, gross_minor, items, cancelled, held, released, shipped, returned)
         select order_id, day, client_id, store_id, employee_id, country,
             currency, gross_minor, items, cancelled, held, released, shipped, returned
         from {rows} where true
         on conflict (order_id) do update set day = excluded.day, client_id = excluded.client_id,
             store_id = excluded.store_id, employee_id = excluded.employee_id,
             country = excluded.country, currency = excluded.currency,
             gross_minor = excluded.gross_minor, items = excluded.items,
             cancelled = excluded.cancelled, held = excluded.held, released = excluded.released,
             shipped = excluded.shipped, returned = excluded.returned",
        rows,
    )
    .execute()
    .await
    .map(drop)
}
