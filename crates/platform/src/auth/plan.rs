//! How much one caller may send, where that is agreed with them: the usage plan of an API key.

use super::Principal;
use crate::config::RateLimit;
use kernel::Timestamp;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

const DAY_S: i64 = 24 * 60 * 60;

/// What was agreed. `Default` is nothing: the shop's own limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UsagePlan {
    /// `None`: the shop's.
    pub rate: Option<RateLimit>,
    /// In a day of UTC; `None`: as many as the rate allows.
    pub per_day: Option<NonZeroU32>,
}

/// Who is calling, and what they may send where that is their own.
#[derive(Clone, Debug)]
pub struct Caller {
    pub principal: Principal,
    pub allowance: Option<Allowance>,
}

/// A usage plan in force.
#[derive(Clone, Debug)]
pub struct Allowance {
    pub rate: Option<RateLimit>,
    pub day: Option<DayAllowance>,
}

/// So many requests a day.
#[derive(Clone, Debug)]
pub struct DayAllowance {
    pub limit: NonZeroU32,
    /// What all processes together have written down of today.
    pub recorded: i64,
    /// What this process knows.
    pub meter: Arc<Meter>,
}

/// A day of UTC, counted since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(pub i64);

/// Counts the requests of one caller in one process.
///
/// What was counted is written down beside, by whoever calls [`Meter::take`]: a request waits for
/// no write. So several processes know of each other's requests a moment late, and a process that
/// is killed forgets those of its last moment.
#[derive(Debug, Default)]
pub struct Meter(Mutex<Tally>);

#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    day: Day,
    /// Everybody's, as far as known.
    count: i64,
    /// Ours, not yet written down.
    unwritten: i64,
}

impl Day {
    pub fn of(now: Timestamp) -> Self {
        Self(now.unix_seconds().div_euclid(DAY_S))
    }

    /// Until the next one begins.
    pub fn seconds_left(now: Timestamp) -> u32 {
        let left = DAY_S - now.unix_seconds().rem_euclid(DAY_S);
        u32::try_from(left).unwrap_or(1)
    }
}

impl From<Principal> for Caller {
    fn from(principal: Principal) -> Self {
        let allowance = None;
        Self {
            principal,
            allowance,
        }
    }
}

impl DayAllowance {
    /// Counts a request; answers how many are left today, or `None` when there were none.
    pub fn count(&self, now: Timestamp) -> Option<u32> {
        let limit = i64::from(self.limit.get());
        let left = self.meter.count(Day::of(now), self.recorded, limit)?;
        Some(u32::try_from(left).unwrap_or(u32::MAX))
    }
}

impl Meter {
    fn count(&self, today: Day, recorded: i64, limit: i64) -> Option<i64> {
        self.with(|tally| {
            if tally.day != today {
                let (count, unwritten) = (0, 0);
                *tally = Tally {
                    day: today,
                    count,
                    unwritten,
                };
            }
            tally.count = tally.count.max(recorded + tally.unwritten);
            if tally.count >= limit {
                return None;
            }
            tally.count += 1;
            tally.unwritten += 1;
            Some(limit - tally.count)
        })
    }

    /// What is to be written down: a day and how many requests of it, if any.
    pub fn take(&self) -> Option<(Day, i64)> {
        self.with(|tally| {
            let unwritten = std::mem::take(&mut tally.unwritten);
            (unwritten > 0).then_some((tally.day, unwritten))
        })
    }

    /// Takes back what could not be written down, for another time.
    pub fn put_back(&self, (day, requests): (Day, i64)) {
        self.with(|tally| {
            if tally.day == day {
                tally.unwritten += requests;
            }
        });
    }

    fn with<T>(&self, work: impl FnOnce(&mut Tally) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MONDAY: Day = Day(20_000);
    const TUESDAY: Day = Day(20_001);

    #[test]
    fn so_many_requests_a_day_and_the_next_day_again() {
        let meter = Meter::default();
        let left: Vec<_> = (0..4).map(|_| meter.count(MONDAY, 0, 3)).collect();
        assert_eq!(left, [Some(2), Some(1), Some(0), None]);
        assert_eq!(meter.count(TUESDAY, 0, 3), Some(2));
        assert_eq!(meter.take(), Some((TUESDAY, 1)));
    }

    #[test]
    fn what_others_wrote_down_counts_and_nothing_counts_twice() {
        let meter = Meter::default();
        assert_eq!(meter.count(MONDAY, 5, 10), Some(4));
        assert_eq!(meter.count(MONDAY, 5, 10), Some(3));
        assert_eq!(meter.take(), Some((MONDAY, 2)));
        assert_eq!(meter.take(), None);
        // Not yet visible in what was read, then visible, then joined by another process's.
        assert_eq!(meter.count(MONDAY, 5, 10), Some(2));
        assert_eq!(meter.count(MONDAY, 7, 10), Some(1));
        assert_eq!(meter.count(MONDAY, 8, 10), None);
    }

    #[test]
    fn what_could_not_be_written_down_is_kept_for_its_day() {
        let meter = Meter::default();
        meter.count(MONDAY, 0, 10);
        let taken = meter.take().unwrap();
        meter.put_back(taken);
        assert_eq!(meter.take(), Some(taken));
        meter.count(TUESDAY, 0, 10);
        meter.put_back(taken);
        assert_eq!(meter.take(), Some((TUESDAY, 1)));
    }

    #[test]
    fn a_day_ends_at_midnight_in_greenwich() {
        let at = |seconds: i64| Timestamp::from_unix_micros(seconds * 1_000_000);
        assert_eq!(
            (Day::of(at(86_399)), Day::seconds_left(at(86_399))),
            (Day(0), 1)
        );
        assert_eq!(
            (Day::of(at(86_400)), Day::seconds_left(at(86_400))),
            (Day(1), 86_400)
        );
    }
}
