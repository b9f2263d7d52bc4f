//! The order: what it is, and which event may take it from which state to which.
//! Pure: no clock, no ids of its own, no database.

use kernel::{
    ClientId, EmployeeId, Money, MoneyError, OrderId, ProductId, Quantity, StoreId, Timestamp,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Where an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Being written; holds nothing and may change.
    Draft,
    /// Placed; the answer about stock or payment is on its way.
    Pending,
    /// Stock is held and payment settled or promised.
    Confirmed,
    Shipped,
    Delivered,
    Cancelled,
    /// Everything that was delivered came back.
    Returned,
}

impl Status {
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Pending,
        Self::Confirmed,
        Self::Shipped,
        Self::Delivered,
        Self::Cancelled,
        Self::Returned,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Pending => "pending",
            Self::Confirmed => "confirmed",
            Self::Shipped => "shipped",
            Self::Delivered => "delivered",
            Self::Cancelled => "cancelled",
            Self::Returned => "returned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == text)
    }
}

/// What happens to an order, wished for by somebody or told by another context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    Edit,
    Delete,
    Place,
    StockReserved,
    StockRefused,
    Confirm,
    Cancel,
    Ship,
    Deliver,
    ReturnPart,
    ReturnAll,
}

impl Happening {
    pub const ALL: [Self; 11] = [
        Self::Edit,
        Self::Delete,
        Self::Place,
        Self::StockReserved,
        Self::StockRefused,
        Self::Confirm,
        Self::Cancel,
        Self::Ship,
        Self::Deliver,
        Self::ReturnPart,
        Self::ReturnAll,
    ];

    /// The state somebody who asks for it wants to reach, for messages.
    pub fn target(self) -> &'static str {
        match self {
            Self::Edit => "draft",
            Self::Delete => "deleted",
            Self::Place => "pending",
            Self::StockReserved | Self::Confirm => "confirmed",
            Self::StockRefused | Self::Cancel => "cancelled",
            Self::Ship => "shipped",
            Self::Deliver => "delivered",
            Self::ReturnPart | Self::ReturnAll => "returned",
        }
    }
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order is in this state afterwards (perhaps the same).
    To(Status),
    /// It comes late or twice; nothing changes and nobody did anything wrong.
    Ignored,
    /// Whoever asks is told that it cannot be.
    Illegal,
}

/// The whole table, every pair in sight.
pub fn transition(from: Status, happening: Happening) -> Outcome {
    use Happening as H;
    use Outcome::{Ignored, Illegal, To};
    use Status as S;
    match (from, happening) {
        (S::Draft, H::Edit) => To(S::Draft),
        (S::Draft, H::Delete) => To(S::Cancelled),
        (S::Draft, H::Place) => To(S::Pending),
        (S::Draft, H::Cancel) => To(S::Cancelled),

        (S::Pending, H::StockReserved | H::Confirm) => To(S::Confirmed),
        (S::Pending, H::StockRefused | H::Cancel) => To(S::Cancelled),

        (S::Confirmed, H::Cancel) => To(S::Cancelled),
        (S::Confirmed, H::Ship) => To(S::Shipped),
        (S::Confirmed | S::Shipped, H::Deliver) => To(S::Delivered),

        (S::Delivered, H::ReturnPart) => To(S::Delivered),
        (S::Delivered, H::ReturnAll) => To(S::Returned),

        // Facts of other contexts may come late or twice; that is no mistake.
        (
            S::Confirmed | S::Shipped | S::Delivered | S::Cancelled | S::Returned,
            H::StockReserved | H::StockRefused | H::Confirm,
        ) => Ignored,

        (S::Draft, H::StockReserved | H::StockRefused | H::Confirm) => Illegal,
        (S::Draft | S::Pending, H::Ship | H::Deliver | H::ReturnPart | H::ReturnAll) => Illegal,
        (S::Confirmed | S::Shipped, H::ReturnPart | H::ReturnAll) => Illegal,
        (S::Shipped, H::Ship | H::Cancel) => Illegal,
        (S::Delivered, H::Cancel | H::Ship | H::Deliver) => Illegal,
        (
            S::Cancelled | S::Returned,
            H::Cancel | H::Ship | H::Deliver | H::ReturnPart | H::ReturnAll,
        ) => Illegal,
        (
            S::Pending | S::Confirmed | S::Shipped | S::Delivered | S::Cancelled | S::Returned,
            H::Edit | H::Delete | H::Place,
        ) => Illegal,
    }
}

