//! Facts: what other contexts tell of an order, and what became of it here. Pure.

use crate::payment::Told;
use contracts::inventory::ShortLine;
use contracts::shipments::ShippedItem;
use kernel::{OrderId, PaymentId, ShipmentId, StoreId, Timestamp};
use uuid::Uuid;

/// Something another context says about an order.
#[derive(Clone, Debug)]
pub enum Fact {
    StockReserved(StoreId),
    StockRefused(Vec<ShortLine>),
    /// With the reason, where one is given.
    Payment(PaymentId, Told, Option<String>),
    Dispatched(ShipmentId, Vec<ShippedItem>),
    Delivered(ShipmentId, Vec<ShippedItem>),
}

impl Fact {
    /// What the history calls it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::StockReserved(_) => "stock_reserved",
            Self::StockRefused(_) => "stock_refused",
            Self::Payment(_, told, _) => told.name(),
            Self::Dispatched(..) => "shipment_dispatched",
            Self::Delivered(..) => "shipment_delivered",
        }
    }

    /// The payment or shipment it is about; of stock, the order.
    pub fn subject(&self, order: OrderId) -> Uuid {
        match self {
            Self::StockReserved(_) | Self::StockRefused(_) => order.uuid(),
            Self::Payment(id, ..) => id.uuid(),
            Self::Dispatched(id, _) | Self::Delivered(id, _) => id.uuid(),
        }
    }
}

impl Told {
    pub fn name(self) -> &'static str {
        match self {
            Self::ActionRequired => "payment_action_required",
            Self::Uncertain => "payment_uncertain",
            Self::Authorized => "payment_authorized",
            Self::Failed => "payment_failed",
            Self::Voided => "payment_voided",
            Self::Captured { .. } => "payment_captured",
            Self::Refunded { .. } => "payment_refunded",
        }
    }

    /// The other way round; `None` for what no payment says.
    pub fn read(name: &str, captured: i64, refunded: i64) -> Option<Self> {
        let all = [
            Self::ActionRequired,
            Self::Uncertain,
            Self::Authorized,
            Self::Failed,
            Self::Voided,
            Self::Captured { captured },
            Self::Refunded { refunded, captured },
        ];
        all.into_iter().find(|told| told.name() == name)
    }
}

/// What became of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Became {
    Applied,
    /// It came twice, or no longer mattered.
    Ignored,
    /// It came after its undoing.
    Late,
}

impl Became {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Applied => "applied",
            Self::Ignored => "ignored",
            Self::Late => "late",
        }
    }
}

/// A line of an order's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    pub order_id: OrderId,
    pub fact: String,
    pub subject: Uuid,
    pub version: i64,
    pub at: Timestamp,
    pub captured: Option<i64>,
    pub refunded: Option<i64>,
    pub detail: Option<String>,
    pub outcome: String,
}

impl Record {
    /// The record of a fact.
    pub fn of(
        order_id: OrderId,
        fact: &Fact,
        (version, at): (i64, Timestamp),
        became: Became,
    ) -> Self {
        let (captured, refunded, detail) = match fact {
            Fact::Payment(_, Told::Captured { captured }, _) => (Some(*captured), None, None),
            Fact::Payment(_, Told::Refunded { refunded, captured }, _) => {
                (Some(*captured), Some(*refunded), None)
            }
            Fact::Payment(.., reason) => (None, None, reason.clone()),
            _ => (None, None, None),
        };
        Self {
            order_id,
            fact: fact.name().to_owned(),
            subject: fact.subject(order_id),
            version,
            at,
            captured,
            refunded,
            detail,
            outcome: became.as_str().to_owned(),
        }
    }

    /// The record of something done here: a wish that waits, an admin's retry, asking again.
    pub fn own(order_id: OrderId, what: &str, (version, at): (i64, Timestamp)) -> Self {
        Self {
            order_id,
            fact: what.to_owned(),
            subject: order_id.uuid(),
            version,
            at,
            captured: None,
            refunded: None,
            detail: None,
            outcome: Became::Applied.as_str().to_owned(),
        }
    }
}
