//! What an attempt means: whether its delivery is done, comes again and when, or is given up.

use kernel::Timestamp;
use std::time::Duration;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Answered with 2xx.
    Delivered,
    /// Answered with another status; redirects are not followed.
    Refused,
    /// Answered with 410: there is nobody any more.
    Gone,
    TimedOut,
    NoConnection,
    /// The name leads to addresses behind walls.
    PrivateAddress,
    /// The connection broke before there was an answer.
    Lost,
}

/// An attempt as it went.
#[derive(Clone, Debug)]
pub struct Attempted {
    pub at: Timestamp,
    pub outcome: Outcome,
    pub status: Option<u16>,
    pub took: Duration,
    /// The beginning of the answer's body.
    pub answer: Option<String>,
    /// What the receiver asks for.
    pub retry_after: Option<Duration>,
}

/// What is to be done with a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Delivered,
    /// Again, at this moment; it fails since `since`.
    Again {
        at: Timestamp,
        since: Timestamp,
    },
    Dead,
}

/// A delivery is given up after it has failed for so long.
const PATIENCE: Duration = Duration::from_secs(3 * 24 * 3600);
/// The second attempt comes within so long.
const FIRST_PAUSE: Duration = Duration::from_secs(5);
/// Never sooner, however the dice fall.
const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(6 * 3600);
/// After so many failures in a row, whatever they were about, an endpoint is down: it is probed
/// by one delivery at a time.
const DOWN: i64 = 5;
const LONGEST_PROBE: Duration = Duration::from_secs(60);

impl Outcome {
    pub fn of_status(status: u16) -> Self {
        match status {
            200..=299 => Self::Delivered,
            410 => Self::Gone,
            _ => Self::Refused,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Refused => "refused",
            Self::Gone => "gone",
            Self::TimedOut => "timed_out",
            Self::NoConnection => "no_connection",
            Self::PrivateAddress => "private_address",
            Self::Lost => "lost",
        }
    }
}

/// What becomes of a delivery after its `attempts`th attempt; it failed first at `since`, if it
/// did before. `dice` spreads what failed together (full jitter).
pub fn verdict(
    attempted: &Attempted,
    attempts: i64,
    since: Option<Timestamp>,
    now: Timestamp,
    dice: u64,
) -> Verdict {
    if attempted.outcome == Outcome::Delivered {
        return Verdict::Delivered;
    }
    let since = since.unwrap_or(now);
    let end = since.plus(PATIENCE);
    if now >= end {
        return Verdict::Dead;
    }
    let asked = attempted.retry_after.unwrap_or_default().min(LONGEST);
    let pause = rolled(doubled(FIRST_PAUSE, attempts - 1, LONGEST), dice).max(asked);
    let at = now.plus(pause.max(SHORTEST)).min(end);
    Verdict::Again { at, since }
}

/// When an endpoint with so many failures in a row is called next: at once, as long as it is not
/// down.
pub fn probe_at(failures: i64, now: Timestamp, dice: u64) -> Timestamp {
    match failures >= DOWN {
        false => now,
        true => {
            let most = doubled(SHORTEST, failures - DOWN, LONGEST_PROBE);
            now.plus(rolled(most, dice).max(SHORTEST))
        }
    }
}

/// Calls to an endpoint at once.
pub fn window(failures: i64, most: u32) -> u32 {
    if failures >= DOWN { 1 } else { most }
}

/// `first` doubled so many times, at most `longest`.
fn doubled(first: Duration, times: i64, longest: Duration) -> Duration {
    let times = u32::try_from(times.clamp(0, 30)).unwrap_or_default();
    first.saturating_mul(1 << times).min(longest)
}

