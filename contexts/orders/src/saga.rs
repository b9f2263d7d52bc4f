//! The record of a sale that waits for something: for what, until when, and how that is going.
//! Pure.

use crate::order::{Order, PaymentStatus, Status};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use utoipa::ToSchema;

/// A sale may wait so long for its stock and its payment.
pub const WAIT: Duration = Duration::from_secs(15 * 60);
/// A capture, and each undoing.
pub const SETTLE: Duration = Duration::from_secs(5 * 60);
/// Asking again gets so long to help. With a look every 15 s, what is stuck is listed within 60 s
/// of its deadline.
pub const GRACE: Duration = Duration::from_secs(45);

/// What a sale waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SagaStep)]
pub enum Step {
    /// Inventory's answer.
    Stock,
    /// The payment; stock is held.
    Payment,
    /// The money that was set aside.
    Capture,
    /// The order is cancelled: the money set aside must be let go of.
    Void,
    /// The order is cancelled: the money that came must go back.
    Refund,
}

impl Step {
    pub const ALL: [Self; 5] = [
        Self::Stock,
        Self::Payment,
        Self::Capture,
        Self::Void,
        Self::Refund,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stock => "stock",
            Self::Payment => "payment",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// How long it may take.
    pub fn patience(self) -> Duration {
        match self {
            Self::Stock | Self::Payment => WAIT,
            Self::Capture | Self::Void | Self::Refund => SETTLE,
        }
    }

    /// The state of a saga at this step that is within its time.
    fn under_way(self) -> State {
        match self {
            Self::Stock | Self::Payment | Self::Capture => State::Running,
            Self::Void | Self::Refund => State::Compensating,
        }
    }
}

/// How the waiting goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SagaState)]
pub enum State {
    Running,
    /// The order has ended; what was done for it is being undone.
    Compensating,
    Done,
    /// Past its deadline, and asking again did not help.
    Stuck,
}

impl State {
    pub const ALL: [Self; 4] = [Self::Running, Self::Compensating, Self::Done, Self::Stuck];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Compensating => "compensating",
            Self::Done => "done",
            Self::Stuck => "stuck",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }
}

impl std::str::FromStr for State {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text).ok_or("is running, compensating, done or stuck")
    }
}

/// The record itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saga {
    pub step: Step,
    pub state: State,
    /// Absent once it is done.
    pub deadline_at: Option<Timestamp>,
    /// How often it was asked again.
    pub tries: i64,
    pub started_at: Timestamp,
    pub updated_at: Timestamp,
}

impl Saga {
    /// A sale begins to wait.
    pub fn begin(step: Step, now: Timestamp) -> Self {
        Self {
            step,
            state: step.under_way(),
            deadline_at: Some(now.plus(step.patience())),
            tries: 0,
            started_at: now,
            updated_at: now,
        }
    }

    /// Follows the order: to the next step with a time of its own, or to the end. What waits for
    /// the same as before keeps its deadline, and stays stuck if it was.
    pub fn follow(&mut self, waits_for: Option<Step>, now: Timestamp) {
        match waits_for {
            None if self.state == State::Done => {}
            None => {
                self.state = State::Done;
                self.deadline_at = None;
                self.updated_at = now;
            }
            Some(step) if step == self.step && self.state != State::Done => {}
            // The stock came, the payment is next: the buyer's quarter of an hour goes on.
            Some(Step::Payment) if self.step == Step::Stock && self.state == State::Running => {
                self.step = Step::Payment;
                self.updated_at = now;
            }
            Some(step) => {
                let started_at = self.started_at;
                *self = Self {
                    started_at,
                    ..Self::begin(step, now)
                };
            }
        }
    }

    /// Gives the step its whole time again.
    pub fn extend(&mut self, now: Timestamp) {
        self.state = self.step.under_way();
        self.deadline_at = Some(now.plus(self.step.patience()));
        self.updated_at = now;
    }

    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.deadline_at.is_some_and(|deadline| deadline <= now)
    }

    /// Overdue for so long that asking again has not helped.
    pub fn is_hopeless(&self, now: Timestamp) -> bool {
        self.tries > 0
            && self
                .deadline_at
                .is_some_and(|deadline| deadline.plus(GRACE) <= now)
    }
}

/// What an order waits for. `held`: its stock is.
pub fn waits_for(order: &Order, held: bool) -> Option<Step> {
    let promise = order.payment_method.is_promise();
    match (order.status, order.payment_status) {
        (Status::Draft, _) => None,
        (Status::Pending, _) if held && !promise => Some(Step::Payment),
        (Status::Pending, _) => Some(Step::Stock),
        (_, _) if promise => None,
        (
            Status::Cancelled,
            PaymentStatus::Authorized | PaymentStatus::ActionRequired | PaymentStatus::Unknown,
        ) => Some(Step::Void),
        (Status::Cancelled, PaymentStatus::RefundDue) => Some(Step::Refund),
        (Status::Cancelled, _) => None,
        // A return offers its refund; nobody waits for it.
        (
            Status::Confirmed | Status::Shipped | Status::Delivered | Status::Returned,
            PaymentStatus::Paid
            | PaymentStatus::PartiallyRefunded
            | PaymentStatus::Refunded
            | PaymentStatus::RefundDue,
        ) => None,
        (Status::Confirmed | Status::Shipped | Status::Delivered | Status::Returned, _) => {
            Some(Step::Capture)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_micros(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn a_step_has_its_own_time_and_the_payment_shares_that_of_the_stock() {
        let mut saga = Saga::begin(Step::Stock, at(0));
        saga.follow(Some(Step::Payment), at(60));
        assert_eq!(
            (saga.step, saga.deadline_at),
            (Step::Payment, Some(at(900)))
        );
        saga.follow(Some(Step::Capture), at(100));
        assert_eq!(
            (saga.step, saga.deadline_at),
            (Step::Capture, Some(at(400)))
        );
        saga.follow(Some(Step::Void), at(200));
        assert_eq!(
            (saga.state, saga.deadline_at),
            (State::Compensating, Some(at(500)))
        );
        saga.follow(None, at(300));
        assert_eq!((saga.state, saga.deadline_at), (State::Done, None));
        assert_eq!(saga.started_at, at(0));
    }

    #[test]
    fn a_stuck_saga_stays_stuck_until_something_else_is_waited_for() {
        let mut saga = Saga::begin(Step::Capture, at(0));
        saga.state = State::Stuck;
        saga.follow(Some(Step::Capture), at(1));
        assert_eq!(saga.state, State::Stuck);
        saga.follow(Some(Step::Refund), at(2));
        assert_eq!(saga.state, State::Compensating);
    }

    #[test]
    fn hope_ends_after_asking_again() {
        let mut saga = Saga::begin(Step::Capture, at(0));
        assert!(!saga.is_overdue(at(299)) && saga.is_overdue(at(300)));
        assert!(!saga.is_hopeless(at(9000)), "nobody has asked again");
        saga.tries = 1;
        assert!(!saga.is_hopeless(at(344)) && saga.is_hopeless(at(345)));
    }
}
