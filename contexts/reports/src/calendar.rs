//! Days of the shop's calendar, which is UTC: as numbers in the database, as people write them
//! outside. Pure.

use kernel::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use std::fmt;
use std::str::FromStr;

const MICROS: i64 = 24 * 3600 * 1_000_000;
/// `2026-11-20`
const LENGTH: usize = 10;
/// `2026-11`
const MONTH_LENGTH: usize = 7;
/// `2026`
const YEAR_LENGTH: usize = 4;

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

/// Not a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a day like 2026-11-20")]
pub struct BadDay;

impl Day {
    /// The day on which `moment` falls.
    pub fn of(moment: Timestamp) -> Self {
        Self(moment.unix_micros().div_euclid(MICROS))
    }

    pub fn from_number(number: i64) -> Self {
        Self(number)
    }

    pub fn number(self) -> i64 {
        self.0
    }

    pub fn before(self, days: i64) -> Self {
        Self(self.0 - days)
    }

    pub fn after(self, days: i64) -> Self {
        Self(self.0 + days)
    }

    /// The first day of its month.
    pub fn month_start(self) -> Self {
        self.first(MONTH_LENGTH, "-01")
    }

    /// The first day of the month after its own.
    pub fn next_month(self) -> Self {
        self.month_start().after(31).month_start()
    }

    /// The first day of its year.
    pub fn year_start(self) -> Self {
        self.first(YEAR_LENGTH, "-01-01")
    }

    /// The first day of the year after its own.
    pub fn next_year(self) -> Self {
        self.year_start().after(366).year_start()
    }

    fn first(self, length: usize, rest: &str) -> Self {
        let text = format!("{}{rest}", &self.text()[..length]);
        text.parse().unwrap_or(self)
    }

    /// Its month, like `2026-11`.
    pub fn month(self) -> String {
        self.text()[..MONTH_LENGTH].to_owned()
    }

    fn text(self) -> String {
        let midnight = Timestamp::from_unix_micros(self.0.saturating_mul(MICROS));
        midnight.to_string()[..LENGTH].to_owned()
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        if text.len() != LENGTH {
            return Err(BadDay);
        }
        let midnight = format!("{text}T00:00:00Z").parse();
        midnight.map(Self::of).map_err(|_| BadDay)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text())
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
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
    fn a_day_is_read_and_written_alike_and_knows_its_month() {
        let day: Day = "2010-12-31".parse().unwrap();
        assert_eq!(
            (day.to_string(), day.month()),
            ("2010-12-31".into(), "2010-12".into())
        );
        assert_eq!(day.before(30).to_string(), "2010-12-01");
        assert_eq!(Day::from_number(day.number()), day);
        for wrong in [
            "2010-13-01",
            "2010-1-1",
            "today",
            "2010-02-30",
            "2010-12-01 ",
        ] {
            assert!(wrong.parse::<Day>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_day_is_from_midnight_to_midnight() {
        let of = |text: &str| Day::of(text.parse().unwrap()).to_string();
        assert_eq!(of("2010-12-01T00:00:00Z"), "2010-12-01");
        assert_eq!(of("2010-12-01T23:59:59.999999Z"), "2010-12-01");
        assert_eq!(of("1969-12-31T23:00:00Z"), "1969-12-31");
        assert_eq!(of("2010-12-01T23:30:00-05:00"), "2010-12-02");
    }
}
