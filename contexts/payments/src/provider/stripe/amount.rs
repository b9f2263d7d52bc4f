//! Amounts as Stripe counts them: in the currency's smallest unit, but for a few currencies not in
//! that of ISO 4217.

use kernel::{Currency, Money};

/// What Stripe calls this amount; `None` when it cannot be paid there.
pub(super) fn to_stripe(amount: Money) -> Option<i64> {
    let (minor, units) = (amount.minor(), Units::of(amount.currency()));
    let scaled = minor.checked_mul(units.times)?;
    (scaled % units.divided_by == 0 && minor >= 0).then(|| scaled / units.divided_by)
}

/// The amount that Stripe means.
pub(super) fn from_stripe(amount: i64, currency: Currency) -> Option<Money> {
    let units = Units::of(currency);
    let scaled = amount.checked_mul(units.divided_by)?;
    (scaled % units.times == 0).then(|| Money::new(scaled / units.times, currency))
}

/// The currency that Stripe means; it writes small letters.
pub(super) fn currency(code: &str) -> Option<Currency> {
    code.to_ascii_uppercase().parse().ok()
}

/// How many of Stripe's units are so many of ours.
struct Units {
    times: i64,
    divided_by: i64,
}

impl Units {
    /// <https://docs.stripe.com/currencies#special-cases>, and the ariary, which ISO 4217 gives
    /// two digits and Stripe none.
    fn of(currency: Currency) -> Self {
        let (times, divided_by) = match currency.code() {
            "ISK" | "UGX" => (100, 1),
            "MGA" => (1, 100),
            _ => (1, 1),
        };
        Self { times, divided_by }
    }
}

/// With three digits, Stripe takes tens only.
pub(super) fn is_round_enough(amount: Money) -> bool {
    amount.currency().digits() < 3 || amount.minor() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn most_currencies_count_alike() {
        for code in ["CAD", "JPY", "KWD", "ZAR"] {
            assert_eq!(to_stripe(money(1990, code)), Some(1990), "{code}");
        }
    }

    #[test]
    fn a_few_do_not_and_come_back_as_they_went() {
        for (minor, code, stripe) in [(15, "ISK", 1500), (15, "UGX", 1500), (1500, "MGA", 15)] {
            assert_eq!(to_stripe(money(minor, code)), Some(stripe), "{code}");
            let back = from_stripe(stripe, code.parse().unwrap());
            assert_eq!(back, Some(money(minor, code)), "{code}");
        }
        assert_eq!(to_stripe(money(1501, "MGA")), None);
        assert_eq!(from_stripe(1501, "ISK".parse().unwrap()), None);
    }

    #[test]
    fn thousandths_are_paid_in_tens() {
        assert!(is_round_enough(money(5120, "KWD")));
        assert!(!is_round_enough(money(5124, "KWD")));
        assert!(is_round_enough(money(5124, "CAD")));
    }
}
