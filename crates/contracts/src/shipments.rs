//! What shipments tells: parcels that leave and arrive. Each shipment is an aggregate of its own;
//! an order may need several.

use crate::event;
use kernel::{OrderId, ProductId, ShipmentId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A parcel has left the store: what was held for the order is gone from the shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentDispatched {
    pub shipment_id: ShipmentId,
    pub order_id: OrderId,
    pub store_id: StoreId,
    pub items: Vec<ShippedItem>,
    /// Who carries it, and the number to follow it by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tracking_number: Option<String>,
}
event!(
    ShipmentDispatched,
    "shipments.shipment-dispatched.v1",
    "shipment",
    shipment_id
);

/// Pieces of one product in a parcel; a product stands in a parcel once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShippedItem {
    pub product_id: ProductId,
    pub quantity: i64,
}

/// A parcel has reached the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentDelivered {
    pub shipment_id: ShipmentId,
    pub order_id: OrderId,
    pub items: Vec<ShippedItem>,
}
event!(
    ShipmentDelivered,
    "shipments.shipment-delivered.v1",
    "shipment",
    shipment_id
);
