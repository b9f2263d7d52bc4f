//! What orders tells: the life of an order, from placed to its end.

use crate::event;
use kernel::{ClientId, EmployeeId, OrderId, ProductId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// An order was placed: prices and quantities are frozen from here on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderPlaced {
    pub order_id: OrderId,
    pub number: String,
    pub client_id: ClientId,
    /// The store that must serve it; `None`: the first, by code, that can fill all of it.
    pub store_id: Option<StoreId>,
    pub items: Vec<PlacedItem>,
    pub total_minor: i64,
    pub currency: String,
    /// `cash` and `invoice` are promises; any other needs its payment authorised.
    pub payment_method: String,
    /// Who sold it, where somebody did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub employee_id: Option<EmployeeId>,
    /// Where it goes, by ISO 3166-1 alpha-2, where somebody said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
event!(OrderPlaced, "orders.order-placed.v1", "order", order_id);

/// One line of a placed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlacedItem {
    pub product_id: ProductId,
    pub quantity: i64,
    pub unit_price_minor: i64,
}

/// Stock is held and payment is settled or promised: the order will be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderConfirmed {
    pub order_id: OrderId,
    pub store_id: StoreId,
}
event!(
    OrderConfirmed,
    "orders.order-confirmed.v1",
    "order",
    order_id
);

/// The order ended before fulfilment; whoever holds something for it gives it back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderCancelled {
    pub order_id: OrderId,
    /// `requested`, `insufficient_stock`, `payment_failed`, `expired`, …
    pub reason: String,
}
event!(
    OrderCancelled,
    "orders.order-cancelled.v1",
    "order",
    order_id
);

/// The last piece of the order has reached the buyer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderDelivered {
    pub order_id: OrderId,
}
event!(
    OrderDelivered,
    "orders.order-delivered.v1",
    "order",
    order_id
);

/// Delivered goods came back, all or in part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderReturned {
    pub order_id: OrderId,
    pub store_id: Option<StoreId>,
    pub items: Vec<PlacedItem>,
    /// False when it records history: then no stock moves.
    pub restock: bool,
    /// When they came back; `None`: when this was told. History comes back long before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub returned_at: Option<Timestamp>,
}
event!(OrderReturned, "orders.order-returned.v1", "order", order_id);

/// A past sale was taken over from another system, already delivered. Moves no stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderImported {
    pub order_id: OrderId,
    pub number: String,
    pub client_id: ClientId,
    pub placed_at: Timestamp,
    pub items: Vec<PlacedItem>,
    pub total_minor: i64,
    pub currency: String,
    /// Where the buyer was: by ISO 3166-1 alpha-2 where that is known, else in the words of the
    /// other system, as in all that was told before codes were looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}
event!(OrderImported, "orders.order-imported.v1", "order", order_id);
