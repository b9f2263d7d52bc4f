//! All SQL of reports, by table. What stands here decides nothing.

pub mod audits;
pub mod clear;
pub mod clock;
pub mod copies;
pub mod figures;
pub mod levels;
pub mod lines;
pub mod orders;
pub mod rankings;
pub mod running_totals;
pub mod sales;
pub mod spans;
pub mod stock;
pub mod sums;
pub mod totals;

use crate::ask::{Asked, Scope};
use crate::effect::Figures;
use kernel::{Entity, Id};
use platform::DbError;
use platform::db::{Build, Row};
use uuid::Uuid;

/// What stands for no store and no employee.
fn known<E: Entity>(id: Option<Id<E>>) -> Uuid {
    id.map_or(Uuid::nil(), Id::uuid)
}

/// The sums of a group.
const SUMS: &str = "cast(sum(f.orders) as bigint) as orders, cast(sum(f.units) as bigint) as units,
    cast(sum(f.gross_minor) as bigint) as gross_minor,
    cast(sum(f.returned_units) as bigint) as returned_units,
    cast(sum(f.returned_minor) as bigint) as returned_minor";

/// Sums that are all nothing: what was counted there has been taken out again.
const SOMETHING: &str =
    "having sum(f.orders) <> 0 or sum(f.units) <> 0 or sum(f.returned_units) <> 0";

fn figures(row: &Row) -> Result<Figures, DbError> {
    Ok(Figures {
        orders: row.get("orders")?,
        units: row.get("units")?,
        gross_minor: row.get("gross_minor")?,
        returned_units: row.get("returned_units")?,
        returned_minor: row.get("returned_minor")?,
    })
}

/// The days and stores that were asked for.
fn narrowed<'t>(build: Build<'t>, asked: &Asked) -> Build<'t> {
    let build = build
        .push("where f.day between ? and ?")
        .bind(asked.from.number())
        .bind(asked.to.number());
    in_scope(build, &asked.scope)
}

/// The stores that were asked for; `f` is the table, and something must stand before the `and`.
fn in_scope<'t>(build: Build<'t>, scope: &Scope) -> Build<'t> {
    let build = build.and("and f.store_id = ?", scope.store);
    let Some(stores) = &scope.only else {
        return build;
    };
    let start = build.push("and f.store_id in (null");
    let each = |build: Build<'t>, store: &kernel::StoreId| build.push(", ?").bind(*store);
    stores.iter().fold(start, each).push(")")
}
