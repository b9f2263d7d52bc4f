//! Shipments: confirmed orders leave in parcels, are followed, and arrive. The front door.

mod carrier;
mod change;
mod fault;
mod http;
mod on_order;
mod pack;
mod packing;
mod shipment;
mod store;
mod tracking;
mod walk;

pub use walk::sandbox_job;

use platform::{Host, Module, Subscriptions};

/// The context, ready to be wired.
pub fn module(host: &Host) -> Module {
    Module::new("shipments")
        .migrations(platform::migrations!("0001_shipments" + engines))
        .routes(http::routes(host))
        .subscriptions(Subscriptions::new().on(on_order::OnOrder))
        .audits(store::audits::AUDITS)
}
