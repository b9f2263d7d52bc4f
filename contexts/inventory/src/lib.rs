//! Inventory: stores, what lies in them, and the ledger of every movement. The front door.

mod adjust;
mod alert;
mod allot;
mod archive_store;
mod availability;
mod change_store;
mod feed;
mod graphql;
mod http;
mod lines;
mod movement;
mod moving;
mod on_order_cancelled;
mod on_order_placed;
mod on_order_returned;
mod on_product;
mod on_shipment_dispatched;
mod open_store;
mod refusal;
mod restock;
mod set_level;
mod shop;
mod stock;
mod store;
mod take_off;
mod tell_all;
mod transfer;
mod watch;

pub use change_store::StoreError;
pub use lines::Lines;
pub use moving::Inventory;
pub use open_store::open_store;
pub use refusal::StockError;
pub use set_level::{SetLevel, set_levels};
pub use shop::{Address, Store, StoreCode, StoreFields, StoreKind};
pub use stock::Place;
pub use tell_all::tell_all;

use contracts::ports::Availability;
use platform::{Host, Module, Subscriptions};
use std::sync::Arc;

/// Inventory in a process that asks it nothing beside.
pub fn module(host: &Host) -> Module {
    Inventory::new(host).module()
}

impl Inventory {
    pub fn new(host: &Host) -> Self {
        Self {
            host: host.clone(),
            feed: feed::Feed::new(),
        }
    }

    /// The context, ready to be wired.
    pub fn module(&self) -> Module {
        let subscriptions = Subscriptions::new()
            .on(on_product::OnProduct)
            .on(on_order_placed::OnOrderPlaced {
                feed: self.feed.clone(),
            })
            .on(on_order_cancelled::OnOrderCancelled {
                feed: self.feed.clone(),
            })
            .on(on_order_returned::OnOrderReturned {
                feed: self.feed.clone(),
            })
            .on(on_shipment_dispatched::OnShipmentDispatched {
                feed: self.feed.clone(),
            });
        Module::new("inventory")
            .migrations(platform::migrations!(
                "0001_inventory" + engines,
                "0002_optimistic" + postgres,
                "0003_parcels" + engines,
                "0004_movements_of_store",
                "0005_untold",
                "0006_excess" + engines
            ))
            .routes(http::routes(self.clone()).graphql(graphql::part(self)))
            .subscriptions(subscriptions)
            .audits(store::audits::AUDITS)
            .jobs(vec![take_off::job(self), tell_all::job(&self.host)])
    }

    /// What others may ask: how much of a product is free. Hears of every change made through
    /// [`Inventory::module`] of the same value.
    pub fn availability(&self) -> Arc<dyn Availability> {
        let (db, feed) = (self.host.db.clone(), self.feed.clone());
        Arc::new(availability::Shelf { db, feed })
    }
}
