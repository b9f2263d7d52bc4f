//! Quiet hours: when nobody is sent what can wait until morning, by the clock of the shop. Pure.

use jiff::civil::{DateTime, Time};
use jiff::fmt::temporal::DateTimeParser;
use jiff::tz::TimeZone;
use kernel::Timestamp;
use platform::config::EnvReader;

/// From a time of the day until another, perhaps of the next.
#[derive(Clone, Debug)]
pub struct QuietHours {
    from: Time,
    until: Time,
    zone: TimeZone,
}

impl QuietHours {
    /// As settings say them: `21:00-08:00`.
    pub fn new(text: &str, zone: TimeZone) -> Option<Self> {
        let (from, until) = text.split_once('-')?;
        let time = |text: &str| {
            let (hour, minute) = text.trim().split_once(':')?;
            Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
        };
        let (from, until) = (time(from)?, time(until)?);
        (from != until).then_some(Self { from, until, zone })
    }

    /// When the quiet hours that `at` lies in are over; none when it lies in none.
    pub fn end(&self, at: Timestamp) -> Option<Timestamp> {
        let moment = jiff::Timestamp::from_microsecond(at.unix_micros()).ok()?;
        let local = self.zone.to_datetime(moment);
        let (time, today) = (local.time(), local.date());
        let date = match self.from < self.until {
            true => (self.from <= time && time < self.until).then_some(today),
            false if time < self.until => Some(today),
            false if time >= self.from => today.tomorrow().ok(),
            false => None,
        };
        let end = self
            .zone
            .to_timestamp(DateTime::from_parts(date?, self.until));
        let end = Timestamp::from_unix_micros(end.ok()?.as_microsecond());
        // An hour that comes twice, when clocks are put back, is quiet the first time.
        (end > at).then_some(end)
    }
}

/// Reads both settings.
pub fn read(reader: &mut EnvReader<'_>) -> Option<QuietHours> {
    let (hours, zone) = ("COMPTOIR_QUIET_HOURS", "COMPTOIR_TIME_ZONE");
    let zone = match reader.text(zone) {
        None => TimeZone::UTC,
        Some(text) => DateTimeParser::new()
            .parse_time_zone(&text)
            .unwrap_or_else(|_| {
                let like = "is like America/Toronto where this machine knows it, \
                            -05:00 or EST5EDT,M3.2.0,M11.1.0";
                reader.fault(zone, like);
                TimeZone::UTC
            }),
    };
    let text = reader.text(hours)?;
    let quiet = QuietHours::new(&text, zone);
    if quiet.is_none() {
        reader.fault(hours, "is like 21:00-08:00");
    }
    quiet
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiet(hours: &str, zone: &str) -> QuietHours {
        let zone = DateTimeParser::new().parse_time_zone(zone);
        QuietHours::new(hours, zone.expect("a zone")).expect("hours")
    }

    fn end(quiet: &QuietHours, at: &str) -> Option<String> {
        let at = at.parse().expect("a moment");
        quiet.end(at).map(|end| end.to_string())
    }

    #[test]
    fn a_night_ends_in_the_morning_after() {
        let night = quiet("21:00-08:00", "+00:00");
        for (at, ends) in [
            ("2026-11-26T20:59:59Z", None),
            ("2026-11-26T21:00:00Z", Some("2026-11-27T08:00:00Z")),
            ("2026-11-27T00:00:00Z", Some("2026-11-27T08:00:00Z")),
            ("2026-11-27T07:59:59Z", Some("2026-11-27T08:00:00Z")),
            ("2026-11-27T08:00:00Z", None),
        ] {
            assert_eq!(end(&night, at).as_deref(), ends, "{at}");
        }
        let noon = quiet("12:00-13:30", "+00:00");
        let ends = Some("2026-11-26T13:30:00Z");
        assert_eq!(end(&noon, "2026-11-26T12:00:00Z").as_deref(), ends);
        assert_eq!(end(&noon, "2026-11-26T13:30:00Z"), None);
        assert_eq!(end(&noon, "2026-11-26T23:00:00Z"), None);
    }

    #[test]
    fn hours_are_those_of_the_shop_in_summer_and_in_winter() {
        let night = quiet("21:00-08:00", "EST5EDT,M3.2.0,M11.1.0");
        let winter = end(&night, "2026-12-01T03:00:00Z");
        assert_eq!(winter.as_deref(), Some("2026-12-01T13:00:00Z"));
        let summer = end(&night, "2026-07-01T03:00:00Z");
        assert_eq!(summer.as_deref(), Some("2026-07-01T12:00:00Z"));
        assert_eq!(end(&night, "2026-07-01T00:59:59Z"), None);
        assert_eq!(end(&night, "2026-12-01T01:59:59Z"), None);
        let behind = quiet("21:00-08:00", "-05:00");
        assert_eq!(
            end(&behind, "2026-07-01T12:30:00Z").as_deref(),
            Some("2026-07-01T13:00:00Z")
        );
    }

    #[test]
    fn an_hour_that_comes_twice_is_quiet_once_and_one_that_does_not_come_ends_after_it() {
        // Clocks in Toronto go from 02:00 back to 01:00, and in spring from 02:00 to 03:00.
        let night = quiet("21:00-01:30", "EST5EDT,M3.2.0,M11.1.0");
        let ends = Some("2026-11-01T05:30:00Z");
        assert_eq!(end(&night, "2026-11-01T05:15:00Z").as_deref(), ends);
        assert_eq!(end(&night, "2026-11-01T06:15:00Z"), None);
        let night = quiet("21:00-02:30", "EST5EDT,M3.2.0,M11.1.0");
        let ends = Some("2026-03-08T07:30:00Z");
        assert_eq!(end(&night, "2026-03-08T06:45:00Z").as_deref(), ends);
    }

    #[test]
    fn what_is_no_stretch_of_the_day_is_refused() {
        for text in [
            "",
            "21:00",
            "21-08",
            "21:00-24:00",
            "9pm-8am",
            "08:00-08:00",
        ] {
            assert!(QuietHours::new(text, TimeZone::UTC).is_none(), "{text}");
        }
    }
}
