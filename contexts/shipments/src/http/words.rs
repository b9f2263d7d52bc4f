//! What requests and answers about shipments look like on the wire.

use crate::carrier::LabelWish;
use crate::change::Change;
use crate::pack::Packing;
use crate::shipment::{Item, Shipment, Status};
use crate::tracking::TrackingNumber;
use kernel::{Name, OrderId, ProductId, Quantity, ShipmentId, StoreId, Timestamp};
use platform::http::{Patch, Problem};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Lines of an order, and so of a shipment.
const MAX_ITEMS: usize = 1000;

/// A shipment to be packed.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewShipment {
    /// Who carries it: any name, or `sandbox`, which makes up a tracking number and a date (not in
    /// production). Left out: `manual`.
    #[schema(example = "Canada Post")]
    carrier: Option<Name>,
    /// 6 to 40 letters, digits and hyphens, as the carrier gave it; capital letters are stored.
    #[schema(value_type = Option<String>, example = "1Z999AA10123456784")]
    tracking_number: Option<TrackingNumber>,
    estimated_delivery: Option<Timestamp>,
    /// Left out: everything of the order that is in no shipment yet.
    #[schema(min_items = 1, max_items = 1000)]
    items: Option<Vec<ShipmentItemInput>>,
}

/// Pieces of one product to be packed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentItemInput {
    product_id: ProductId,
    quantity: Quantity,
}

/// A change of a shipment, as a JSON merge patch.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentPatch {
    /// While `processing` only.
    #[schema(example = "Canada Post")]
    carrier: Option<Name>,
    /// While `processing` only.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "1Z999AA10123456784")]
    tracking_number: Patch<TrackingNumber>,
    /// Until it is delivered.
    #[serde(default)]
    #[schema(value_type = Option<Timestamp>)]
    estimated_delivery: Patch<Timestamp>,
    /// The next step. The one it is at changes nothing.
    status: Option<Step>,
}

/// A step of a shipment; it is cancelled elsewhere.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ShipmentStep)]
pub enum Step {
    Processing,
    InTransit,
    Delivered,
}

/// Cancelling has nothing to say yet.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShipmentCancellation {}

/// A shipment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentView {
    pub id: ShipmentId,
    pub order_id: OrderId,
    /// Where it leaves.
    pub store_id: StoreId,
    pub status: Status,
    /// The order was cancelled after it had left: it should come back.
    pub recalled: bool,
    pub carrier: String,
    #[schema(required)]
    pub tracking_number: Option<String>,
    #[schema(required)]
    pub estimated_delivery: Option<Timestamp>,
    /// One entry a product.
    pub items: Vec<ShipmentItemView>,
    #[schema(required)]
    pub dispatched_at: Option<Timestamp>,
    #[schema(required)]
    pub delivered_at: Option<Timestamp>,
    #[schema(required)]
    pub cancelled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Pieces of one product in a shipment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShipmentItemView {
    pub product_id: ProductId,
    pub quantity: i64,
}

impl NewShipment {
    pub fn into_packing(self) -> Result<Packing, Problem> {
        let set = |value: Option<TrackingNumber>| value.map_or(Patch::Keep, Patch::Set);
        Ok(Packing {
            items: self.items.map(items).transpose()?,
            label: LabelWish {
                carrier: self.carrier,
                tracking_number: set(self.tracking_number),
                estimated_delivery: self.estimated_delivery.map_or(Patch::Keep, Patch::Set),
            },
        })
    }
}

fn items(items: Vec<ShipmentItemInput>) -> Result<Vec<Item>, Problem> {
    if items.is_empty() || items.len() > MAX_ITEMS {
        let message = "a shipment has 1 to 1000 lines";
        return Err(Problem::invalid(message).detail("items", "ITEM_COUNT", message));
    }
    let item = |input: ShipmentItemInput| Item {
        product_id: input.product_id,
        quantity: input.quantity.get(),
    };
    Ok(items.into_iter().map(item).collect())
}

impl From<ShipmentPatch> for Change {
    fn from(patch: ShipmentPatch) -> Self {
        Self {
            label: LabelWish {
                carrier: patch.carrier,
                tracking_number: patch.tracking_number,
                estimated_delivery: patch.estimated_delivery,
            },
            status: patch.status.map(Status::from),
        }
    }
}

impl From<Step> for Status {
    fn from(step: Step) -> Self {
        match step {
            Step::Processing => Self::Processing,
            Step::InTransit => Self::InTransit,
            Step::Delivered => Self::Delivered,
        }
    }
}

impl From<Shipment> for ShipmentView {
    fn from(shipment: Shipment) -> Self {
        let item = |item: Item| ShipmentItemView {
            product_id: item.product_id,
            quantity: item.quantity,
        };
        let label = shipment.label;
        Self {
            id: shipment.id,
            order_id: shipment.order_id,
            store_id: shipment.store_id,
            status: shipment.status,
            recalled: shipment.recalled,
            carrier: label.carrier,
            tracking_number: label.tracking_number.map(String::from),
            estimated_delivery: label.estimated_delivery,
            items: shipment.items.into_iter().map(item).collect(),
            dispatched_at: shipment.dispatched_at,
            delivered_at: shipment.delivered_at,
            cancelled_at: shipment.cancelled_at,
            created_at: shipment.created_at,
            updated_at: shipment.updated_at,
        }
    }
}
