//! Orders: drafts, placing through the checkout desk, the life of an order, its event trail.

mod cancel;
mod cart;
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

pub use cart::AvailabilitySlot;

use platform::{Host, Module, Subscriptions};

/// The context, ready to be wired. Inventory's answer is put into `availability` once it is there;
/// an empty slot shows carts without what is available.
pub fn module(host: &Host, availability: AvailabilitySlot) -> Module {
    Module::new("orders")
        .migrations(platform::migrations!("0001_orders" + engines, "0003_carts"))
        .routes(http::routes(host, availability))
        .subscriptions(
            Subscriptions::new()
                .on(copies::OnProduct)
                .on(copies::OnClient)
                .on(copies::OnEmployee)
                .on(copies::OnStore)
                .on(on_stock_answer::OnStockAnswer)
                .on(cart::OnOrderCancelled),
        )
        .audits(store::AUDITS)
        .jobs(vec![cart::job(host)])
}
