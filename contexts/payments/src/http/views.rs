//! Payments and refunds as the API shows them.

use crate::case::{Refund, RefundStatus};
use crate::payment::{Payment, Status};
use crate::store::lists::{RefundRow, Step};
use kernel::{Money, OrderId, PaymentId, RefundId, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where a payment stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    /// The provider or the buyer is not done; with a `redirect_url` it is the buyer's turn.
    Pending,
    Authorized,
    Captured,
    Failed,
    /// An answer was lost: money may have moved. It is looked into; nothing else starts.
    Unknown,
    Refunded,
    PartiallyRefunded,
    Voided,
}

impl PaymentStatus {
    pub fn of(status: Status) -> Self {
        match status {
            Status::Pending | Status::ActionRequired => Self::Pending,
            Status::Authorized => Self::Authorized,
            Status::Captured => Self::Captured,
            Status::Failed => Self::Failed,
            Status::Unknown => Self::Unknown,
            Status::Refunded => Self::Refunded,
            Status::PartiallyRefunded => Self::PartiallyRefunded,
            Status::Voided => Self::Voided,
        }
    }

    /// The states in rows that it stands for.
    pub fn rows(self) -> Vec<Status> {
        let all = Status::ALL.into_iter();
        all.filter(|status| Self::of(*status) == self).collect()
    }
}

/// One payment of an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct PaymentView {
    pub id: PaymentId,
    pub order_id: OrderId,
    /// As the buyer chose it.
    #[schema(example = "sandbox")]
    pub method: String,
    /// Who moves the money.
    #[schema(example = "sandbox")]
    pub provider: String,
    pub status: PaymentStatus,
    /// What is to be paid.
    pub amount: Money,
    /// All that was ever set aside, and of it taken, and of that given back.
    pub authorized: Money,
    pub captured: Money,
    pub refunded: Money,
    pub provider_reference: Option<String>,
    /// Where the buyer goes on.
    pub redirect_url: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
    /// What happened to it, oldest first; only where one payment is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub history: Option<Vec<StepView>>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        Self {
            id: payment.id,
            order_id: payment.order_id,
            method: payment.method.clone(),
            provider: payment.provider.clone(),
            status: PaymentStatus::of(payment.status),
            amount: payment.amount,
            authorized: payment.money(payment.sums.authorized),
            captured: payment.money(payment.sums.captured),
            refunded: payment.money(payment.sums.refunded),
            provider_reference: payment.reference.clone(),
            redirect_url: payment.redirect_url.clone(),
            reason: payment.reason.clone(),
            history: None,
            created_at: payment.created_at,
            updated_at: payment.updated_at,
        }
    }
}

impl PaymentView {
    pub fn with_history(mut self, payment: &Payment, steps: Vec<Step>) -> Self {
        let view = |step: Step| StepView {
            at: step.at,
            what: step.what,
            amount: step.amount_minor.map(|minor| payment.money(minor)),
            detail: step.detail,
        };
        self.history = Some(steps.into_iter().map(view).collect());
        self
    }
}

/// A step of a payment.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    pub at: Timestamp,
    /// `authorize`, `capture`, `void`, `refund` and `take` move money; others are remarks.
    #[schema(example = "authorize")]
    pub what: String,
    pub amount: Option<Money>,
    pub detail: Option<String>,
}

/// How far giving back has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RefundState {
    Pending,
    Done,
    Failed,
}

/// Money given back.
#[derive(Debug, Serialize, ToSchema)]
pub struct RefundView {
    pub id: RefundId,
    pub payment_id: PaymentId,
    pub amount: Money,
    pub status: RefundState,
    pub reason: Option<String>,
    pub provider_reference: Option<String>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The refunds of a payment, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct Refunds {
    pub items: Vec<RefundView>,
}

/// The payments of an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderPayments {
    pub items: Vec<PaymentView>,
}

impl From<RefundStatus> for RefundState {
    fn from(status: RefundStatus) -> Self {
        match status {
            RefundStatus::Pending => Self::Pending,
            RefundStatus::Done => Self::Done,
            RefundStatus::Failed => Self::Failed,
        }
    }
}

impl From<RefundRow> for RefundView {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            payment_id: row.payment_id,
            amount: row.amount,
            status: row.status.into(),
            reason: row.reason,
            provider_reference: row.reference,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

impl RefundView {
    /// A refund that was just asked for.
    pub fn fresh(refund: &Refund, payment_id: PaymentId, now: Timestamp) -> Self {
        Self {
            id: refund.id,
            payment_id,
            amount: refund.amount,
            status: refund.status.into(),
            reason: refund.reason.clone(),
            provider_reference: refund.reference.clone(),
            created_at: now,
            updated_at: now,
        }
    }
}
