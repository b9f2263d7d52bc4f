//! Why payments says no, in words its callers understand.

use crate::payment::Status;
use kernel::{Detail, ErrorKind, Fault, Money};
use platform::DbError;

/// A refusal or failure of what people ask for.
#[derive(Debug, thiserror::Error)]
pub enum PaymentError {
    #[error("there is no such resource")]
    NotFound,
    #[error("the order is cancelled; nothing can be paid for it")]
    OrderCancelled,
    #[error("the order holds no stock yet; it is paid once that is sure")]
    StockNotHeld,
    #[error("another payment of the order is still open")]
    PaymentOpen,
    #[error("the payment is waiting for its provider; try again when it is settled")]
    PaymentBusy,
    #[error("everything of the order is paid")]
    NothingDue,
    #[error("only {due} is due")]
    TooMuch { due: Money },
    #[error("only {left} can be given back")]
    RefundTooLarge { left: Money },
    #[error(
        "{0} gives nothing back through us: refund it in the dashboard of {0}, then record it here \
         with `recorded: true`"
    )]
    RefundInDashboard(String),
    #[error("{0} is told by us to give back: leave `recorded` out")]
    RefundThroughUs(String),
    #[error("an amount is more than nothing")]
    NoAmount,
    #[error("nobody takes payments by {0:?} here")]
    UnknownMethod(String),
    #[error("a payment that is {from} cannot be {to}")]
    IllegalTransition {
        from: &'static str,
        to: &'static str,
    },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl PaymentError {
    pub fn illegal(from: Status, to: &'static str) -> Self {
        let from = from.as_str();
        Self::IllegalTransition { from, to }
    }
}

impl Fault for PaymentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::OrderCancelled
            | Self::StockNotHeld
            | Self::PaymentOpen
            | Self::PaymentBusy
            | Self::NothingDue
            | Self::RefundTooLarge { .. }
            | Self::RefundInDashboard(_)
            | Self::IllegalTransition { .. } => ErrorKind::Conflict,
            Self::TooMuch { .. }
            | Self::NoAmount
            | Self::RefundThroughUs(_)
            | Self::UnknownMethod(_) => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::StockNotHeld => "STOCK_NOT_HELD",
            Self::PaymentOpen => "PAYMENT_OPEN",
            Self::PaymentBusy => "PAYMENT_BUSY",
            Self::NothingDue => "NOTHING_DUE",
            Self::TooMuch { .. } => "AMOUNT_TOO_LARGE",
            Self::RefundTooLarge { .. } => "REFUND_TOO_LARGE",
            Self::RefundInDashboard(_) => "REFUND_IN_DASHBOARD",
            Self::RefundThroughUs(_) => "REFUND_THROUGH_US",
            Self::NoAmount => "INVALID_AMOUNT",
            Self::UnknownMethod(_) => "UNKNOWN_METHOD",
            Self::IllegalTransition { .. } => "ILLEGAL_TRANSITION",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::TooMuch { .. } | Self::RefundTooLarge { .. } | Self::NoAmount => "amount",
            Self::UnknownMethod(_) => "method",
            Self::RefundThroughUs(_) => "recorded",
            _ => return Vec::new(),
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}
