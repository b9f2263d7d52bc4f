//! Orders: drafts, placing through the checkout desk, the life of an order, its event trail.

mod addresses;
mod answers;
mod cancel;
mod cart;
mod copies;
mod deadlines;
mod desk;
mod draft;
mod error;
mod explain;
mod export;
mod fact;
mod give_back;
mod graphql;
mod hear;
mod http;
mod import;
mod on_payment;
mod on_shipment;
mod on_stock_answer;
mod order;
mod parcel;
mod payment;
mod place;
mod price;
mod saga;
mod sagas;
mod sale;
mod status;
mod stock;
mod store;
mod view;
mod wait;
mod waiting;

pub use import::{
    CreditOutcome, HistoryError, Kept, PastLine, PastOrder, PastReturn, PastReturnLine, TakenOver,
    Unmatched, import_history, import_returns, kept_returns, kept_sales, other_currency,
};

pub use cart::AvailabilitySlot;
pub use error::OrderError;
pub use order::{PaymentStatus, Status};
pub use payment::{Offered, PaymentMethod};
pub use saga::{State as SagaState, Step as SagaStep};
pub use sagas::{Heard, SagaDetail, SagaView, explain_saga, list_sagas, retry_saga};

use contracts::ports::ShippingAddresses;
use platform::{Host, Module, Subscriptions};
use std::sync::Arc;
use waiting::Waiting;

/// Where the orders of clients were to go, for whoever must say what is held on them.
pub fn shipping_addresses(host: &Host) -> Arc<dyn ShippingAddresses> {
    Arc::new(addresses::Addresses(host.clone()))
}

/// The context, ready to be wired: a shop that offers these methods of payment. Inventory's answer
/// is put into `availability` once it is there; an empty slot shows carts without what is
/// available.
pub fn module(host: &Host, offered: Offered, availability: AvailabilitySlot) -> Module {
    let waiting = Waiting::new(host.db.clone());
    Module::new("orders")
        .migrations(platform::migrations!(
            "0001_orders" + engines,
            "0002_saga" + engines,
            "0003_carts",
            "0004_country",
        ))
        .routes(http::routes(host, &waiting, offered, availability))
        .subscriptions(
            Subscriptions::new()
                .on(copies::OnProduct)
                .on(copies::OnClient)
                .on(copies::OnEmployee)
                .on(copies::OnStore)
                .on(on_stock_answer::OnStockAnswer {
                    waiting: waiting.clone(),
                })
                .on(on_payment::OnPayment {
                    waiting: waiting.clone(),
                })
                .on(on_shipment::OnShipment {
                    waiting: waiting.clone(),
                })
                .on(cart::OnOrderCancelled),
        )
        .audits(store::AUDITS)
        .jobs(vec![deadlines::job(host, &waiting), cart::job(host)])
}
