//! The attempt: a call to a provider, stored before it is made. Its key never changes, so that
//! however often it is sent, money moves once. Pure.

use kernel::{PaymentId, RefundId, Timestamp};
use std::time::Duration;
use uuid::Uuid;

/// What the provider is asked to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    Authorize,
    Capture,
    Void,
    Refund,
}

impl Kind {
    pub const ALL: [Self; 4] = [Self::Authorize, Self::Capture, Self::Void, Self::Refund];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Authorize => "authorize",
            Self::Capture => "capture",
            Self::Void => "void",
            Self::Refund => "refund",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// How long the call is worth being sent. A buyer does not wait longer than their order does;
    /// everything else goes on until providers may forget a key, which is a day.
    fn patience(self) -> Duration {
        match self {
            Self::Authorize => Duration::from_secs(15 * 60),
            Self::Capture | Self::Void | Self::Refund => Duration::from_secs(23 * 3600),
        }
    }
}

/// How far the call has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// To be sent, perhaps again.
    Ready,
    /// The provider or the buyer is not done: the provider is asked again later.
    Waiting,
    /// Its answer was lost.
    Unknown,
    Done,
    Failed,
    /// Withdrawn before it was sent, or overtaken.
    Cancelled,
}

impl State {
    pub const ALL: [Self; 6] = [
        Self::Ready,
        Self::Waiting,
        Self::Unknown,
        Self::Done,
        Self::Failed,
        Self::Cancelled,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ready => "ready",
            Self::Waiting => "waiting",
            Self::Unknown => "unknown",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }

    pub fn is_open(self) -> bool {
        matches!(self, Self::Ready | Self::Waiting | Self::Unknown)
    }
}

/// A call to make.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub refund_id: Option<RefundId>,
    pub kind: Kind,
    pub key: String,
    /// Minor units of the payment's currency; a void may be over nothing.
    pub amount: i64,
    pub state: State,
    pub tries: i64,
    /// How many of the tries may have reached the provider.
    pub sent: i64,
    pub next_at: Timestamp,
    pub deadline_at: Timestamp,
    pub reference: Option<String>,
    pub reason: Option<String>,
    /// The event that led to it, if it was one.
    pub causation: Option<Uuid>,
    pub created_at: Timestamp,
}

/// A call of a payment that is about to be stored.
pub struct Wanted {
    pub id: Uuid,
    pub payment_id: PaymentId,
    pub refund_id: Option<RefundId>,
    pub kind: Kind,
    pub amount: i64,
    /// How many of its kind the payment had before.
    pub earlier: usize,
}

impl Attempt {
    pub fn new(wanted: Wanted, now: Timestamp) -> Self {
        let Wanted {
            id,
            payment_id,
            refund_id,
            kind,
            amount,
            earlier,
        } = wanted;
        let nth = earlier + 1;
        let key = match (kind, refund_id) {
            (Kind::Authorize, _) => format!("auth:{payment_id}"),
            (Kind::Capture, _) => format!("cap:{payment_id}:{nth}"),
            (Kind::Void, _) => format!("void:{payment_id}:{nth}"),
            (Kind::Refund, Some(refund)) => format!("refund:{refund}"),
            (Kind::Refund, None) => format!("refund:{payment_id}:{nth}"),
        };
        Self {
            id,
            payment_id,
            refund_id,
            kind,
            key,
            amount,
            state: State::Ready,
            tries: 0,
            sent: 0,
            next_at: now,
            deadline_at: now.plus(kind.patience()),
            reference: None,
            reason: None,
            causation: None,
            created_at: now,
        }
    }

    /// It certainly never reached the provider, so it can be withdrawn.
    pub fn is_unsent(&self) -> bool {
        self.state == State::Ready && self.sent == 0
    }
}

/// The first pause; each further try may wait twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);

/// How long to wait before the next try: somewhere between nothing and twice as long as before, so
/// that what failed together does not come back together. `dice` is any number.
pub fn pause(tries: i64, dice: u64) -> Duration {
    let doublings = u32::try_from(tries.clamp(0, 10)).unwrap_or(10);
    let most = FIRST_PAUSE
        .saturating_mul(1 << doublings)
        .min(LONGEST_PAUSE);
    let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(dice % micros)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_doubles_up_to_a_quarter_of_an_hour_and_is_anywhere_below() {
        assert_eq!(pause(0, 999_999), Duration::from_micros(999_999));
        assert_eq!(pause(0, 1_000_000), Duration::ZERO);
        assert_eq!(pause(3, 7_999_999), Duration::from_micros(7_999_999));
        let longest = Duration::from_micros(899_999_999);
        assert_eq!(pause(40, 899_999_999), longest);
        assert_eq!(pause(i64::MAX, 900_000_000), Duration::ZERO);
    }

    #[test]
    fn words_of_rows_are_read_back() {
        for state in State::ALL {
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
        for kind in Kind::ALL {
            assert_eq!(Kind::parse(kind.as_str()), Some(kind));
        }
    }
}
