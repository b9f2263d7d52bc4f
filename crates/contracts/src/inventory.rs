//! What inventory tells: stores, the answers to placed orders, what moves beside them, and levels
//! that cross a threshold.

use crate::event;
use kernel::{Id, OrderId, ProductId, StoreId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A store or warehouse was opened, changed or archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StoreChanged {
    pub store_id: StoreId,
    pub code: String,
    pub name: String,
    /// `store` or `warehouse`.
    pub kind: String,
    pub archived: bool,
}
event!(
    StoreChanged,
    "inventory.store-changed.v1",
    "store",
    store_id
);

/// All lines of an order are held in one store. Aggregate `reservation`, named by the order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockReserved {
    pub order_id: OrderId,
    pub store_id: StoreId,
}
event!(
    StockReserved,
    "inventory.stock-reserved.v1",
    "reservation",
    order_id
);

/// The order cannot be held; nothing of it is. Names every line that is short.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockRefused {
    pub order_id: OrderId,
    pub short: Vec<ShortLine>,
}
event!(
    StockRefused,
    "inventory.stock-refused.v1",
    "reservation",
    order_id
);

/// One line that could not be held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShortLine {
    pub product_id: ProductId,
    pub wanted: i64,
    /// The most that one store could give when it was refused.
    pub available: i64,
}

/// What an order held was given back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockReleased {
    pub order_id: OrderId,
}
event!(
    StockReleased,
    "inventory.stock-released.v1",
    "reservation",
    order_id
);

/// Marks the aggregate of one (product, store) level.
pub struct Level;
impl kernel::Entity for Level {
    const PREFIX: &'static str = "lvl";
}
/// `lvl_…`
pub type LevelId = Id<Level>;

/// A level crossed its low-stock threshold, its maximum or zero, in either direction; not every
/// movement. What each was before says which.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AvailabilityChanged {
    pub level_id: LevelId,
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub available: i64,
    pub min_stock: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_stock: Option<i64>,
    /// `available <= min_stock`, now and before.
    pub low: bool,
    pub was_low: bool,
    /// More on hand than `max_stock`, now and before; before this was told, neither.
    #[serde(default)]
    pub excess: bool,
    #[serde(default)]
    pub was_excess: bool,
    /// `available > 0`, now and before.
    pub in_stock: bool,
    pub was_in_stock: bool,
}
event!(
    AvailabilityChanged,
    "inventory.availability-changed.v1",
    "level",
    level_id
);

/// Marks a group of levels that changed together.
pub struct StockMove;
impl kernel::Entity for StockMove {
    const PREFIX: &'static str = "smv";
}
/// `smv_…`
pub type StockMoveId = Id<StockMove>;

/// Goods came in, left or were counted, or thresholds were set: the levels as they are after that.
/// Not told when orders hold stock or let go of it: `reserved` follows from the orders themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StockMoved {
    pub move_id: StockMoveId,
    pub levels: Vec<MovedLevel>,
}
event!(
    StockMoved,
    "inventory.stock-moved.v1",
    "stock-move",
    move_id
);

/// What is on hand in one place. The highest version of a level is the newest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MovedLevel {
    pub product_id: ProductId,
    pub store_id: StoreId,
    pub on_hand: i64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub min_stock: Option<i64>,
    pub version: i64,
}
