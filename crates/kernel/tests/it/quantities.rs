//! Quantities.

use crate::json;
use kernel::{BadQuantity, Quantity};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_quantity_is_between_one_and_a_milliard(pieces: i64) {
        prop_assert_eq!(Quantity::new(pieces).is_ok(), (1..=1_000_000_000).contains(&pieces));
    }

    #[test]
    fn no_number_makes_the_reader_panic(value: f64, whole: u64) {
        for text in [format!("{value:e}"), whole.to_string()] {
            let _ = json::<Quantity>(&text);
        }
    }
}

#[test]
fn only_whole_numbers_in_range_are_read() {
    assert_eq!(json::<Quantity>("2").map(Quantity::get), Ok(2));
    assert_eq!(json::<Quantity>("2.0").map(Quantity::get), Ok(2));
    assert_eq!(
        json::<Quantity>("1000000000").map(Quantity::get),
        Ok(Quantity::MAX)
    );
    for bad in [
        "0",
        "-1",
        "1.5",
        "1000000001",
        "1e300",
        "\"2\"",
        "null",
        "18446744073709551615",
    ] {
        assert!(json::<Quantity>(bad).is_err(), "{bad}");
    }
    assert_eq!(" 7 ".parse::<Quantity>().map(Quantity::get), Ok(7));
    assert_eq!("7.5".parse::<Quantity>(), Err(BadQuantity));
    assert_eq!(
        serde_json::to_string(&Quantity::new(3).ok())
            .ok()
            .as_deref(),
        Some("3")
    );
}
