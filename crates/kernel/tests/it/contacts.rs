//! E-mail addresses and telephone numbers.

use crate::json;
use kernel::{Email, Phone};
use proptest::prelude::*;

proptest! {
    #[test]
    fn no_text_makes_the_parsers_panic(text: String) {
        let _ = text.parse::<Email>();
        let _ = text.parse::<Phone>();
    }

    #[test]
    fn an_address_reads_back_from_itself(
        text in " ?[A-Za-z0-9.+_-]{1,20}@[A-Za-z0-9]{1,9}(\\.[A-Za-z0-9]{1,9}){0,3} ?",
    ) {
        let email: Email = text.parse().expect("an address");
        prop_assert_eq!(email.as_str(), text.trim().to_lowercase());
        prop_assert_eq!(email.as_str().parse::<Email>(), Ok(email));
    }

    #[test]
    fn a_number_of_the_published_pattern_is_accepted(
        text in " ?\\+?\\(?[0-9]([ ().\\-/]{0,3}[0-9]){4,14}( ?x[0-9]{1,6})? ?",
    ) {
        let fits = text.len() <= 64;
        let phone = text.parse::<Phone>();
        prop_assert_eq!(phone.is_ok(), fits, "{}", text);
    }
}

#[test]
fn an_address_is_trimmed_and_lower_case() {
    let email: Email = " Anna.Smith+Shop@Example.COM ".parse().expect("an address");
    assert_eq!(email.as_str(), "anna.smith+shop@example.com");
    assert_eq!(
        json::<Email>("\"A@B\"").expect("an address").as_str(),
        "a@b"
    );
}

#[test]
fn what_is_no_address_is_refused() {
    let long = format!("{}@example.com", "a".repeat(65));
    for bad in [
        "", "@", "a@", "@b", "a b@c", "a@b@c", "a@-b", "a@b-", "a@b..c", "a@.b", "a@b\n", "ü@b",
        &long,
    ] {
        assert!(bad.parse::<Email>().is_err(), "{bad:?}");
    }
}

#[test]
fn telephone_numbers_of_many_countries_are_taken() {
    for good in [
        "+1 514 555 0123",
        "(514) 555-0123",
        "020 7946 0958",
        "+49 (0)30 901820",
        "5145550123 x12",
    ] {
        assert!(good.parse::<Phone>().is_ok(), "{good:?}");
    }
    for bad in [
        "",
        "+",
        "1234",
        "1234567890123456",
        "call me",
        "555-0123 x",
        "--5550123",
        "555    0123",
    ] {
        assert!(bad.parse::<Phone>().is_err(), "{bad:?}");
    }
}

#[test]
fn neither_shows_itself_in_a_log() {
    let email: Email = "anna@example.com".parse().expect("an address");
    let phone: Phone = "+1 514 555 0123".parse().expect("a number");
    assert_eq!(format!("{email:?} {phone:?}"), "Email(…) Phone(…)");
}
