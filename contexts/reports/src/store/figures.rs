//! The sums per day: added to, one statement a table.

use super::known;
use crate::effect::{Cell, Figures, SaleCell};
use kernel::{ClientId, Entity, Id, ProductId};
use platform::{DbError, Rows, Tx};
use std::collections::BTreeMap;

/// Adds what some orders changed.
pub async fn add(
    tx: &mut Tx,
    sales: BTreeMap<SaleCell, Figures>,
    products: BTreeMap<Cell<ProductId>, Figures>,
    clients: BTreeMap<Cell<ClientId>, Figures>,
) -> Result<(), DbError> {
    if !sales.is_empty() {
        add_sales(tx, sales).await?;
    }
    if !products.is_empty() {
        let rows = rows_of("product_id", &products);
        tx.bulk(ADD_PRODUCTS, rows).execute().await?;
    }
    if !clients.is_empty() {
        let rows = rows_of("client_id", &clients);
        tx.bulk(ADD_CLIENTS, rows).execute().await?;
    }
    Ok(())
}

const ADD_PRODUCTS: &str = "
    insert into reports_product_day as f (day, product_id, store_id, currency, orders, units,
        gross_minor, returned_units, returned_minor)
    select day, product_id, store_id, currency, orders, units,
        gross_minor, returned_units, returned_minor from {rows} where true
    on conflict (day, product_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

const ADD_CLIENTS: &str = "
    insert into reports_client_day as f (day, client_id, store_id, currency, orders, units,
        gross_minor, returned_units, returned_minor)
    select day, client_id, store_id, currency, orders, units,
        gross_minor, returned_units, returned_minor from {rows} where true
    on conflict (day, client_id, store_id, currency) do update set
        orders = f.orders + excluded.orders, units = f.units + excluded.units,
        gross_minor = f.gross_minor + excluded.gross_minor,
        returned_units = f.returned_units + excluded.returned_units,
        returned_minor = f.returned_minor + excluded.returned_minor";

async fn add_sales(tx: &mut Tx, sales: BTreeMap<SaleCell, Figures>) -> Result<(), DbError> {
    let cells = || sales.keys();
    let country = |cell: &SaleCell| cell.country.clone().unwrap_or_default();
    let rows = Rows::new()
        .bigint("day", cells().map(|cell| cell.day.number()).collect())
        .uuid("store_id", cells().map(|cell| known(cell.store)).collect())
        .uuid(
            "employee_id",
            cells().map(|cell| known(cell.employee)).collect(),
        )
        .text("country", cells().map(country).collect())
        .text(
            "currency",
            cells().map(|cell| cell.currency.clone()).collect(),
        );
    tx.bulk(
        "insert into reports_sale_day as f (day, store_id, employee_id, country, currency, orders,
             units, gross_minor, returned_units, returned_minor)
         select day, store_id, employee_id, country, currency, orders,
             units, gross_minor, returned_units, returned_minor from {rows} where true
         on conflict (day, store_id, employee_id, country, currency) do update set
             orders = f.orders + excluded.orders, units = f.units + excluded.units,
             gross_minor = f.gross_minor + excluded.gross_minor,
             returned_units = f.returned_units + excluded.returned_units,
             returned_minor = f.returned_minor + excluded.returned_minor",
        with_figures(rows, sales.values()),
    )
    .execute()
    .await
    .map(drop)
}

/// A row a cell; the columns of the day, and of whose cell it is.
fn rows_of<E: Entity>(column: &'static str, cells: &BTreeMap<Cell<Id<E>>, Figures>) -> Rows {
    let days = cells.keys().map(|cell| cell.day.number()).collect();
    with_figures(
        keys(Rows::new().bigint("day", days), column, cells.keys()),
        cells.values(),
    )
}

/// Whose cell it is, where, and in which currency.
fn keys<'c, E: Entity>(
    rows: Rows,
    column: &'static str,
    cells: impl Iterator<Item = &'c Cell<Id<E>>> + Clone,
) -> Rows {
    rows.id(column, cells.clone().map(|cell| cell.of))
        .uuid(
            "store_id",
            cells.clone().map(|cell| known(cell.store)).collect(),
        )
        .text(
            "currency",
            cells.map(|cell| cell.currency.clone()).collect(),
        )
}

fn with_figures<'f>(rows: Rows, figures: impl Iterator<Item = &'f Figures> + Clone) -> Rows {
    let column = |of: fn(&Figures) -> i64| figures.clone().map(of).collect();
    rows.bigint("orders", column(|one| one.orders))
        .bigint("units", column(|one| one.units))
        .bigint("gross_minor", column(|one| one.gross_minor))
        .bigint("returned_units", column(|one| one.returned_units))
        .bigint("returned_minor", column(|one| one.returned_minor))
}
