//! Where an order stands, and which event may take it from which state to which.
//! Pure: no clock, no ids of its own, no database.

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
    Cancel,
    ReturnPart,
    ReturnAll,
    /// Everything it waited for has come.
    Confirm,
    /// It waited too long.
    Expire,
    StockReserved,
    StockRefused,
    PaymentActionRequired,
    PaymentUncertain,
    PaymentAuthorized,
    PaymentCaptured,
    /// No payment is left that could bring money.
    PaymentFailed,
    PaymentVoided,
    PaymentRefunded,
    /// A parcel left, and pieces are still here.
    DispatchPart,
    DispatchAll,
    /// A parcel arrived, and pieces are still on their way.
    DeliverPart,
    DeliverLast,
}

impl Happening {
    pub const ALL: [Self; 21] = [
        Self::Edit,
        Self::Delete,
        Self::Place,
        Self::Cancel,
        Self::ReturnPart,
        Self::ReturnAll,
        Self::Confirm,
        Self::Expire,
        Self::StockReserved,
        Self::StockRefused,
        Self::PaymentActionRequired,
        Self::PaymentUncertain,
        Self::PaymentAuthorized,
        Self::PaymentCaptured,
        Self::PaymentFailed,
        Self::PaymentVoided,
        Self::PaymentRefunded,
        Self::DispatchPart,
        Self::DispatchAll,
        Self::DeliverPart,
        Self::DeliverLast,
    ];

    /// The state somebody who asks for it wants to reach, for messages; facts are not asked for.
    pub fn target(self) -> Option<&'static str> {
        match self {
            Self::Edit => Some("draft"),
            Self::Delete => Some("deleted"),
            Self::Place => Some("pending"),
            Self::Cancel => Some("cancelled"),
            Self::ReturnPart | Self::ReturnAll => Some("returned"),
            _ => None,
        }
    }
}

/// What comes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The order is in this state afterwards (perhaps the same).
    To(Status),
    /// It comes twice, or no longer matters; nobody did anything wrong.
    Ignored,
    /// It comes after its undoing: the state stays, and whoever told it undoes it.
    Late,
    /// Whoever asks is told that it cannot be.
    Illegal,
}

/// The whole table, every pair in sight.
pub fn transition(from: Status, happening: Happening) -> Outcome {
    match happening {
        Happening::Edit
        | Happening::Delete
        | Happening::Place
        | Happening::Cancel
        | Happening::ReturnPart
        | Happening::ReturnAll => wish(from, happening),
        _ => fact(from, happening),
    }
}

/// What somebody asks for.
fn wish(from: Status, happening: Happening) -> Outcome {
    use Happening as H;
    use Outcome::{Illegal, To};
    use Status as S;
    match (from, happening) {
        (S::Draft, H::Edit) => To(S::Draft),
        (S::Draft, H::Delete) => To(S::Cancelled),
        (S::Draft, H::Place) => To(S::Pending),
        (S::Draft | S::Pending | S::Confirmed, H::Cancel) => To(S::Cancelled),

        // Only as far as pieces have left, which the use case counts.
        (S::Shipped, H::ReturnPart) => To(S::Shipped),
        (S::Delivered, H::ReturnPart) => To(S::Delivered),
        (S::Shipped | S::Delivered, H::ReturnAll) => To(S::Returned),
        // A parcel that left although the order was cancelled comes back.
        (S::Cancelled, H::ReturnPart | H::ReturnAll) => To(S::Cancelled),

        (S::Draft | S::Pending | S::Confirmed, H::ReturnPart | H::ReturnAll) => Illegal,
        (S::Shipped | S::Delivered | S::Cancelled | S::Returned, H::Cancel) => Illegal,
        (S::Returned, H::ReturnPart | H::ReturnAll) => Illegal,
        (_, H::Edit | H::Delete | H::Place) => Illegal,
        // Facts have their own half of the table.
        (_, _) => Illegal,
    }
}

