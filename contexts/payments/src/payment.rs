//! The payment: where its money is and what state that is. Pure.

use kernel::{Currency, Money, OrderId, PaymentId, Timestamp};
use uuid::Uuid;

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// The provider was asked, or is about to be.
    Pending,
    /// The buyer must do something at the provider's; on the wire this is `pending` too.
    ActionRequired,
    Authorized,
    Captured,
    Failed,
    /// An answer was lost: money may have moved. Nothing else starts.
    Unknown,
    Refunded,
    PartiallyRefunded,
    Voided,
}

impl Status {
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::ActionRequired,
        Self::Authorized,
        Self::Captured,
        Self::Failed,
        Self::Unknown,
        Self::Refunded,
        Self::PartiallyRefunded,
        Self::Voided,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::ActionRequired => "action_required",
            Self::Authorized => "authorized",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refunded => "refunded",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Voided => "voided",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What has moved so far, in minor units; each only ever grows, and only through the ledger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sums {
    pub authorized: i64,
    pub captured: i64,
    pub voided: i64,
    pub refunded: i64,
}

impl Sums {
    /// Set aside, and neither taken nor let go of.
    pub fn set_aside(self) -> i64 {
        self.authorized - self.captured - self.voided
    }

    /// Taken and not given back.
    pub fn kept(self) -> i64 {
        self.captured - self.refunded
    }
}

/// One payment of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub method: String,
    pub provider: String,
    pub amount: Money,
    pub status: Status,
    pub sums: Sums,
    pub reference: Option<String>,
    pub redirect_url: Option<String>,
    /// Why it failed, or why what was set aside is let go of.
    pub reason: Option<String>,
    pub correlation: Uuid,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Payment {
    pub fn currency(&self) -> Currency {
        self.amount.currency()
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency())
    }

    /// The state its sums speak of; where they are silent, what it was said to be.
    pub fn settled(&self, otherwise: Status) -> Status {
        let sums = self.sums;
        if sums.captured > 0 {
            return match sums.refunded {
                0 => Status::Captured,
                all if all == sums.captured => Status::Refunded,
                _ => Status::PartiallyRefunded,
            };
        }
        match (sums.set_aside(), sums.voided) {
            (1.., _) => Status::Authorized,
            (_, 1..) => Status::Voided,
            _ => otherwise,
        }
    }

    /// Money of it may be on its way, so that no other payment may start.
    pub fn is_open(&self) -> bool {
        let waits = [Status::Pending, Status::ActionRequired, Status::Unknown];
        waits.contains(&self.status) || self.sums.set_aside() > 0
    }
}
