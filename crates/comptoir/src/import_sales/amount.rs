//! Decimal numbers exactly as a file writes them: what lines are worth before anybody asks whether
//! the shop's currency can say it. Nothing is ever rounded here. Pure.

use kernel::{Currency, Money};
use std::fmt;

/// A number of billionths, which is finer than any price.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Exact(i128);

const DIGITS: u32 = 9;
const ONE: i128 = 10_i128.pow(DIGITS);

/// Digits before the point that are read; with more, sums could leave the 128 bits.
const WHOLE_MAX: usize = 15;

impl Exact {
    /// Reads `-?[0-9]{1,15}(\.[0-9]{1,9})?`.
    pub fn parse(text: &str) -> Option<Self> {
        let (negative, digits) = match text.strip_prefix('-') {
            Some(digits) => (true, digits),
            None => (false, text),
        };
        let (whole, fraction) = match digits.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (digits, ""),
        };
        let all_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let fits = whole.len() <= WHOLE_MAX && fraction.len() <= DIGITS as usize;
        if whole.is_empty() || !fits || !all_digits(whole) || !all_digits(fraction) {
            return None;
        }
        let padded = format!("{whole}{fraction:0<9}");
        let billionths: i128 = padded.parse().ok()?;
        Some(Self(if negative { -billionths } else { billionths }))
    }

    /// An amount of money.
    pub fn of_minor(minor: i128, currency: Currency) -> Self {
        Self(minor * unit(currency))
    }

    /// The amount in a currency, when that has digits enough for all of it.
    pub fn in_currency(self, currency: Currency) -> Option<Money> {
        let unit = unit(currency);
        if self.0 % unit != 0 {
            return None;
        }
        i64::try_from(self.0 / unit)
            .ok()
            .map(|minor| Money::new(minor, currency))
    }

    /// This so many times; `None` beyond all bounds.
    pub fn times(self, count: i64) -> Option<Self> {
        self.0.checked_mul(i128::from(count)).map(Self)
    }

    /// The sum. It saturates far beyond what 2^64 lines of a file can add up to.
    pub fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    pub fn minus(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    pub fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub fn is_negative(self) -> bool {
        self.0 < 0
    }
}

/// Billionths in the smallest unit of a currency. No currency has more than four digits.
fn unit(currency: Currency) -> i128 {
    10_i128.pow(DIGITS.saturating_sub(currency.digits()))
}

impl fmt::Display for Exact {
    /// All digits there are, two at least, thousands apart: `748,957.02`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (whole, part) = (
            self.0.unsigned_abs() / ONE.unsigned_abs(),
            self.0.unsigned_abs(),
        );
        let part = format!("{:09}", part % ONE.unsigned_abs());
        let (always, rest) = part.split_at(2);
        let whole = thousands(&whole.to_string());
        f.pad(&format!(
            "{sign}{whole}.{always}{}",
            rest.trim_end_matches('0')
        ))
    }
}

/// `1234567` as `1,234,567`.
pub fn thousands(digits: &str) -> String {
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exact(text: &str) -> Exact {
        Exact::parse(text).unwrap()
    }

    #[test]
    fn a_number_is_read_as_it_is_written() {
        assert_eq!(exact("2.1"), exact("2.10"));
        assert_eq!(exact("0.001").times(3), Some(exact("0.003")));
        assert_eq!(exact("-11062.06").to_string(), "-11,062.06");
        assert_eq!(exact("1234567.1255").to_string(), "1,234,567.1255");
        assert_eq!(exact("0").to_string(), "0.00");
    }

    #[test]
    fn what_is_no_plain_number_is_not_read() {
        for text in [
            "",
            "-",
            ".5",
            "5.",
            "1e3",
            "+1",
            " 1",
            "1,5",
            "NaN",
            "0.1234567891",
            "1.2.3",
        ] {
            assert_eq!(Exact::parse(text), None, "{text}");
        }
        assert_eq!(Exact::parse("1234567890123456"), None);
    }

    #[test]
    fn a_currency_takes_what_it_has_digits_for_and_nothing_is_rounded() {
        assert_eq!(
            exact("2.550").in_currency(Currency::GBP),
            Some(Money::new(255, Currency::GBP))
        );
        assert_eq!(exact("0.001").in_currency(Currency::GBP), None);
        let yen: Currency = "JPY".parse().unwrap();
        assert_eq!(exact("12").in_currency(yen), Some(Money::new(12, yen)));
        assert_eq!(exact("12.5").in_currency(yen), None);
    }

    #[test]
    fn money_comes_back_unchanged() {
        let money = Money::new(-1999, Currency::CAD);
        assert_eq!(
            Exact::of_minor(-1999, Currency::CAD).in_currency(Currency::CAD),
            Some(money)
        );
    }
}
