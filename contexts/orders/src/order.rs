//! The order: what it is. Which event may take it from which state to which is told in `status`.
//! Pure: no clock, no ids of its own, no database.

pub use crate::payment::{PaymentMethod, PaymentStatus};
pub use crate::status::{Happening, Outcome, Status, allowed_from, transition};
use kernel::{
    ClientId, Country, EmployeeId, Money, MoneyError, OrderId, ProductId, Quantity, StoreId,
    Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Whether goods have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FulfilmentStatus {
    Unfulfilled,
    /// Some pieces have left.
    PartiallyFulfilled,
    Fulfilled,
    PartiallyReturned,
    Returned,
}

impl FulfilmentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfulfilled => "unfulfilled",
            Self::PartiallyFulfilled => "partially_fulfilled",
            Self::Fulfilled => "fulfilled",
            Self::PartiallyReturned => "partially_returned",
            Self::Returned => "returned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Unfulfilled,
            Self::PartiallyFulfilled,
            Self::Fulfilled,
            Self::PartiallyReturned,
            Self::Returned,
        ];
        all.into_iter().find(|status| status.as_str() == text)
    }
}

/// One line: what, how many, at which frozen price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub product_id: ProductId,
    pub sku: String,
    pub name: String,
    pub quantity: Quantity,
    pub unit_price: Money,
    /// How many of them came back.
    pub returned: i64,
}

impl Line {
    pub fn total(&self) -> Result<Money, MoneyError> {
        self.unit_price.times(self.quantity.get())
    }
}

/// An order with everything it says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub id: OrderId,
    pub serial: i64,
    pub status: Status,
    pub payment_method: PaymentMethod,
    pub payment_status: PaymentStatus,
    pub fulfilment_status: FulfilmentStatus,
    pub client_id: ClientId,
    pub employee_id: Option<EmployeeId>,
    pub store_id: Option<StoreId>,
    /// Where it goes, as far as reports may know.
    pub country: Option<Country>,
    pub note: Option<String>,
    /// The number it had in the system it was taken over from.
    pub reference: Option<String>,
    pub lines: Vec<Line>,
    pub total: Money,
    pub end_reason: Option<String>,
    /// JSON of the lines that were short, or of why the payment failed.
    pub end_detail: Option<String>,
    /// Why somebody wants it cancelled once its payment is certain.
    pub cancel_requested: Option<String>,
    pub placed_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub version: i64,
}

impl Order {
    /// The number people say: the year it was placed (or made) in, and a rising serial.
    pub fn number(&self) -> String {
        let year = self.placed_at.unwrap_or(self.created_at).year();
        format!("ORD-{year}-{:06}", self.serial)
    }

    /// Stock is held in `store`: the order stands.
    pub fn confirm(&mut self, store: StoreId, now: Timestamp) {
        self.status = Status::Confirmed;
        self.store_id = Some(store);
        self.updated_at = now;
        self.version += 1;
    }

    /// Somebody is waiting for its outcome no longer: it is decided, or the buyer must act.
    pub fn is_answered(&self) -> bool {
        self.status != Status::Pending || self.payment_status == PaymentStatus::ActionRequired
    }

    /// The order ends unfulfilled.
    pub fn cancel(&mut self, reason: &str, now: Timestamp) {
        self.status = Status::Cancelled;
        self.cancel_requested = None;
        self.payment_status = self.payment_status.undone();
        self.end_reason = Some(reason.to_owned());
        self.updated_at = now;
        self.version += 1;
    }
}

/// The sum of the lines.
pub fn total(lines: &[Line], zero: Money) -> Result<Money, MoneyError> {
    lines
        .iter()
        .try_fold(zero, |sum, line| sum.plus(line.total()?))
}

/// The serial in `ORD-2026-000042`, or in a bare `42`.
pub fn parse_number(text: &str) -> Option<i64> {
    let digits = match text.strip_prefix("ORD-") {
        Some(rest) => rest.split_once('-')?.1,
        None => text,
    };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_back() {
        assert_eq!(parse_number("ORD-2026-000042"), Some(42));
        assert_eq!(parse_number("42"), Some(42));
        for bad in [
            "",
            "ORD-2026-",
            "ORD-2026",
            "-1",
            "ORD-2026-x",
            "99999999999999999999",
        ] {
            assert_eq!(parse_number(bad), None, "{bad}");
        }
    }
}
