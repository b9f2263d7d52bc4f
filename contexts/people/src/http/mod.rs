//! The REST side of people: which operations there are and who may call each.

mod client_shapes;
mod clients;
mod employee_shapes;
mod employees;
mod lists;

use crate::export_client::Sources;
use contracts::ports::ShippingAddresses;
use platform::Host;
use platform::http::{Allow, MANAGERS, Routes, STAFF};
use platform::routes;
use std::sync::Arc;

/// Every operation with its permission.
pub(crate) fn routes(host: &Host, addresses: Option<Arc<dyn ShippingAddresses>>) -> Routes {
    let staff_or_own = Allow::only(STAFF).or_own();
    let sources = Sources {
        host: host.clone(),
        addresses,
    };
    let export = Routes::new(sources).add(staff_or_own, routes!(clients::export_client));
    Routes::new(host.clone())
        .add(Allow::only(STAFF), routes!(clients::list_clients))
        .add(Allow::only(STAFF), routes!(clients::create_client))
        .add(staff_or_own, routes!(clients::read_client))
        .add(staff_or_own, routes!(clients::replace_client))
        .add(staff_or_own, routes!(clients::patch_client))
        .add(staff_or_own, routes!(clients::archive_client))
        .merge(export)
        .add(staff_or_own, routes!(clients::erase_client))
        .add(Allow::only(STAFF), routes!(employees::list_employees))
        .add(Allow::only(MANAGERS), routes!(employees::create_employee))
        .add(Allow::only(STAFF), routes!(employees::read_employee))
        .add(Allow::only(MANAGERS), routes!(employees::replace_employee))
        .add(Allow::only(MANAGERS), routes!(employees::patch_employee))
        .add(Allow::only(MANAGERS), routes!(employees::archive_employee))
}
