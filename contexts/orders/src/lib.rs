//! Orders: drafts, placing through the checkout desk, the life of an order, its event trail.

mod cancel;
mod copies;
mod desk;
mod draft;
mod error;
mod export;
mod give_back;
mod http;
mod import;
mod on_stock_answer;
mod order;
mod place;
mod price;
mod stock;
mod store;
mod view;
mod wait;

pub use import::{
    CreditOutcome, HistoryError, Kept, PastLine, PastOrder, PastReturn, PastReturnLine, TakenOver,
    Unmatched, import_history, import_returns, kept_returns, kept_sales, other_currency,
};

use platform::{Host, Module, Subscriptions};

/// The context, ready to be wired.
pub fn module(host: &Host) -> Module {
    Module::new("orders")
        .migrations(platform::migrations!("0001_orders" + engines))
        .routes(http::routes(host))
        .subscriptions(
            Subscriptions::new()
                .on(copies::OnProduct)
                .on(copies::OnClient)
                .on(copies::OnEmployee)
                .on(copies::OnStore)
                .on(on_stock_answer::OnStockAnswer),
        )
        .audits(store::AUDITS)
}
