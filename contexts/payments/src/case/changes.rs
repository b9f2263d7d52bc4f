//! What came of the news about a payment: rows of the ledger, refunds, remarks, news for others.
//! Pure.

use crate::payment::Sums;
use kernel::{Money, RefundId};
use uuid::Uuid;

/// What is to be written and told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Changes {
    /// The payment itself is new.
    pub begun: bool,
    /// The payment's own row is another.
    pub touched: bool,
    pub entries: Vec<Entry>,
    pub notes: Vec<Note>,
    pub news: Vec<(i64, News)>,
    /// Places in `attempts`.
    pub new_attempts: Vec<usize>,
    pub changed_attempts: Vec<usize>,
    pub new_refunds: Vec<Refund>,
    pub ended_refunds: Vec<(RefundId, RefundStatus, Option<String>)>,
}

/// Which accounts money moves between.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Posting {
    Authorize,
    Capture,
    Void,
    Refund,
    /// Taken by hand: nothing was set aside before.
    Take,
}

impl Posting {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
            Self::Take => "take",
        }
    }

    /// The accounts debited and credited.
    pub fn accounts(self) -> (&'static str, &'static str) {
        match self {
            Self::Authorize => ("set_aside", "buyer"),
            Self::Capture => ("received", "set_aside"),
            Self::Void => ("buyer", "set_aside"),
            Self::Refund => ("buyer", "received"),
            Self::Take => ("received", "buyer"),
        }
    }
}

/// A line of the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub attempt_id: Option<Uuid>,
    pub posting: Posting,
    pub amount: i64,
}

/// Something worth remembering besides money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    pub what: &'static str,
    pub detail: Option<String>,
}

/// What others are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Authorized,
    ActionRequired,
    Uncertain,
    Failed {
        reason: String,
    },
    Captured {
        amount: i64,
        so_far: i64,
    },
    Voided,
    Refunded {
        refund: RefundId,
        amount: i64,
        so_far: Sums,
    },
}

/// Money to be given back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    pub id: RefundId,
    pub amount: Money,
    pub status: RefundStatus,
    pub reason: Option<String>,
    pub reference: Option<String>,
}

/// How far giving back has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RefundStatus {
    Pending,
    Done,
    Failed,
}

impl RefundStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Pending, Self::Done, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
    }
}
