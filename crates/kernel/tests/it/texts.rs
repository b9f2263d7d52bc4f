//! Texts and SKUs.

use crate::json;
use kernel::{BadText, Name, Sku, Text};
use proptest::prelude::*;

proptest! {
    #[test]
    fn a_text_is_kept_without_the_spaces_around(text in "\\PC{0,12}") {
        match text.parse::<Text<10>>() {
            Ok(kept) => prop_assert_eq!(kept.as_str(), text.trim()),
            Err(_) => prop_assert!(text.trim().is_empty() || text.chars().count() > 10),
        }
    }

    #[test]
    fn no_text_makes_the_parsers_panic(text: String) {
        for kept in text.parse::<Name>().into_iter() {
            prop_assert_eq!(kept.as_str().parse::<Name>(), Ok(kept));
        }
        let _ = text.parse::<Sku>();
    }
}

#[test]
fn the_length_is_counted_in_characters() {
    assert!("ü".repeat(100).parse::<Name>().is_ok());
    assert_eq!("ü".repeat(101).parse::<Name>(), Err(BadText { max: 100 }));
    assert!("x".repeat(64).parse::<Sku>().is_ok());
    assert!("x".repeat(65).parse::<Sku>().is_err());
}

#[test]
fn control_characters_are_refused() {
    assert!("two\nlines\tand a tab".parse::<Name>().is_ok());
    for bad in [
        "",
        " \t\n",
        "a\0b",
        "a\u{7f}",
        "a\u{85}b",
        "a\r\nb",
        "\u{1b}[31m",
    ] {
        assert!(bad.parse::<Name>().is_err(), "{bad:?}");
        assert!(bad.parse::<Sku>().is_err(), "{bad:?}");
    }
    assert!("two\nlines".parse::<Sku>().is_err());
}

#[test]
fn json_carries_the_text() {
    let name = json::<Name>("\" Anna \"").expect("a name");
    assert_eq!(
        (name.as_str(), serde_json::to_string(&name).ok().as_deref()),
        ("Anna", Some("\"Anna\""))
    );
    assert_eq!(
        json::<Sku>("\" 85123A\"").map(Sku::into_string),
        Ok("85123A".to_owned())
    );
    let error = json::<Name>("\"\"").expect_err("empty");
    assert!(error.contains("1 to 100 characters"), "{error}");
}
