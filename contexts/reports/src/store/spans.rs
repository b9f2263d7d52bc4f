//! Sums of whole months and years that are closed, and statements that read them beside days.

use super::figures::{keys, with_figures};
use super::in_scope;
use crate::ask::Asked;
use crate::calendar::Day;
use crate::cover::cover;
use crate::effect::{Cell, Effect, Figures};
use kernel::{Entity, Id};
use platform::db::Build;
use platform::{DbError, Rows, Tx};
use std::collections::BTreeMap;

/// Lengths of spans, in months.
const MONTH: i64 = 1;
const YEAR: i64 = 12;

/// Days before it are in spans, too.
pub async fn closed(tx: &mut Tx) -> Result<Day, DbError> {
    let row = tx.query("select until_day from reports_closed where id = 1");
    let day = row.fetch_one().await?.get("until_day")?;
    Ok(Day::from_number(day))
}

/// As [`closed`], and until the end of this transaction nobody closes a month.
async fn closed_for_now(tx: &mut Tx) -> Result<Day, DbError> {
    let row = tx.query_for(
        "select until_day from reports_closed where id = 1",
        "select until_day from reports_closed where id = 1 for update",
    );
    let day = row.fetch_one().await?.get("until_day")?;
    Ok(Day::from_number(day))
}

/// The first day of the month that is closed next: none is skipped in which something is counted;
/// none before that.
pub async fn next_to_close(tx: &mut Tx) -> Result<Option<Day>, DbError> {
    let closed = closed_for_now(tx).await?;
    let row = tx.query("select min(day) as day from reports_sale_day");
    let first: Option<i64> = row.fetch_one().await?.get("day")?;
    Ok(first.map(|first| Day::from_number(first).month_start().max(closed)))
}

/// Adds up the days of the month that begins with `first`, and with it those of its year.
pub async fn close(tx: &mut Tx, first: Day) -> Result<(), DbError> {
    for (months, start) in [(MONTH, first), (YEAR, first.year_start())] {
        for sql in [CLOSE_PRODUCTS, CLOSE_CLIENTS] {
            tx.query(sql)
                .bind(months)
                .bind(start.number())
                .bind(first.number())
                .bind(first.next_month().number())
                .execute()
                .await?;
        }
    }
    tx.query("update reports_closed set until_day = $1 where id = 1")
        .bind(first.next_month().number())
        .execute()
        .await
        .map(drop)
}

