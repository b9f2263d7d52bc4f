//! Reports: what the shop sold and holds, counted from events. The front door.

mod ask;
mod calendar;
mod close;
mod columns;
mod copies;
mod cover;
mod effect;
mod graphql;
mod http;
mod on_sale;
mod on_stock_moved;
mod pack;
mod read;
mod rebuild;
mod sale;
mod sheet;
mod shelf;
mod store;
mod views;

pub use ask::{Asked, By, Scope};
pub use calendar::{BadDay, Day};
pub use close::close_months;
pub use read::{Kind, Shown, show};
pub use rebuild::begin_rebuild;

use platform::{Host, Module, Subscriptions};

/// The context, ready to be wired.
pub fn module(host: &Host) -> Module {
    let subscriptions = Subscriptions::new()
        .on(copies::OnProduct)
        .on(copies::OnCategory)
        .on(copies::OnStore)
        .on(on_sale::OnSale)
        .on(on_stock_moved::OnStockMoved);
    Module::new("reports")
        .migrations(platform::migrations!(
            "0001_reports" + engines,
            "0002_spans",
            "0003_packed" + postgres,
            "0004_thresholds",
            "0005_stock" + engines,
            "0006_running_totals"
        ))
        .routes(http::routes(host))
        .subscriptions(subscriptions)
        .audits(store::audits::AUDITS)
        .jobs(vec![close::job(host)])
}