/// What other contexts tell, in whatever order it comes.
fn fact(from: Status, happening: Happening) -> Outcome {
    use Happening as H;
    use Outcome::{Ignored, Late, To};
    use Status as S;
    match (from, happening) {
        // Nobody can have heard of a draft.
        (S::Draft, _) => Ignored,

        (S::Pending, H::StockReserved) => To(S::Pending),
        (S::Pending, H::Confirm) => To(S::Confirmed),
        (S::Pending, H::StockRefused | H::Expire) => To(S::Cancelled),
        (S::Cancelled, H::StockReserved) => Late,
        (_, H::StockReserved | H::StockRefused | H::Confirm | H::Expire) => Ignored,

        // No money, no goods, as long as none have left.
        (S::Pending | S::Confirmed, H::PaymentFailed | H::PaymentVoided) => To(S::Cancelled),
        (S::Cancelled, H::PaymentActionRequired | H::PaymentAuthorized | H::PaymentCaptured) => {
            Late
        }
        (
            _,
            H::PaymentActionRequired
            | H::PaymentUncertain
            | H::PaymentAuthorized
            | H::PaymentCaptured
            | H::PaymentFailed
            | H::PaymentVoided
            | H::PaymentRefunded,
        ) => To(from),

        (S::Confirmed | S::Shipped, H::DispatchPart | H::DispatchAll | H::DeliverPart) => {
            To(S::Shipped)
        }
        (S::Confirmed | S::Shipped, H::DeliverLast) => To(S::Delivered),
        // What has left has left.
        (S::Cancelled, H::DispatchPart | H::DispatchAll | H::DeliverPart | H::DeliverLast) => Late,
        (
            S::Pending | S::Delivered | S::Returned,
            H::DispatchPart | H::DispatchAll | H::DeliverPart | H::DeliverLast,
        ) => Ignored,

        // Wishes have their own half of the table.
        (_, H::Edit | H::Delete | H::Place | H::Cancel | H::ReturnPart | H::ReturnAll) => Ignored,
    }
}

/// The states that can follow, for the message of a refusal.
pub fn allowed_from(from: Status) -> Vec<&'static str> {
    let next = |happening: Happening| match transition(from, happening) {
        Outcome::To(next) if next != from => Some(next.as_str()),
        _ => None,
    };
    let mut allowed: Vec<_> = Happening::ALL.into_iter().filter_map(next).collect();
    allowed.sort_unstable();
    allowed.dedup();
    allowed
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row a state, one column a happening, in the order of `ALL`: `.` illegal, `-` ignored,
    /// `!` late, else the first letter of the state reached (`D` draft, `d` delivered).
    /// Wishes, then confirm and expire, stock, payment, parcels.
    const TABLE: [(&str, Status); 7] = [
        ("DXPX.. -- -- ------- ----", Status::Draft),
        ("...X.. CX PX PPPPXXP ----", Status::Pending),
        ("...X.. -- -- CCCCXXC sssd", Status::Confirmed),
        ("....sR -- -- sssssss sssd", Status::Shipped),
        ("....dR -- -- ddddddd ----", Status::Delivered),
        ("....XX -- !- !X!!XXX !!!!", Status::Cancelled),
        ("...... -- -- RRRRRRR ----", Status::Returned),
    ];

    fn letter(outcome: Outcome) -> char {
        match outcome {
            Outcome::Illegal => '.',
            Outcome::Ignored => '-',
            Outcome::Late => '!',
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
            assert_eq!(seen, row.replace(' ', ""), "from {from:?}");
        }
    }

    #[test]
    fn a_refusal_names_what_is_allowed() {
        assert_eq!(
            allowed_from(Status::Confirmed),
            ["cancelled", "delivered", "shipped"]
        );
        assert_eq!(allowed_from(Status::Shipped), ["delivered", "returned"]);
        assert!(allowed_from(Status::Cancelled).is_empty());
        assert!(allowed_from(Status::Returned).is_empty());
    }
}
