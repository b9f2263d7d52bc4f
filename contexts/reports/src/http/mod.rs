//! REST: the reports, as JSON or as a sheet. Managers read them; those of some stores read what is
//! of their stores.

pub mod answer;
pub mod params;
mod sales;
pub mod stock;

use crate::graphql;
use platform::Host;
use platform::http::{Allow, MANAGERS, Routes};
use platform::routes;

pub fn routes(host: &Host) -> Routes<Host> {
    let managers = Allow::only(MANAGERS);
    Routes::new(host.clone())
        .add(managers, routes!(sales::read_best_sellers))
        .add(managers, routes!(sales::read_highest_spenders))
        .add(managers, routes!(sales::read_sales))
        .add(managers, routes!(sales::read_average_basket))
        .add(managers, routes!(stock::read_stock_overview))
        .add(managers, routes!(stock::read_low_stock))
        .graphql(graphql::part(host))
}