/// The states that may be asked for from here, for the message of a refusal.
pub fn allowed_from(from: Status) -> Vec<&'static str> {
    let mut allowed: Vec<_> = Happening::ALL
        .into_iter()
        .filter(|happening| matches!(transition(from, *happening), Outcome::To(_)))
        .map(Happening::target)
        .collect();
    allowed.sort_unstable();
    allowed.dedup();
    allowed
}

/// How an order is paid. Both are settled outside the shop's systems and confirm at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// At the counter, now.
    Cash,
    /// Later, against an invoice.
    Invoice,
}

impl PaymentMethod {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Invoice => "invoice",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        [Self::Cash, Self::Invoice]
            .into_iter()
            .find(|method| method.as_str() == text)
    }
}

/// Whether money has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentStatus {
    Unpaid,
    Paid,
    /// Paid, and owed back: the order was cancelled or goods came back.
    RefundDue,
}

impl PaymentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::Paid => "paid",
            Self::RefundDue => "refund_due",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::Unpaid, Self::Paid, Self::RefundDue];
        all.into_iter().find(|status| status.as_str() == text)
    }

    /// After a cancellation or a return.
    pub fn undone(self) -> Self {
        match self {
            Self::Unpaid => Self::Unpaid,
            Self::Paid | Self::RefundDue => Self::RefundDue,
        }
    }
}

/// Whether goods have gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FulfilmentStatus {
    Unfulfilled,
    Fulfilled,
    PartiallyReturned,
    Returned,
}

impl FulfilmentStatus {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unfulfilled => "unfulfilled",
            Self::Fulfilled => "fulfilled",
            Self::PartiallyReturned => "partially_returned",
            Self::Returned => "returned",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [
            Self::Unfulfilled,
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
    pub note: Option<String>,
    /// The number it had in the system it was taken over from.
    pub reference: Option<String>,
    pub lines: Vec<Line>,
    pub total: Money,
    pub end_reason: Option<String>,
    /// JSON of the lines that were short, when that is why.
    pub end_detail: Option<String>,
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

    /// The order ends unfulfilled.
    pub fn cancel(&mut self, reason: &str, now: Timestamp) {
        self.status = Status::Cancelled;
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

    /// One row a state, one column a happening, in the order of `ALL`: `.` illegal, `-` ignored,
    /// else the first letter of the state reached (`D` draft, `d` delivered).
    const TABLE: [(&str, Status); 7] = [
        ("DXP...X....", Status::Draft),
        ("...CXCX....", Status::Pending),
        ("...---Xsd..", Status::Confirmed),
        ("...---..d..", Status::Shipped),
        ("...---...dR", Status::Delivered),
        ("...---.....", Status::Cancelled),
        ("...---.....", Status::Returned),
    ];

    fn letter(outcome: Outcome) -> char {
        match outcome {
            Outcome::Illegal => '.',
            Outcome::Ignored => '-',
            Outcome::To(Status::Draft) => 'D',
            Outcome::To(Status::Pending) => 'P',
            Outcome::To(Status::Confirmed) => 'C',
            Outcome::To(Status::Shipped) => 's',
            Outcome::To(Status::Delivered) => 'd',
            Outcome::To(Status::Cancelled) => 'X',
            Outcome::To(Status::Returned) => 'R',
        }
    }

    #[test]
    fn every_cell_of_the_table_is_as_drawn() {
        for (row, from) in TABLE {
            let seen: String = Happening::ALL
                .iter()
                .map(|one| letter(transition(from, *one)))
                .collect();
            assert_eq!(seen, row, "from {from:?}");
        }
    }

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

    #[test]
    fn a_refusal_names_what_is_allowed() {
        assert_eq!(
            allowed_from(Status::Confirmed),
            ["cancelled", "delivered", "shipped"]
        );
        assert!(allowed_from(Status::Returned).is_empty());
    }
}
