//! The REST face of the catalogue: which operation is where, and who may call it.

mod body_reader;
mod categories;
mod category_shapes;
mod prices;
pub mod product_shapes;
mod products;
mod sheets;

use crate::catalog::Catalog;
use axum::http::{HeaderName, HeaderValue, header};
use platform::http::{Allow, Limits, MANAGERS, Principal, Routes, STAFF};
use platform::routes;
use std::time::Duration;

/// A catalogue of 100,000 products is about 20 MB of CSV.
const IMPORT: Limits = Limits {
    body: 64 * 1024 * 1024,
    timeout: Duration::from_secs(10 * 60),
};

pub fn routes(catalog: &Catalog) -> Routes<Catalog> {
    let managers = || Allow::only(MANAGERS);
    Routes::new(catalog.clone())
        .add(Allow::anyone(), routes!(categories::list_categories))
        .add(managers(), routes!(categories::create_category))
        .add(Allow::anyone(), routes!(categories::read_category))
        .add(managers(), routes!(categories::replace_category))
        .add(managers(), routes!(categories::patch_category))
        .add(managers(), routes!(categories::delete_category))
        .add(Allow::anyone(), routes!(products::list_products))
        .add(managers(), routes!(products::create_product))
        .add(Allow::anyone(), routes!(products::read_product))
        .add(managers(), routes!(products::replace_product))
        .add(managers(), routes!(products::patch_product))
        .add(managers(), routes!(products::delete_product))
        .add(Allow::only(STAFF), routes!(prices::list_prices))
        .add(managers(), routes!(prices::set_price))
        .add_with_limits(managers(), IMPORT, routes!(sheets::import_products))
        .add(managers(), routes!(sheets::export_products))
}

/// An answer that says who may keep it.
type Cached<T> = ([(HeaderName, HeaderValue); 1], T);

/// Answers may be kept, and must be asked about each time (which a 304 answers cheaply): after a
/// change nobody is shown the past.
fn cache_control(principal: Option<&Principal>) -> (HeaderName, HeaderValue) {
    let value = match principal {
        None => HeaderValue::from_static("public, no-cache"),
        Some(_) => HeaderValue::from_static("private, no-cache"),
    };
    (header::CACHE_CONTROL, value)
}

fn is_staff(principal: Option<&Principal>) -> bool {
    principal.is_some_and(Principal::is_staff)
}
