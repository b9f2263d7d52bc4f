//! Moments and their text.

use crate::json;
use kernel::Timestamp;
use proptest::prelude::*;
use std::time::Duration;

/// The years 1 to 9998.
const ORDINARY: std::ops::Range<i64> = -62_135_596_800_000_000..253_370_764_800_000_000;

proptest! {
    #[test]
    fn every_moment_reads_back_from_its_text(micros in ORDINARY) {
        let moment = Timestamp::from_unix_micros(micros);
        prop_assert_eq!(moment.to_string().parse::<Timestamp>(), Ok(moment));
        prop_assert!(moment.to_string().ends_with('Z'));
    }

    #[test]
    fn nothing_about_a_moment_panics(micros: i64, seconds: u64, nanos in 0..1_000_000_000_u32) {
        let moment = Timestamp::from_unix_micros(micros);
        let time = Duration::new(seconds, nanos);
        for moment in [moment, moment.plus(time), moment.minus(time)] {
            prop_assert!((0..=9999).contains(&moment.year()));
            prop_assert!(moment.to_string().parse::<Timestamp>().is_ok());
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String) {
        let _ = text.parse::<Timestamp>();
    }

    #[test]
    fn later_by_a_time_is_that_time_since(micros in ORDINARY, span in 0..1_000_000_000_000_u64) {
        let (moment, time) = (Timestamp::from_unix_micros(micros), Duration::from_micros(span));
        prop_assert_eq!(moment.plus(time).since(moment), time);
        prop_assert_eq!(moment.plus(time).minus(time), moment);
        prop_assert_eq!(moment.since(moment.plus(time)), Duration::ZERO);
    }
}

#[test]
fn a_moment_is_written_in_utc() {
    let moment = Timestamp::from_unix_micros(1_795_183_380_123_456);
    assert_eq!(moment.to_string(), "2026-11-20T14:03:00.123456Z");
    assert_eq!(moment.year(), 2026);
    assert_eq!(moment.unix_seconds(), 1_795_183_380);
    assert_eq!(
        Timestamp::from_unix_micros(0).to_string(),
        "1970-01-01T00:00:00Z"
    );
    assert_eq!(Timestamp::from_unix_micros(-1).unix_seconds(), -1);
}

#[test]
fn any_offset_is_read() {
    let utc = json::<Timestamp>("\"2026-11-20T14:03:00Z\"");
    assert!(utc.is_ok());
    assert_eq!(json::<Timestamp>("\"2026-11-20T09:03:00-05:00\""), utc);
    for bad in [
        "",
        "now",
        "2026-11-20",
        "2026-11-20T14:03:00",
        "-000001-01-01T00:00:00Z",
        "0",
    ] {
        assert!(bad.parse::<Timestamp>().is_err(), "{bad}");
    }
}
