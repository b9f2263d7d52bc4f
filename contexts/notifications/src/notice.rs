//! A notice: one message to one person by one channel, and when it is tried again. Pure.

use crate::kind::{Channel, Kind, UnknownWord};
use kernel::{NotificationId, OrderId, StoreId, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use std::time::Duration;
use utoipa::ToSchema;
use uuid::Uuid;

/// News older than this are none, and what could not be delivered by then is given up.
pub const PATIENCE: Duration = Duration::from_secs(48 * 60 * 60);
/// An attempt whose outcome is unknown after this was cut off: it is made again. Far longer than
/// one may take.
pub const CLAIM: Duration = Duration::from_secs(60);
/// The longest pause before the second attempt; it doubles, up to [`LONGEST`].
const FIRST: Duration = Duration::from_secs(10);
const LONGEST: Duration = Duration::from_secs(15 * 60);
/// No pause is shorter: a server that is not well is not hammered.
const SHORTEST: Duration = Duration::from_secs(1);

/// Why a notice waits that could be sent.
pub const QUIET: &str = "quiet_hours";

/// How the delivery of a notice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = NotificationStatus)]
pub enum Status {
    /// Waits for its next attempt.
    Queued,
    /// An attempt is being made.
    Sending,
    /// The mail server, or the provider of text messages, has taken it.
    Sent,
    /// Refused for good, or given up after two days; can be tried again.
    Dead,
    /// There was nowhere to send it to, or it is not wanted; `reason` says which.
    Skipped,
    /// The person was erased.
    Erased,
}

impl Status {
    pub const ALL: [Self; 6] = [
        Self::Queued,
        Self::Sending,
        Self::Sent,
        Self::Dead,
        Self::Skipped,
        Self::Erased,
    ];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sending => "sending",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Skipped => "skipped",
            Self::Erased => "erased",
        }
    }
}

impl FromStr for Status {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|one| one.as_str() == text).ok_or(UnknownWord)
    }
}

/// A notice as the delivery log shows it.
#[derive(Clone, Debug)]
pub struct Notice {
    pub id: NotificationId,
    pub kind: Kind,
    pub channel: Channel,
    pub status: Status,
    pub reason: Option<String>,
    pub order_id: Option<OrderId>,
    /// The store that serves its order, once that is known.
    pub store_id: Option<StoreId>,
    pub person_id: Option<Uuid>,
    pub tries: i64,
    pub next_at: Timestamp,
    pub deadline_at: Timestamp,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What came of an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// Not now; the other side may have said when.
    Later {
        reason: String,
        after: Option<Duration>,
    },
    /// Never; `bounced`: nothing sent to this address ever will arrive.
    Refused {
        reason: String,
        bounced: bool,
    },
    Skipped {
        reason: &'static str,
    },
    /// Not before the quiet hours are over.
    Quiet {
        until: Timestamp,
    },
    Erased,
}

/// What becomes of a notice after an attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    pub status: Status,
    pub reason: Option<String>,
    pub next_at: Timestamp,
    /// The attempt's own outcome.
    pub outcome: &'static str,
}

impl Outcome {
    pub fn later(reason: impl Into<String>) -> Self {
        let (reason, after) = (reason.into(), None);
        Self::Later { reason, after }
    }

    pub fn refused(reason: impl Into<String>) -> Self {
        let (reason, bounced) = (reason.into(), false);
        Self::Refused { reason, bounced }
    }

    /// What follows; `chance` decides the pause.
    pub fn verdict(&self, tries: i64, deadline: Timestamp, now: Timestamp, chance: u64) -> Verdict {
        let ended = |status, reason: Option<String>, outcome| Verdict {
            status,
            reason,
            next_at: now,
            outcome,
        };
        match self {
            Self::Sent => ended(Status::Sent, None, "sent"),
            Self::Erased => ended(Status::Erased, None, "erased"),
            Self::Skipped { reason } => {
                ended(Status::Skipped, Some((*reason).to_owned()), "skipped")
            }
            Self::Refused { reason, .. } => ended(Status::Dead, Some(reason.clone()), "refused"),
            Self::Later { reason, after } => {
                let next_at = now.plus(pause(tries, chance).max(after.unwrap_or_default()));
                Verdict::deferred(reason.clone(), next_at, deadline)
            }
            Self::Quiet { until } => Verdict::deferred(QUIET.to_owned(), *until, deadline),
        }
    }
}

impl Verdict {
    /// Tried again, if there is time.
    fn deferred(reason: String, next_at: Timestamp, deadline: Timestamp) -> Self {
        Self {
            status: match next_at < deadline {
                true => Status::Queued,
                false => Status::Dead,
            },
            reason: Some(reason),
            next_at,
            outcome: "deferred",
        }
    }
}

/// Full jitter: anything up to a bound that doubles with every try, so that those who failed
/// together do not come again together.
fn pause(tries: i64, chance: u64) -> Duration {
    let doubled = u32::try_from(tries - 1).unwrap_or(0).min(16);
    let bound = (FIRST * (1 << doubled)).min(LONGEST);
    let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(chance % (micros + 1)).max(SHORTEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(seconds: u64) -> Timestamp {
        Timestamp::from_unix_micros(0).plus(Duration::from_secs(seconds))
    }

    #[test]
    fn what_is_deferred_comes_again_until_its_deadline() {
        let later = Outcome::later("smtp_451");
        let verdict = later.verdict(1, at(1000), at(0), 7_000_000);
        assert_eq!((verdict.status, verdict.next_at), (Status::Queued, at(7)));
        let late = later.verdict(9, at(5), at(0), 7_000_000);
        assert_eq!((late.status, late.outcome), (Status::Dead, "deferred"));
    }

    #[test]
    fn who_says_when_to_come_again_is_heeded() {
        let (reason, after) = ("429".to_owned(), Some(Duration::from_secs(120)));
        let asked = Outcome::Later { reason, after };
        assert_eq!(asked.verdict(1, at(1000), at(0), 0).next_at, at(120));
    }

    #[test]
    fn what_waits_for_the_morning_is_due_when_it_comes() {
        let verdict = Outcome::Quiet { until: at(9) }.verdict(1, at(1000), at(0), u64::MAX);
        assert_eq!((verdict.status, verdict.next_at), (Status::Queued, at(9)));
        assert_eq!(verdict.reason.as_deref(), Some("quiet_hours"));
    }

    #[test]
    fn a_refusal_is_the_end() {
        let refused = Outcome::refused("smtp_550").verdict(1, at(1000), at(0), 0);
        assert_eq!(refused.status, Status::Dead);
        assert_eq!(refused.reason.as_deref(), Some("smtp_550"));
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_its_bound(tries in 1_i64..100, chance: u64) {
            let pause = pause(tries, chance);
            let bound = FIRST.as_secs() * 2_u64.pow(u32::try_from(tries - 1).unwrap().min(16));
            prop_assert!(pause >= SHORTEST);
            prop_assert!(pause <= LONGEST.min(Duration::from_secs(bound)));
        }
    }
}
