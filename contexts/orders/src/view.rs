//! How orders look on the wire.

use crate::order::{FulfilmentStatus, Line, Order, PaymentMethod, PaymentStatus, Status};
use kernel::{ClientId, Country, EmployeeId, Money, OrderId, ProductId, StoreId, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

/// An order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderView {
    pub id: OrderId,
    /// The number people say.
    #[schema(example = "ORD-2026-000042")]
    pub number: String,
    pub status: Status,
    pub payment_method: PaymentMethod,
    pub payment_status: PaymentStatus,
    pub fulfilment_status: FulfilmentStatus,
    pub client_id: ClientId,
    pub employee_id: Option<EmployeeId>,
    /// The store that serves it; null until one is chosen.
    pub store_id: Option<StoreId>,
    /// Where it goes; null where nobody said.
    pub country: Option<Country>,
    pub items: Vec<ItemView>,
    pub subtotal: Money,
    pub total: Money,
    pub note: Option<String>,
    /// The number it had where it was taken over from.
    pub reference: Option<String>,
    /// Somebody wants it cancelled; that waits until its payment is certain.
    pub cancel_requested: bool,
    /// Why it ended unfulfilled.
    pub cancel_reason: Option<String>,
    /// Null while it is a draft.
    pub placed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// An order with what only its owner and the staff may read of it.
#[derive(Serialize, ToSchema)]
pub struct OrderDetail {
    #[serde(flatten)]
    pub order: OrderView,
    /// Where it shall go; null where nobody said, or once the client was erased.
    pub shipping_address: Option<String>,
}

/// One line of an order; its price is frozen.
#[derive(Debug, Serialize, ToSchema)]
pub struct ItemView {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: i64,
    /// How many of them came back.
    pub returned: i64,
    pub unit_price: Money,
    pub line_total: Money,
}

impl From<&Order> for OrderView {
    fn from(order: &Order) -> Self {
        Self {
            id: order.id,
            number: order.number(),
            status: order.status,
            payment_method: order.payment_method,
            payment_status: order.payment_status,
            fulfilment_status: order.fulfilment_status,
            client_id: order.client_id,
            employee_id: order.employee_id,
            store_id: order.store_id,
            country: order.country,
            items: order.lines.iter().map(ItemView::from).collect(),
            subtotal: order.total,
            total: order.total,
            note: order.note.clone(),
            reference: order.reference.clone(),
            cancel_requested: order.cancel_requested.is_some(),
            cancel_reason: order.end_reason.clone(),
            placed_at: order.placed_at,
            created_at: order.created_at,
            updated_at: order.updated_at,
        }
    }
}

impl From<&Line> for ItemView {
    fn from(line: &Line) -> Self {
        Self {
            product_id: line.product_id,
            sku: line.sku.clone(),
            name: line.name.clone(),
            quantity: line.quantity.get(),
            returned: line.returned,
            unit_price: line.unit_price,
            // The order's total was added up from the same products without overflow.
            line_total: line.total().unwrap_or(line.unit_price),
        }
    }
}
