//! What payments knows of an order: enough to decide about its money. Pure.

use crate::provider::routing::is_by_hand;
use kernel::{ClientId, Money, OrderId, StoreId, Timestamp};

/// The copy of an order, in whatever order its events came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sale {
    pub id: OrderId,
    /// What the order itself says; the news of it may come after the others.
    pub placed: Option<Placed>,
    pub store_id: Option<StoreId>,
    pub stock_reserved: bool,
    pub confirmed: bool,
    pub cancelled: bool,
}

/// What was placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Placed {
    pub number: String,
    pub client_id: ClientId,
    pub method: String,
    pub total: Money,
    /// Cash: who took the money when the order was placed.
    pub taken_by: Option<String>,
    pub placed_at: Timestamp,
}

impl Sale {
    /// An order of which nothing is known yet.
    pub fn unheard(id: OrderId) -> Self {
        Self {
            id,
            placed: None,
            store_id: None,
            stock_reserved: false,
            confirmed: false,
            cancelled: false,
        }
    }

    /// Stock is held and nobody has cancelled: a provider may be asked for the money.
    pub fn wants_money(&self) -> Option<&Placed> {
        let placed = self.placed.as_ref()?;
        let wants = self.stock_reserved && !self.cancelled && !is_by_hand(&placed.method);
        (wants && placed.total.minor() > 0).then_some(placed)
    }

    /// The order stands. Where people move the money it does as soon as its stock is held.
    pub fn stands(&self) -> bool {
        let promised = |placed: &Placed| is_by_hand(&placed.method);
        self.confirmed || self.placed.as_ref().is_some_and(promised)
    }
}
