//! A day in UTC, as people write it: `2026-11-20`. Pure.

use kernel::Timestamp;
use serde::{Deserialize, Deserializer, de::Error as _};
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

const LENGTH: Duration = Duration::from_secs(24 * 3600);
const MICROS: i64 = 24 * 3600 * 1_000_000;

/// From midnight to midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day(Timestamp);

/// Not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day like 2026-11-20")]
pub struct BadDay;

impl Day {
    /// The day that is over at `now`.
    pub fn before(now: Timestamp) -> Self {
        let today = now.unix_micros().div_euclid(MICROS) * MICROS;
        Self(Timestamp::from_unix_micros(today).minus(LENGTH))
    }

    pub fn from(self) -> Timestamp {
        self.0
    }

    pub fn until(self) -> Timestamp {
        self.0.plus(LENGTH)
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        if text.len() != 10 {
            return Err(BadDay);
        }
        let midnight = format!("{text}T00:00:00Z").parse();
        midnight.map(Self).map_err(|_| BadDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_string()[..10])
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_read_and_written_alike_and_yesterday_is_the_day_before() {
        let day: Day = "2026-03-01".parse().expect("it is a day");
        assert_eq!(day.to_string(), "2026-03-01");
        assert_eq!(Day::before(day.until()), day);
        assert_eq!(
            Day::before(day.until().plus(LENGTH).minus(Duration::from_micros(1))),
            day
        );
        for wrong in ["2026-13-01", "2026-3-1", "yesterday", "2026-02-30"] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }
}
