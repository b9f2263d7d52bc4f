//! What payments tells: how the money of an order stands. Each payment is an aggregate of its own;
//! an order may have several, one after the other.

use crate::event;
use kernel::{OrderId, PaymentId, RefundId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The provider has set the money aside for us; nothing has moved yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentAuthorized {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    pub amount_minor: i64,
    pub currency: String,
}
event!(
    PaymentAuthorized,
    "payments.payment-authorized.v1",
    "payment",
    payment_id
);

/// The payment ended without money: nothing is set aside and nothing was taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentFailed {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    /// `declined`, `expired`, `unavailable`, …
    pub reason: String,
}
event!(
    PaymentFailed,
    "payments.payment-failed.v1",
    "payment",
    payment_id
);

/// The buyer must do something first, as on the provider's hosted page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentActionRequired {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
}
event!(
    PaymentActionRequired,
    "payments.payment-action-required.v1",
    "payment",
    payment_id
);

/// The provider's answer was lost: money may have moved. Until the truth is known nobody lets go
/// of the stock, cancels, or pays a second time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentUncertain {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
}
event!(
    PaymentUncertain,
    "payments.payment-uncertain.v1",
    "payment",
    payment_id
);

/// Money came: all of what was authorised, or a part.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentCaptured {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
    /// What came now.
    pub amount_minor: i64,
    /// All that came so far.
    pub captured_minor: i64,
    pub currency: String,
}
event!(
    PaymentCaptured,
    "payments.payment-captured.v1",
    "payment",
    payment_id
);

/// What was set aside was let go of before any of it came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentVoided {
    pub payment_id: PaymentId,
    pub order_id: OrderId,
}
event!(
    PaymentVoided,
    "payments.payment-voided.v1",
    "payment",
    payment_id
);

/// Money went back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentRefunded {
    pub payment_id: PaymentId,
    pub refund_id: RefundId,
    pub order_id: OrderId,
    /// What went back now.
    pub amount_minor: i64,
    /// All that went back so far, and all that had come.
    pub refunded_minor: i64,
    pub captured_minor: i64,
    pub currency: String,
}
event!(
    PaymentRefunded,
    "payments.payment-refunded.v1",
    "payment",
    payment_id
);
