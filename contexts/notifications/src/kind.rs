//! What people are told, and by what: the words of both. Pure.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// What a notice is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationKind)]
pub enum Kind {
    /// The order stands: its stock is held, its payment settled or promised.
    OrderPlaced,
    OrderPaid,
    /// A parcel of the order is on its way; one notice a parcel.
    OrderShipped,
    OrderDelivered,
    OrderCancelled,
    /// Money went back; one notice a refund.
    OrderRefunded,
    /// To those who manage the store, or all stores.
    LowStock,
    /// To managers who asked for it; one notice for all prices of an hour.
    PriceChanged,
    Welcome,
    EmailVerification,
    PasswordReset,
}

/// What a notice travels by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationChannel)]
pub enum Channel {
    Email,
    Sms,
}

/// Not a word of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is nothing of this name")]
pub struct UnknownWord;

impl Kind {
    pub const ALL: [Self; 11] = [
        Self::OrderPlaced,
        Self::OrderPaid,
        Self::OrderShipped,
        Self::OrderDelivered,
        Self::OrderCancelled,
        Self::OrderRefunded,
        Self::LowStock,
        Self::PriceChanged,
        Self::Welcome,
        Self::EmailVerification,
        Self::PasswordReset,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OrderPlaced => "order_placed",
            Self::OrderPaid => "order_paid",
            Self::OrderShipped => "order_shipped",
            Self::OrderDelivered => "order_delivered",
            Self::OrderCancelled => "order_cancelled",
            Self::OrderRefunded => "order_refunded",
            Self::LowStock => "low_stock",
            Self::PriceChanged => "price_changed",
            Self::Welcome => "welcome",
            Self::EmailVerification => "email_verification",
            Self::PasswordReset => "password_reset",
        }
    }

    /// What it goes by: everything by mail; what one waits for at the door also by text message.
    pub const fn channels(self) -> &'static [Channel] {
        match self {
            Self::OrderShipped | Self::OrderDelivered | Self::OrderCancelled => {
                &[Channel::Email, Channel::Sms]
            }
            _ => &[Channel::Email],
        }
    }

    /// Whether people may do without it. What belongs to a sale or to one's account they may not.
    pub const fn is_optional(self) -> bool {
        matches!(self, Self::LowStock | Self::PriceChanged | Self::Welcome)
    }

    /// Whether only those are told who have asked for it.
    pub const fn is_on_request(self) -> bool {
        matches!(self, Self::PriceChanged)
    }

    /// Whether somebody waits for it at the door of their account: it goes before all others.
    pub const fn is_urgent(self) -> bool {
        self.has_token()
    }

    /// What people may do without.
    pub fn optional() -> impl Iterator<Item = Self> {
        Self::ALL.into_iter().filter(|kind| kind.is_optional())
    }

    /// Whether it is about an order, and so goes to the order's client.
    pub const fn is_of_order(self) -> bool {
        matches!(
            self,
            Self::OrderPlaced
                | Self::OrderPaid
                | Self::OrderShipped
                | Self::OrderDelivered
                | Self::OrderCancelled
                | Self::OrderRefunded
        )
    }

    /// Whether it carries a token that is worth nothing after the deadline.
    pub const fn has_token(self) -> bool {
        matches!(self, Self::EmailVerification | Self::PasswordReset)
    }
}

impl Channel {
    pub const ALL: [Self; 2] = [Self::Email, Self::Sms];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "sms",
        }
    }

    /// Whether what is told by it may wait until morning: a text message wakes people, and mail
    /// that one can do without is read in the morning anyway.
    pub const fn may_wait(self, kind: Kind) -> bool {
        matches!(self, Self::Sms) || kind.is_optional()
    }
}

impl FromStr for Kind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.as_str() == text).ok_or(UnknownWord)
    }
}

impl FromStr for Channel {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.as_str() == text).ok_or(UnknownWord)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
