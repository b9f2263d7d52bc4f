//! Why shipments says no, in words its callers understand.

use crate::shipment::Status;
use kernel::{Detail, ErrorKind, Fault};
use platform::DbError;

/// A refusal or failure of any use case of shipments.
#[derive(Debug, thiserror::Error)]
pub enum ShipmentError {
    #[error("there is no such resource")]
    NotFound,
    #[error("the order is not confirmed yet")]
    NotConfirmed,
    #[error("the order is cancelled: nothing of it may leave")]
    OrderCancelled,
    #[error("all of the order is in shipments already")]
    NothingToShip,
    #[error("some products are not in the order")]
    UnknownProduct(Vec<Detail>),
    #[error("more would leave than was ordered")]
    MoreThanOrdered(Vec<Detail>),
    #[error("a shipment that is {from} cannot become {to}; allowed: {allowed}")]
    IllegalTransition {
        from: &'static str,
        to: &'static str,
        allowed: String,
    },
    #[error("carrier and tracking number are fixed once a shipment has left the store")]
    HasLeft,
    #[error("another shipment is under way with this tracking number")]
    DuplicateTrackingNumber,
    #[error("this carrier makes its tracking numbers itself")]
    NumberIsMade,
    #[error("there is no sandbox in production")]
    UnknownCarrier,
    #[error("you may act in your own stores only")]
    NotYourStore,
    #[error(transparent)]
    Db(DbError),
}

impl ShipmentError {
    pub fn illegal(from: Status, to: Status) -> Self {
        let allowed: Vec<&str> = from.next().iter().map(|status| status.as_str()).collect();
        let allowed = match allowed.as_slice() {
            [] => "nothing".to_owned(),
            words => words.join(", "),
        };
        Self::IllegalTransition {
            from: from.as_str(),
            to: to.as_str(),
            allowed,
        }
    }
}

impl From<DbError> for ShipmentError {
    fn from(error: DbError) -> Self {
        let taken = error.is_unique("shipments_shipment_tracking")
            || error.is_unique("shipments_shipment.tracking_number");
        match taken {
            true => Self::DuplicateTrackingNumber,
            false => Self::Db(error),
        }
    }
}

impl Fault for ShipmentError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::NotYourStore => ErrorKind::Forbidden,
            Self::UnknownProduct(_) | Self::NumberIsMade | Self::UnknownCarrier => {
                ErrorKind::Invalid
            }
            Self::NotConfirmed
            | Self::OrderCancelled
            | Self::NothingToShip
            | Self::MoreThanOrdered(_)
            | Self::IllegalTransition { .. }
            | Self::HasLeft
            | Self::DuplicateTrackingNumber => ErrorKind::Conflict,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::NotConfirmed => "ORDER_NOT_CONFIRMED",
            Self::OrderCancelled => "ORDER_CANCELLED",
            Self::NothingToShip => "NOTHING_TO_SHIP",
            Self::UnknownProduct(_) => "UNKNOWN_PRODUCT",
            Self::MoreThanOrdered(_) => "MORE_THAN_ORDERED",
            Self::IllegalTransition { .. } => "ILLEGAL_TRANSITION",
            Self::HasLeft => "SHIPMENT_HAS_LEFT",
            Self::DuplicateTrackingNumber => "DUPLICATE_TRACKING_NUMBER",
            Self::NumberIsMade => "TRACKING_NUMBER_IS_MADE",
            Self::UnknownCarrier => "UNKNOWN_CARRIER",
            Self::NotYourStore => "STORE_NOT_ALLOWED",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let one = |field: &str| vec![Detail::new(field, self.code(), self.to_string())];
        match self {
            Self::UnknownProduct(details) | Self::MoreThanOrdered(details) => details.clone(),
            Self::NumberIsMade | Self::DuplicateTrackingNumber => one("tracking_number"),
            Self::UnknownCarrier => one("carrier"),
            Self::NotYourStore => one("store_id"),
            _ => Vec::new(),
        }
    }
}
