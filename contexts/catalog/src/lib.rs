//! The catalogue: categories, products, their prices over time, search, sheets in and out.
//! The front door: what the binary wires and what its commands call; nothing else is public.

mod apply_prices;
mod attributes;
mod cache;
mod catalog;
mod category;
mod change_category;
mod change_product;
mod confirm;
mod create_category;
mod create_product;
mod delete_category;
mod delete_product;
mod export_products;
mod graphql;
mod http;
mod import_lines;
mod import_products;
mod import_report;
mod list_categories;
mod list_products;
mod on_availability_changed;
mod product;
mod read_product;
mod read_products;
mod refused;
mod set_price;
mod sheet;
mod store;
mod upsert_products;
mod view;
mod words;

pub use catalog::AvailabilitySlot;
pub use import_report::{ImportError, ImportOptions, ImportReport, LineError, Progress};
pub use product::ProductName;
pub use sheet::SheetError;
pub use upsert_products::{ImportedProduct, UpsertError};

use catalog::Catalog;
use kernel::ProductId;
use on_availability_changed::OnAvailabilityChanged;
use platform::{Host, Job, Module, Subscriptions};
use std::io::Read;
use std::time::Duration;

/// How late a planned price may come into force.
const PRICES_EVERY: Duration = Duration::from_secs(60);

/// The catalogue, ready to be wired. Inventory's answer is put into `availability` once it is
/// there; an empty slot shows products without what is available.
pub fn module(host: &Host, availability: AvailabilitySlot) -> Module {
    let catalog = Catalog::new(host, availability);
    let reaction = OnAvailabilityChanged {
        cache: catalog.cache.clone(),
    };
    let pricing = catalog.clone();
    let job = Job::new("catalog.apply-prices", PRICES_EVERY, host, move |_| {
        let catalog = pricing.clone();
        async move { apply_prices::apply_prices(&catalog).await.map(drop) }
    });
    Module::new("catalog")
        .migrations(platform::migrations!(
            "0001_catalog" + engines,
            "0002_catalog_indexes"
        ))
        .routes(http::routes(&catalog).graphql(graphql::part(&catalog)))
        .subscriptions(Subscriptions::new().on(reaction))
        .audits(store::audits::AUDITS)
        .jobs(vec![job])
}

/// Imports products from CSV; `progress` is called after each portion. For commands: a process
/// that serves at the same time sees the changes after a second.
pub async fn import_products(
    host: &Host,
    reader: impl Read + Send + 'static,
    options: ImportOptions,
    progress: impl FnMut(Progress),
) -> Result<ImportReport, ImportError> {
    let catalog = Catalog::without_readers(host);
    import_products::import_products(&catalog, reader, options, progress).await
}

/// Takes over products that a history of sales names; answers the id of each, in their order.
/// Doing it again changes nothing.
pub async fn upsert_products(
    host: &Host,
    products: Vec<ImportedProduct>,
) -> Result<Vec<ProductId>, UpsertError> {
    upsert_products::upsert_products(&Catalog::without_readers(host), products).await
}
