//! One row of the ledger: the only way a level changes. Pure.

use crate::stock::{Delta, Place};
use kernel::{Money, MovementId, OrderId, ShipmentId, Timestamp, TransferId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Why stock moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = MovementKind)]
pub enum Kind {
    /// Goods came in.
    Receive,
    /// Goods reserved for an order left.
    Ship,
    /// Goods left for another store.
    TransferOut,
    /// Goods came from another store.
    TransferIn,
    /// Promised to an order.
    Reserve,
    /// No longer promised to an order.
    Release,
    /// Counted, found, lost, broken: with a reason.
    Adjust,
    /// Goods of a delivered order came back.
    Return,
}

impl Kind {
    const ALL: [Self; 8] = [
        Self::Receive,
        Self::Ship,
        Self::TransferOut,
        Self::TransferIn,
        Self::Reserve,
        Self::Release,
        Self::Adjust,
        Self::Return,
    ];

    /// The word in the database and on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Receive => "receive",
            Self::Ship => "ship",
            Self::TransferOut => "transfer_out",
            Self::TransferIn => "transfer_in",
            Self::Reserve => "reserve",
            Self::Release => "release",
            Self::Adjust => "adjust",
            Self::Return => "return",
        }
    }

    pub fn read(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }
}

/// A movement to be written, or read again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    pub id: MovementId,
    pub place: Place,
    pub kind: Kind,
    pub delta: Delta,
    pub cause: Because,
    /// The caller's own reference: a delivery note, a count sheet.
    pub document: Option<String>,
    pub reason: Option<String>,
    /// What one piece cost, where goods came in.
    pub unit_cost: Option<Money>,
    pub occurred_at: Timestamp,
}

/// What a movement belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// An order took, released or returned it.
    Order(OrderId),
    /// It left for an order in this shipment.
    Shipment(OrderId, ShipmentId),
    /// One of the two sides of a transfer, and who made it.
    Transfer(TransferId, String),
    /// Somebody did it: `user/user_…`.
    Actor(String),
}

impl Because {
    pub fn order(&self) -> Option<OrderId> {
        match self {
            Self::Order(order) | Self::Shipment(order, _) => Some(*order),
            _ => None,
        }
    }

    pub fn shipment(&self) -> Option<ShipmentId> {
        match self {
            Self::Shipment(_, shipment) => Some(*shipment),
            _ => None,
        }
    }

    pub fn transfer(&self) -> Option<TransferId> {
        match self {
            Self::Transfer(transfer, _) => Some(*transfer),
            _ => None,
        }
    }

    /// Who did it; nobody but the order itself where an order did.
    pub fn actor(&self) -> Option<&str> {
        match self {
            Self::Order(_) | Self::Shipment(..) => None,
            Self::Transfer(_, actor) | Self::Actor(actor) => Some(actor),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_read_back_from_its_word() {
        for kind in Kind::ALL {
            assert_eq!(Kind::read(kind.as_str()), Some(kind));
            let json = serde_json::to_value(kind).unwrap_or_default();
            assert_eq!(json, kind.as_str());
        }
    }
}
