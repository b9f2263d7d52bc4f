//! The operations of inventory on the wire, and who may call them.

mod adjusting;
pub mod alerts;
pub mod body;
mod levels;
mod movements;
pub mod moving;
mod setting;
mod store_writes;
mod stores;
mod stream;
pub mod views;

use crate::lines::{Line, Lines};
use crate::moving::Inventory;
use platform::http::{Allow, MANAGERS, Principal, Problem, Role, Routes, STAFF};
use platform::routes;

/// Who may see stock: staff, and those who fill it up.
pub const WATCHERS: &[Role] = &[Role::Clerk, Role::Manager, Role::Admin, Role::Supplier];

pub fn routes(inventory: Inventory) -> Routes<Inventory> {
    Routes::new(inventory)
        .add(Allow::anyone(), routes!(stores::list_stores))
        .add(Allow::anyone(), routes!(stores::read_store))
        .add(Allow::only(MANAGERS), routes!(store_writes::open))
        .add(Allow::only(MANAGERS), routes!(store_writes::replace))
        .add(Allow::only(MANAGERS), routes!(store_writes::patch))
        .add(Allow::only(MANAGERS), routes!(store_writes::archive))
        .add(Allow::only(STAFF), routes!(setting::set_levels))
        .add(Allow::only(WATCHERS), routes!(levels::in_store))
        .add(Allow::only(WATCHERS), routes!(levels::of_product))
        .add(Allow::only(STAFF), routes!(adjusting::adjust))
        .add(Allow::only(WATCHERS), routes!(moving::restock))
        .add(Allow::only(STAFF), routes!(moving::transfer))
        .add(Allow::only(STAFF), routes!(movements::list_movements))
        .add(Allow::only(STAFF), routes!(movements::read_movement))
        .add(Allow::only(WATCHERS), routes!(alerts::list_alerts))
        .add(Allow::only(STAFF), routes!(stream::stream_levels))
}

/// 403 unless the caller may act in every store the lines touch.
fn check_stores<T: Line>(principal: &Principal, lines: &Lines<T>) -> Result<(), Problem> {
    let mut touched = lines.iter().flat_map(Line::stores);
    match touched.all(|(_, store)| principal.may_act_in(store)) {
        true => Ok(()),
        false => Err(elsewhere()),
    }
}

fn elsewhere() -> Problem {
    let message = "you may act in your own stores only";
    Problem::new(kernel::ErrorKind::Forbidden, "FORBIDDEN", message)
}
