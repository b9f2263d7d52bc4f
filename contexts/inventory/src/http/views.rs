//! What inventory shows.

use crate::alert::AlertKind;
use crate::movement::Kind;
use crate::shop::{Store, StoreKind};
use crate::stock::{Level, LevelId};
use crate::store::alerts::AlertRow;
use crate::store::lists::{LevelRow, MovementRow, Recorded};
use kernel::{Money, MovementId, OrderId, ProductId, ShipmentId, StoreId, Timestamp, TransferId};
use serde::Serialize;
use utoipa::ToSchema;

/// A store or a warehouse.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreView {
    pub id: StoreId,
    /// Unique; stores sort by it.
    pub code: String,
    pub name: String,
    pub kind: StoreKind,
    #[schema(required)]
    pub address: Option<String>,
    /// Closed for good; kept because history refers to it.
    pub archived: bool,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<Store> for StoreView {
    fn from(store: Store) -> Self {
        Self {
            id: store.id,
            code: store.fields.code.into_string(),
            name: store.fields.name.into_string(),
            kind: store.fields.kind,
            address: store.fields.address.map(kernel::Text::into_string),
            archived: store.archived,
            created_at: store.created_at,
            updated_at: store.updated_at,
        }
    }
}

/// The stock of one product in one store.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LevelView {
    pub product_id: ProductId,
    pub store_id: StoreId,
    /// Null until the catalogue has told of the product.
    #[schema(required)]
    pub product: Option<ProductSummary>,
    pub store: StoreSummary,
    pub on_hand: i64,
    /// Promised to orders; part of what is on hand.
    pub reserved: i64,
    /// `on_hand - reserved`: what may still be sold.
    pub available: i64,
    #[schema(required)]
    pub min_stock: Option<i64>,
    #[schema(required)]
    pub max_stock: Option<i64>,
    /// `available <= min_stock`
    pub low: bool,
    #[schema(required)]
    pub low_since: Option<Timestamp>,
    /// `on_hand > max_stock`
    pub excess: bool,
    #[schema(required)]
    pub excess_since: Option<Timestamp>,
    /// Rises with every change.
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a product is called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ProductSummary {
    pub sku: String,
    pub name: String,
}

/// What a store is called.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct StoreSummary {
    pub code: String,
    pub name: String,
}

impl From<LevelRow> for LevelView {
    fn from(row: LevelRow) -> Self {
        let level = row.level;
        Self {
            product_id: level.place.product,
            store_id: level.place.store,
            product: row.product.map(|(sku, name)| ProductSummary { sku, name }),
            store: StoreSummary {
                code: row.store_code,
                name: row.store_name,
            },
            on_hand: level.on_hand,
            reserved: level.reserved,
            available: level.available(),
            min_stock: level.min_stock,
            max_stock: level.max_stock,
            low: level.is_low(),
            low_since: row.low_since,
            excess: level.is_excess(),
            excess_since: row.excess_since,
            version: level.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// A level that is low or holds too much, and since when.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AlertView {
    pub kind: AlertKind,
    pub since: Timestamp,
    pub level: LevelView,
}

impl From<AlertRow> for AlertView {
    fn from(row: AlertRow) -> Self {
        Self {
            kind: row.kind,
            since: row.since,
            level: row.level.into(),
        }
    }
}

/// A row of the ledger.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MovementView {
    pub id: MovementId,
    pub kind: Kind,
    pub product_id: ProductId,
    #[schema(required)]
    pub sku: Option<String>,
    pub store_id: StoreId,
    pub store_code: String,
    /// How many pieces, whichever way they went.
    pub quantity: i64,
    /// What it did to `on_hand`.
    pub on_hand_change: i64,
    /// What it did to `reserved`.
    pub reserved_change: i64,
    /// The order or transfer it belongs to, else the caller's own reference.
    #[schema(required)]
    pub reference: Option<String>,
    #[schema(required)]
    pub order_id: Option<OrderId>,
    /// The shipment the goods left in.
    #[schema(required)]
    pub shipment_id: Option<ShipmentId>,
    #[schema(required)]
    pub transfer_id: Option<TransferId>,
    /// The caller's own reference.
    #[schema(required)]
    pub document: Option<String>,
    #[schema(required)]
    pub reason: Option<String>,
    /// What one piece cost, where goods came in.
    #[schema(required)]
    pub unit_cost: Option<Money>,
    /// Who did it; null where an order did.
    #[schema(required, example = "user/user_01h455vb4pex5vsknk084sn02q")]
    pub actor: Option<String>,
    pub occurred_at: Timestamp,
}

impl From<MovementRow> for MovementView {
    fn from(row: MovementRow) -> Self {
        let one = row.movement;
        let (order_id, transfer_id) = (one.cause.order(), one.cause.transfer());
        let order = order_id.map(|id| id.to_string());
        let reference = order.or_else(|| transfer_id.map(|id| id.to_string()));
        let moved = if one.delta.on_hand == 0 {
            one.delta.reserved
        } else {
            one.delta.on_hand
        };
        Self {
            id: one.id,
            kind: one.kind,
            product_id: one.place.product,
            sku: row.sku,
            store_id: one.place.store,
            store_code: row.store_code,
            quantity: moved.saturating_abs(),
            on_hand_change: one.delta.on_hand,
            reserved_change: one.delta.reserved,
            reference: reference.or_else(|| one.document.clone()),
            order_id,
            shipment_id: one.cause.shipment(),
            transfer_id,
            actor: one.cause.actor().map(str::to_owned),
            document: one.document,
            reason: one.reason,
            unit_cost: one.unit_cost,
            occurred_at: one.occurred_at,
        }
    }
}

/// A movement that was made, and the level after it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct RecordedView {
    pub movement: MovementView,
    pub level: LevelView,
}

impl RecordedView {
    /// Where the movement can be read again.
    pub fn location(&self) -> String {
        format!("/v1/inventory/movements/{}", self.movement.id)
    }
}

impl From<Recorded> for RecordedView {
    fn from(recorded: Recorded) -> Self {
        Self {
            movement: recorded.movement.into(),
            level: recorded.level.into(),
        }
    }
}

/// A level in the live stream.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct LevelEvent {
    #[schema(value_type = String)]
    pub level_id: LevelId,
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub on_hand: i64,
    pub reserved: i64,
    pub available: i64,
    #[schema(required)]
    pub min_stock: Option<i64>,
    #[schema(required)]
    pub max_stock: Option<i64>,
    pub low: bool,
    pub excess: bool,
    /// Rises with every change; what is lower than the last seen is old.
    pub version: i64,
}

impl From<&Level> for LevelEvent {
    fn from(level: &Level) -> Self {
        Self {
            level_id: level.id,
            product_id: level.place.product,
            store_id: level.place.store,
            on_hand: level.on_hand,
            reserved: level.reserved,
            available: level.available(),
            min_stock: level.min_stock,
            max_stock: level.max_stock,
            low: level.is_low(),
            excess: level.is_excess(),
            version: level.version,
        }
    }
}
