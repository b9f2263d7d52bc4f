//! What is known of one order, gathered from whatever has been told of it, in whatever order. Pure.

use crate::calendar::Day;
use kernel::{ClientId, EmployeeId, ProductId, StoreId};
use serde::{Deserialize, Serialize};

/// An order as far as it is known. News add to it and take nothing away, so that it does not
/// matter which came first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sale {
    pub placed: Option<Placed>,
    /// The store that serves it: named by the buyer, or found by inventory.
    pub store: Option<StoreId>,
    pub cancelled: bool,
    /// Stock was held for it, in `store`.
    pub held: bool,
    /// What was still held has been let go of.
    pub released: bool,
    pub shipped: Vec<Shipped>,
    pub returned: Vec<Returned>,
}

/// What was ordered, by whom and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub day: Day,
    pub client: ClientId,
    pub employee: Option<EmployeeId>,
    pub country: Option<String>,
    pub currency: String,
    pub lines: Vec<Line>,
}

/// Pieces of one product at one price. Written as `[product, units, price]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line(pub ProductId, pub i64, pub i64);

/// Pieces that have left. Written as `[store, product, units]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shipped(pub StoreId, pub ProductId, pub i64);

/// What came back on one day. Written as `[day, lines]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Returned(pub i64, pub Vec<Line>);

impl Line {
    pub fn worth(&self) -> i64 {
        self.1.saturating_mul(self.2)
    }
}

impl Sale {
    pub fn place(&mut self, placed: Placed, store: Option<StoreId>) {
        self.placed = Some(placed);
        self.store = self.store.or(store);
    }

    pub fn hold(&mut self, store: StoreId) {
        self.store = Some(store);
        self.held = true;
    }

    /// What the lines add up to.
    pub fn gross_minor(&self) -> Option<i64> {
        let placed = self.placed.as_ref()?;
        let add = |sum: i64, line: &Line| sum.saturating_add(line.worth());
        Some(placed.lines.iter().fold(0, add))
    }
}