/// Anything up to `most`.
fn rolled(most: Duration, dice: u64) -> Duration {
    let micros = u64::try_from(most.as_micros()).unwrap_or(u64::MAX - 1);
    Duration::from_micros(dice % (micros + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: Timestamp = Timestamp::from_unix_micros(1_772_460_000_000_000);
    const DAY: Duration = Duration::from_secs(24 * 3600);

    fn attempted(outcome: Outcome) -> Attempted {
        Attempted {
            at: NOON,
            outcome,
            status: None,
            took: Duration::ZERO,
            answer: None,
            retry_after: None,
        }
    }

    /// Numbers that fall anywhere.
    fn die(nth: u64) -> u64 {
        nth.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    fn pause(attempts: i64, dice: u64) -> Duration {
        match verdict(
            &attempted(Outcome::Refused),
            attempts,
            Some(NOON),
            NOON,
            dice,
        ) {
            Verdict::Again { at, .. } => at.since(NOON),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_status_decides() {
        for (status, outcome) in [
            (200, Outcome::Delivered),
            (204, Outcome::Delivered),
            (302, Outcome::Refused),
            (404, Outcome::Refused),
            (410, Outcome::Gone),
            (500, Outcome::Refused),
        ] {
            assert_eq!(Outcome::of_status(status), outcome);
        }
    }

    #[test]
    fn pauses_double_up_to_six_hours_and_are_spread() {
        let longest = |attempts| (0..20_000).map(|n| pause(attempts, die(n))).max();
        for (attempts, seconds) in [
            (1, 5),
            (2, 10),
            (5, 80),
            (13, 20_480),
            (14, 21_600),
            (99, 21_600),
        ] {
            let most = longest(attempts).unwrap();
            let limit = Duration::from_secs(seconds);
            assert!(
                most <= limit && most > limit * 9 / 10,
                "{attempts}: {most:?}"
            );
        }
        assert_eq!(pause(10, 0), SHORTEST, "never at once");
    }

    #[test]
    fn after_three_days_of_failure_a_delivery_is_given_up() {
        let refused = attempted(Outcome::Refused);
        let first = verdict(&refused, 1, None, NOON, 7);
        assert!(matches!(first, Verdict::Again { since: NOON, .. }));
        let last = verdict(
            &refused,
            30,
            Some(NOON),
            NOON.plus(DAY * 3 - SHORTEST),
            u64::MAX,
        );
        assert_eq!(
            last,
            Verdict::Again {
                at: NOON.plus(DAY * 3),
                since: NOON
            }
        );
        assert_eq!(
            verdict(&refused, 31, Some(NOON), NOON.plus(DAY * 3), 0),
            Verdict::Dead
        );
        let good = attempted(Outcome::Delivered);
        assert_eq!(
            verdict(&good, 31, Some(NOON), NOON.plus(DAY * 3), 0),
            Verdict::Delivered
        );
    }

    #[test]
    fn a_receiver_that_asks_for_time_gets_it_within_reason() {
        let asking = |seconds| {
            let retry_after = Some(Duration::from_secs(seconds));
            let refused = Attempted {
                retry_after,
                ..attempted(Outcome::Refused)
            };
            match verdict(&refused, 1, None, NOON, 0) {
                Verdict::Again { at, .. } => at.since(NOON).as_secs(),
                other => panic!("{other:?}"),
            }
        };
        assert_eq!((asking(120), asking(1_000_000)), (120, 21_600));
    }

    #[test]
    fn an_endpoint_that_is_down_is_probed_once_a_minute_at_most() {
        assert_eq!((window(4, 16), window(5, 16)), (16, 1));
        assert_eq!(probe_at(4, NOON, u64::MAX), NOON);
        let most = |failures| (0..20_000).map(|n| probe_at(failures, NOON, die(n))).max();
        for (failures, seconds) in [(5, 1), (7, 4), (11, 60), (500, 60)] {
            let waited = most(failures).unwrap().since(NOON);
            let limit = Duration::from_secs(seconds);
            assert!(
                waited <= limit && waited > limit * 9 / 10,
                "{failures}: {waited:?}"
            );
        }
    }
}
