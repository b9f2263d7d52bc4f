//! How things are written in a language. Pure.

use kernel::{Language, Money};

/// An amount with its currency: `1,234.50 CAD`, in French `1 234,50 CAD`.
pub fn money(amount: Money, language: Language) -> String {
    // What must not be torn apart at the end of a line is held together by U+00A0.
    let (group, point) = match language {
        Language::English => (",", "."),
        Language::French => ("\u{a0}", ","),
    };
    let plain = amount.to_string();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let (sign, digits) = match whole.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", whole),
    };
    let mut grouped = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            grouped.push_str(group);
        }
        grouped.push(digit);
    }
    let point = if part.is_empty() { "" } else { point };
    let code = amount.currency().code();
    format!("{sign}{grouped}{point}{part}\u{a0}{code}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Currency;

    #[test]
    fn an_amount_is_written_as_its_reader_writes_it() {
        let written = |minor, language| money(Money::new(minor, Currency::CAD), language);
        for (minor, english, french) in [
            (5, "0.05\u{a0}CAD", "0,05\u{a0}CAD"),
            (123_450, "1,234.50\u{a0}CAD", "1\u{a0}234,50\u{a0}CAD"),
            (-99_999, "-999.99\u{a0}CAD", "-999,99\u{a0}CAD"),
            (
                100_000_000,
                "1,000,000.00\u{a0}CAD",
                "1\u{a0}000\u{a0}000,00\u{a0}CAD",
            ),
        ] {
            assert_eq!(written(minor, Language::English), english);
            assert_eq!(written(minor, Language::French), french);
        }
        let yen: Currency = "JPY".parse().expect("a currency");
        assert_eq!(
            money(Money::new(1200, yen), Language::English),
            "1,200\u{a0}JPY"
        );
    }
}
