//! Money: exact in, exact out, never over.

use crate::json;
use kernel::{Currency, ErrorKind, Fault, Money, MoneyError, MoneyInput};
use proptest::prelude::*;
use std::num::NonZeroU32;

const CAD: Currency = Currency::CAD;
const GBP: Currency = Currency::GBP;

fn currency(code: &str) -> Currency {
    code.parse().expect("a currency")
}

fn any_currency() -> impl Strategy<Value = Currency> {
    prop::sample::select(["CAD", "JPY", "BHD", "CLF", "EUR"].map(currency).to_vec())
}

proptest! {
    #[test]
    fn every_amount_reads_back_from_its_text(minor: i64, currency in any_currency()) {
        let money = Money::new(minor, currency);
        prop_assert_eq!(Money::parse(&money.to_string(), currency), Ok(money));
        let wire = serde_json::to_string(&money).expect("JSON");
        prop_assert_eq!(json::<Money>(&wire), Ok(money));
    }

    #[test]
    fn input_of_every_shape_is_the_amount_it_says(
        minor in -MoneyInput::MAX_MINOR..=MoneyInput::MAX_MINOR,
        currency in any_currency(),
    ) {
        let money = Money::new(minor, currency);
        let shapes = [
            serde_json::to_string(&money).expect("JSON"),
            format!("\"{money}\""),
            format!("{money}"),
            format!("{{\"currency\":\"{currency}\",\"amount\":{money}}}"),
        ];
        for text in shapes {
            let input = json::<MoneyInput>(&text).expect("an amount");
            prop_assert_eq!(input.in_currency(currency), Ok(money), "{}", text);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text: String, currency in any_currency()) {
        let _ = Money::parse(&text, currency);
    }

    #[test]
    fn digits_in_any_number_are_read_or_refused(text in "-?[0-9]{0,30}(\\.[0-9]{0,30})?") {
        let _ = Money::parse(&text, CAD);
    }

    #[test]
    fn no_number_makes_the_input_panic(value: f64, whole: u64, signed: i64) {
        let floats = [value.to_string(), format!("{value:e}")];
        for text in floats.into_iter().chain([whole.to_string(), signed.to_string()]) {
            if let Ok(input) = json::<MoneyInput>(&text) {
                let _ = input.in_currency(CAD);
            }
        }
    }

    #[test]
    fn arithmetic_is_right_or_refused(a: i64, b: i64) {
        let [x, y] = [a, b].map(|minor| Money::new(minor, CAD));
        let sum = i64::try_from(i128::from(a) + i128::from(b)).ok();
        let difference = i64::try_from(i128::from(a) - i128::from(b)).ok();
        let product = i64::try_from(i128::from(a) * i128::from(b)).ok();
        prop_assert_eq!(x.plus(y).ok().map(Money::minor), sum);
        prop_assert_eq!(x.minus(y).ok().map(Money::minor), difference);
        prop_assert_eq!(x.times(b).ok().map(Money::minor), product);
    }

    #[test]
    fn a_split_adds_up(minor: i64, parts in 1..2_000_u32) {
        let shares: Vec<i64> = Money::new(minor, CAD)
            .split(NonZeroU32::new(parts).expect("not zero"))
            .map(Money::minor)
            .collect();
        prop_assert_eq!(shares.len(), parts as usize);
        prop_assert_eq!(shares.iter().map(|share| i128::from(*share)).sum::<i128>(), minor.into());
        let (most, least) = (shares[0], shares[shares.len() - 1]);
        prop_assert!(most - least <= 1 && shares.is_sorted_by(|a, b| a >= b));
    }
}

#[test]
fn an_amount_has_exactly_the_digits_of_its_currency() {
    assert_eq!(Money::new(1999, CAD).to_string(), "19.99");
    assert_eq!(Money::new(-5, CAD).to_string(), "-0.05");
    assert_eq!(Money::new(1200, currency("JPY")).to_string(), "1200");
    assert_eq!(Money::new(1, currency("BHD")).to_string(), "0.001");
    assert_eq!(
        Money::new(i64::MIN, CAD).to_string(),
        "-92233720368547758.08"
    );
    let wire = serde_json::to_string(&Money::new(1999, CAD)).expect("JSON");
    assert_eq!(wire, r#"{"amount":"19.99","currency":"CAD"}"#);
}

#[test]
fn a_text_is_read_exactly_or_refused() {
    let cad = |text| Money::parse(text, CAD).map(Money::minor);
    assert_eq!(cad("19.99"), Ok(1999));
    assert_eq!(cad("19.9"), Ok(1990));
    assert_eq!(cad("19"), Ok(1900));
    assert_eq!(cad("-0.05"), Ok(-5));
    assert_eq!(cad("-0"), Ok(0));
    assert_eq!(cad("007"), Ok(700));
    assert_eq!(cad("19.999"), Err(MoneyError::TooManyDigits { digits: 2 }));
    assert_eq!(cad("19.990"), Err(MoneyError::TooManyDigits { digits: 2 }));
    assert_eq!(cad("92233720368547758.07"), Ok(i64::MAX));
    assert_eq!(cad("-92233720368547758.08"), Ok(i64::MIN));
    assert_eq!(cad("92233720368547758.08"), Err(MoneyError::Overflow));
    assert_eq!(cad("99999999999999999999999"), Err(MoneyError::Overflow));
    for bad in [
        "", "-", ".", "1.", ".5", "+1", "1e3", " 1", "1 ", "1,5", "1_0", "--1", "1.-5", "٣", "NaN",
    ] {
        assert_eq!(cad(bad), Err(MoneyError::Malformed), "{bad:?}");
    }
    assert_eq!(
        Money::parse("1.0", currency("JPY")),
        Err(MoneyError::TooManyDigits { digits: 0 })
    );
}

#[test]
fn input_names_its_currency_or_means_the_shops() {
    let cad = |text: &str| json::<MoneyInput>(text).map(|input| input.in_currency(CAD));
    assert_eq!(cad("19.99"), Ok(Ok(Money::new(1999, CAD))));
    assert_eq!(cad("\"19.99\""), Ok(Ok(Money::new(1999, CAD))));
    assert_eq!(cad("5"), Ok(Ok(Money::new(500, CAD))));
    assert_eq!(cad("1e2"), Ok(Ok(Money::new(10_000, CAD))));
    assert_eq!(cad("0.1"), Ok(Ok(Money::new(10, CAD))));
    let pounds = cad(r#"{"amount":"19.99","currency":"GBP"}"#);
    assert_eq!(pounds, Ok(Err(MoneyError::Mixed { expected: CAD })));
    assert_eq!(
        cad("1e300"),
        Err(MoneyError::Overflow.to_string() + " at line 1 column 5")
    );
    assert_eq!(cad("10000000000000"), Ok(Err(MoneyError::Overflow)));
    assert_eq!(
        cad("0.001"),
        Ok(Err(MoneyError::TooManyDigits { digits: 2 }))
    );
}

#[test]
fn a_number_that_may_mean_another_is_refused() {
    for text in [
        "19.99000000000001",
        "1234567890123.4567",
        "1234567890123456",
        "0.30000000000000004",
    ] {
        let error = json::<MoneyInput>(text).expect_err(text);
        assert!(error.contains("more than 15 digits"), "{text}: {error}");
    }
    assert!(json::<MoneyInput>("123456789012.345").is_ok());
}

#[test]
fn input_of_another_shape_is_refused() {
    for text in [
        "null",
        "true",
        "[]",
        "{}",
        "\"\"",
        "\"1e3\"",
        "\"NaN\"",
        r#"{"amount":"1"}"#,
        r#"{"currency":"CAD"}"#,
        r#"{"amount":"1","currency":"cad"}"#,
        r#"{"amount":"1","currency":"XAU"}"#,
        r#"{"amount":"1","currency":"CAD","total":"1"}"#,
        r#"{"amount":{"amount":"1","currency":"CAD"},"currency":"CAD"}"#,
        r#"{"amount":null,"currency":"CAD"}"#,
    ] {
        assert!(json::<MoneyInput>(text).is_err(), "{text}");
    }
}

#[test]
fn currencies_do_not_mix() {
    let error = Money::new(1, CAD)
        .plus(Money::new(1, GBP))
        .expect_err("two currencies");
    assert_eq!(error, MoneyError::Mixed { expected: CAD });
    assert_eq!(
        (error.kind(), error.code()),
        (ErrorKind::Invalid, "WRONG_CURRENCY")
    );
    assert_eq!(error.to_string(), "the currency is not CAD");
    assert_eq!(Money::zero(CAD).minor(), 0);
}

#[test]
fn a_currency_is_its_code() {
    assert_eq!((CAD.digits(), CAD.to_string().as_str()), (2, "CAD"));
    assert_eq!(json::<Currency>("\"GBP\""), Ok(GBP));
    for bad in ["", "cad", "XXX", "XAU", "CA", "CADD"] {
        assert!(bad.parse::<Currency>().is_err(), "{bad}");
    }
}