const CLOSE_PRODUCTS: &str = "
    insert into reports_product_span as f (months, start, product_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor)
    select $1, $2, product_id, store_id, currency, cast(sum(orders) as bigint),
        cast(sum(units) as bigint), cast(sum(gross_minor) as bigint),
        cast(sum(returned_units) as bigint), cast(sum(returned_minor) as bigint)
    from reports_product_day where day >= $3 and day < $4
    group by product_id, store_id, currency
    on conflict (months, start, product_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

const CLOSE_CLIENTS: &str = "
    insert into reports_client_span as f (months, start, client_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor)
    select $1, $2, client_id, store_id, currency, cast(sum(orders) as bigint),
        cast(sum(units) as bigint), cast(sum(gross_minor) as bigint),
        cast(sum(returned_units) as bigint), cast(sum(returned_minor) as bigint)
    from reports_client_day where day >= $3 and day < $4
    group by client_id, store_id, currency
    on conflict (months, start, client_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

/// Adds what changed about months that are closed. Most batches are about this month, and pay
/// nothing for it.
pub async fn add_late(tx: &mut Tx, effect: &Effect, this_month: Day) -> Result<(), DbError> {
    if effect.sales.keys().all(|cell| cell.day >= this_month) {
        return Ok(());
    }
    let closed = closed_for_now(tx).await?;
    if let Some(rows) = late("product_id", &effect.products, closed) {
        tx.bulk(ADD_PRODUCTS, rows).execute().await?;
    }
    if let Some(rows) = late("client_id", &effect.clients, closed) {
        tx.bulk(ADD_CLIENTS, rows).execute().await?;
    }
    Ok(())
}

const ADD_PRODUCTS: &str = "
    insert into reports_product_span as f (months, start, product_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor)
    select months, start, product_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor from {rows} where true
    on conflict (months, start, product_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

const ADD_CLIENTS: &str = "
    insert into reports_client_span as f (months, start, client_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor)
    select months, start, client_id, store_id, currency, orders,
        units, gross_minor, returned_units, returned_minor from {rows} where true
    on conflict (months, start, client_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

/// What falls into months that are closed, by month and by year; none when nothing does. The day of
/// a cell is the first of its span here.
fn late<E: Entity>(
    column: &'static str,
    cells: &BTreeMap<Cell<Id<E>>, Figures>,
    closed: Day,
) -> Option<Rows> {
    let mut spans: BTreeMap<(i64, Cell<Id<E>>), Figures> = BTreeMap::new();
    for (cell, figures) in cells.iter().filter(|(cell, _)| cell.day < closed) {
        for (months, day) in [
            (MONTH, cell.day.month_start()),
            (YEAR, cell.day.year_start()),
        ] {
            let span = Cell {
                day,
                ..cell.clone()
            };
            spans.entry((months, span)).or_default().add(*figures, 1);
        }
    }
    if spans.is_empty() {
        return None;
    }
    let rows = Rows::new()
        .bigint("months", spans.keys().map(|(months, _)| *months).collect())
        .bigint(
            "start",
            spans.keys().map(|(_, cell)| cell.day.number()).collect(),
        );
    let rows = keys(rows, column, spans.keys().map(|(_, cell)| cell));
    Some(with_figures(rows, spans.values()))
}

/// Products of the days and stores that were asked for, as a table `f`.
pub fn of_products<'t>(build: Build<'t>, asked: &Asked, closed: Day) -> Build<'t> {
    in_scope(
        products(build, asked, closed).push("where true"),
        &asked.scope,
    )
}

/// As [`of_products`], with what is known of each product as `p`.
pub fn of_known_products<'t>(build: Build<'t>, asked: &Asked, closed: Day) -> Build<'t> {
    let build = products(build, asked, closed);
    let build = build.push("left join reports_product p on p.id = f.product_id where true");
    in_scope(build, &asked.scope)
}

fn products<'t>(build: Build<'t>, asked: &Asked, closed: Day) -> Build<'t> {
    let day = "select d.product_id, d.store_id, d.currency, d.orders, d.units, d.gross_minor,
        d.returned_units, d.returned_minor from reports_product_day d where d.day between ? and ?";
    let span = "union all select d.product_id, d.store_id, d.currency, d.orders, d.units,
        d.gross_minor, d.returned_units, d.returned_minor from reports_product_span d
        where d.months = ? and d.start between ? and ?";
    covered(build, (day, span), asked, closed).push(") f")
}

/// Clients of the days and stores that were asked for, as a table `f`.
pub fn of_clients<'t>(build: Build<'t>, asked: &Asked, closed: Day) -> Build<'t> {
    let day = "select d.client_id, d.store_id, d.currency, d.orders, d.units, d.gross_minor,
        d.returned_units, d.returned_minor from reports_client_day d where d.day between ? and ?";
    let span = "union all select d.client_id, d.store_id, d.currency, d.orders, d.units,
        d.gross_minor, d.returned_units, d.returned_minor from reports_client_span d
        where d.months = ? and d.start between ? and ?";
    let build = covered(build, (day, span), asked, closed);
    in_scope(build.push(") f where true"), &asked.scope)
}

fn covered<'t>(
    build: Build<'t>,
    (day, span): (&'static str, &'static str),
    asked: &Asked,
    closed: Day,
) -> Build<'t> {
    let cover = cover(asked.from, asked.to, closed);
    let between =
        |build: Build<'t>, (from, to): (Day, Day)| build.bind(from.number()).bind(to.number());
    let build = between(build.push("from (").push(day), cover.days[0]);
    let build = between(build.push("union all").push(day), cover.days[1]);
    let spans = cover.months.map(|span| (MONTH, span));
    let spans = spans.into_iter().chain([(YEAR, cover.years)]);
    spans
        .filter(|(_, (from, to))| from <= to)
        .fold(build, |build, (months, days)| {
            between(build.push(span).bind(months), days)
        })
}
