//! Parcels that leave and arrive: the order follows them, and is delivered with its last piece.

use crate::fact::Fact;
use crate::hear::{News, hear_all};
use crate::waiting::Waiting;
use contracts::shipments::{ShipmentDelivered, ShipmentDispatched};
use kernel::event_set;
use platform::{DbError, Delivered, Holds, Reaction, Tx};

event_set! {
    /// What shipments says of the parcels of an order.
    pub enum ParcelFact {
        Dispatched(ShipmentDispatched),
        Delivered(ShipmentDelivered),
    }
}

/// Counts the pieces of orders that have left and arrived.
pub struct OnShipment {
    pub waiting: Waiting,
}

impl Reaction for OnShipment {
    type Event = ParcelFact;
    const NAME: &'static str = "orders.on-shipment";
    const HOLDS: Holds<ParcelFact> = Some(|fact| match fact {
        ParcelFact::Dispatched(parcel) => parcel.order_id.uuid(),
        ParcelFact::Delivered(parcel) => parcel.order_id.uuid(),
    });

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<ParcelFact>]) -> Result<(), DbError> {
        let news = |one: &Delivered<ParcelFact>| match &one.event {
            ParcelFact::Dispatched(parcel) => {
                let fact = Fact::Dispatched(parcel.shipment_id, parcel.items.clone());
                News::of(one, parcel.order_id, fact)
            }
            ParcelFact::Delivered(parcel) => {
                let fact = Fact::Delivered(parcel.shipment_id, parcel.items.clone());
                News::of(one, parcel.order_id, fact)
            }
        };
        hear_all(tx, &self.waiting, batch.iter().map(news).collect()).await
    }
}
