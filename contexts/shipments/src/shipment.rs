//! A shipment: a parcel of an order, from packed to delivered. Pure.

use crate::carrier::Label;
use crate::fault::ShipmentError;
use contracts::shipments::{ShipmentDelivered, ShipmentDispatched, ShippedItem};
use kernel::{ClientId, OrderId, ProductId, ShipmentId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a shipment stands. It only goes forward.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ShipmentStatus)]
pub enum Status {
    /// Being packed; still in the store.
    Processing,
    /// It has left.
    InTransit,
    /// It has reached the buyer.
    Delivered,
    /// It never left; what was in it can be packed again.
    Cancelled,
}

impl Status {
    pub const ALL: [Self; 4] = [
        Self::Processing,
        Self::InTransit,
        Self::Delivered,
        Self::Cancelled,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::InTransit => "in_transit",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
    }

    /// Where it may go from here.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Processing => &[Self::InTransit, Self::Cancelled],
            Self::InTransit => &[Self::Delivered],
            Self::Delivered | Self::Cancelled => &[],
        }
    }
}

/// Pieces of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    pub product_id: ProductId,
    pub quantity: i64,
}

/// A parcel of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shipment {
    pub id: ShipmentId,
    pub order_id: OrderId,
    /// Whose order it is.
    pub client_id: ClientId,
    pub store_id: StoreId,
    pub status: Status,
    /// Its order was cancelled after it had left.
    pub recalled: bool,
    pub label: Label,
    /// One entry a product.
    pub items: Vec<Item>,
    pub dispatched_at: Option<Timestamp>,
    pub delivered_at: Option<Timestamp>,
    pub cancelled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Shipment {
    /// Moves it on, or says what is possible instead. What belongs to a cancelled order must not
    /// leave any more.
    pub fn go(
        &mut self,
        to: Status,
        order_cancelled: bool,
        now: Timestamp,
    ) -> Result<(), ShipmentError> {
        if !self.status.next().contains(&to) {
            return Err(ShipmentError::illegal(self.status, to));
        }
        if to == Status::InTransit && order_cancelled {
            return Err(ShipmentError::OrderCancelled);
        }
        match to {
            Status::Processing => {}
            Status::InTransit => self.dispatched_at = Some(now),
            Status::Delivered => self.delivered_at = Some(now),
            Status::Cancelled => self.cancelled_at = Some(now),
        }
        self.status = to;
        Ok(())
    }

    /// Gives it another label. Who carries it is fixed once it has left, when it comes until then.
    pub fn relabel(&mut self, label: Label) -> Result<(), ShipmentError> {
        let same = label.carrier == self.label.carrier
            && label.tracking_number == self.label.tracking_number;
        let fixed = match self.status {
            Status::Processing => false,
            Status::InTransit => !same,
            Status::Delivered | Status::Cancelled => label != self.label,
        };
        if fixed {
            return Err(ShipmentError::HasLeft);
        }
        self.label = label;
        Ok(())
    }

    fn shipped(&self) -> Vec<ShippedItem> {
        let item = |item: &Item| ShippedItem {
            product_id: item.product_id,
            quantity: item.quantity,
        };
        self.items.iter().map(item).collect()
    }

    pub fn dispatched(&self) -> ShipmentDispatched {
        ShipmentDispatched {
            shipment_id: self.id,
            order_id: self.order_id,
            store_id: self.store_id,
            items: self.shipped(),
            carrier: Some(self.label.carrier.clone()),
            tracking_number: self.label.tracking_number.as_ref().map(ToString::to_string),
        }
    }

    pub fn delivered(&self) -> ShipmentDelivered {
        ShipmentDelivered {
            shipment_id: self.id,
            order_id: self.order_id,
            items: self.shipped(),
        }
    }
}

#[cfg(test)]
#[path = "shipment_tests.rs"]
mod tests;
