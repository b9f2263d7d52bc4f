//! Why orders says no, in words its callers understand.

use crate::cart::CartError;
use crate::order::{Happening, Status, allowed_from};
use kernel::{Detail, ErrorKind, Fault, Money, MoneyError};
use platform::DbError;
use serde::{Deserialize, Serialize};

/// A refusal or failure of any use case of orders.
#[derive(Debug, thiserror::Error)]
pub enum OrderError {
    #[error("there is no such order")]
    NotFound,
    #[error("there is no such client")]
    UnknownClient,
    #[error("there is no such employee")]
    UnknownEmployee,
    #[error("there is no such store")]
    UnknownStore,
    /// Places in `items`.
    #[error("some products do not exist")]
    UnknownProduct(Vec<usize>),
    #[error("some products are not for sale")]
    NotForSale(Vec<usize>),
    #[error("the total is {actual} now, not {expected}")]
    PriceChanged { expected: Money, actual: Money },
    #[error("the amounts cannot be added up: {0}")]
    Amount(MoneyError),
    #[error("there is not enough stock for the whole order")]
    InsufficientStock(Vec<Short>),
    #[error("the payment failed{}", because(.0))]
    PaymentFailed(Option<String>),
    #[error("the order was cancelled meanwhile")]
    CancelledMeanwhile,
    #[error("{0} is not offered here")]
    PaymentMethodUnavailable(&'static str),
    #[error("nothing is left to retry: this sale waits for nothing")]
    NothingToRetry,
    #[error("an order that is {from} cannot become {to}; allowed: {allowed}")]
    IllegalTransition {
        from: &'static str,
        to: &'static str,
        allowed: String,
    },
    #[error("more would come back than has left")]
    TooManyReturned(Vec<usize>),
    #[error("the order has no store the goods could go back to")]
    NoStoreToRestock,
    #[error(transparent)]
    Cart(#[from] CartError),
    #[error(transparent)]
    Db(#[from] DbError),
}

fn because(reason: &Option<String>) -> String {
    reason
        .as_ref()
        .map_or_else(String::new, |reason| format!(": {reason}"))
}

/// A line that cannot be held: its place in `items`, wanted and at most available.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Short {
    pub place: usize,
    pub sku: String,
    pub wanted: i64,
    pub available: i64,
}

impl OrderError {
    pub fn illegal(from: Status, happening: Happening) -> Self {
        let allowed = match allowed_from(from).as_slice() {
            [] => "nothing".to_owned(),
            states => states.join(", "),
        };
        Self::IllegalTransition {
            from: from.as_str(),
            to: happening.target().unwrap_or("changed"),
            allowed,
        }
    }
}

impl Fault for OrderError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::UnknownClient
            | Self::UnknownEmployee
            | Self::UnknownStore
            | Self::UnknownProduct(_)
            | Self::NotForSale(_)
            | Self::Amount(_)
            | Self::TooManyReturned(_)
            | Self::PaymentMethodUnavailable(_)
            | Self::NoStoreToRestock => ErrorKind::Invalid,
            Self::PriceChanged { .. }
            | Self::InsufficientStock(_)
            | Self::PaymentFailed(_)
            | Self::CancelledMeanwhile
            | Self::NothingToRetry
            | Self::IllegalTransition { .. } => ErrorKind::Conflict,
            Self::Cart(error) => error.kind(),
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::UnknownClient => "UNKNOWN_CLIENT",
            Self::UnknownEmployee => "UNKNOWN_EMPLOYEE",
            Self::UnknownStore => "UNKNOWN_STORE",
            Self::UnknownProduct(_) => "UNKNOWN_PRODUCT",
            Self::NotForSale(_) => "PRODUCT_NOT_FOR_SALE",
            Self::PriceChanged { .. } => "PRICE_CHANGED",
            Self::Amount(_) => "AMOUNT_TOO_LARGE",
            Self::InsufficientStock(_) => "INSUFFICIENT_STOCK",
            Self::PaymentFailed(_) => "PAYMENT_FAILED",
            Self::CancelledMeanwhile => "ORDER_CANCELLED",
            Self::PaymentMethodUnavailable(_) => "PAYMENT_METHOD_UNAVAILABLE",
            Self::NothingToRetry => "NOTHING_TO_RETRY",
            Self::IllegalTransition { .. } => "ILLEGAL_TRANSITION",
            Self::TooManyReturned(_) => "TOO_MANY_RETURNED",
            Self::NoStoreToRestock => "NO_STORE_TO_RESTOCK",
            Self::Cart(error) => error.code(),
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let each = |places: &[usize], field: &str, message: &str| {
            let detail =
                |at: &usize| Detail::new(format!("items[{at}].{field}"), self.code(), message);
            places.iter().map(detail).collect()
        };
        match self {
            Self::UnknownClient => vec![Detail::new("client_id", self.code(), "unknown")],
            Self::UnknownEmployee => vec![Detail::new("employee_id", self.code(), "unknown")],
            Self::UnknownStore => vec![Detail::new("store_id", self.code(), "unknown")],
            Self::UnknownProduct(places) => each(places, "product_id", "unknown product"),
            Self::NotForSale(places) => each(places, "product_id", "not for sale"),
            Self::TooManyReturned(places) => each(places, "quantity", "more than has left"),
            Self::PaymentMethodUnavailable(_) => {
                vec![Detail::new("payment.method", self.code(), self.to_string())]
            }
            Self::InsufficientStock(short) => short.iter().map(Short::detail).collect(),
            Self::PriceChanged { actual, .. } => {
                let now = format!("the total is {actual} {}", actual.currency());
                vec![Detail::new("expected_total", self.code(), now)]
            }
            Self::Cart(error) => error.details(),
            _ => Vec::new(),
        }
    }
}

impl Short {
    fn detail(&self) -> Detail {
        let Self {
            place,
            sku,
            wanted,
            available,
        } = self;
        let message = format!("{sku}: {wanted} wanted, {available} available");
        Detail::new(
            format!("items[{place}].quantity"),
            "INSUFFICIENT_STOCK",
            message,
        )
    }
}
