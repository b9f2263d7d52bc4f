//! How orders are paid, and how their money stands by what payments has told. Pure.

use crate::error::OrderError;
use kernel::PaymentId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// How an order is paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PaymentMethod {
    /// At the counter, now.
    Cash,
    /// Later, against an invoice.
    Invoice,
    /// A provider that only pretends, for trying things out.
    Sandbox,
    Stripe,
    Payfast,
}

impl PaymentMethod {
    pub const ALL: [Self; 5] = [
        Self::Cash,
        Self::Invoice,
        Self::Sandbox,
        Self::Stripe,
        Self::Payfast,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cash => "cash",
            Self::Invoice => "invoice",
            Self::Sandbox => "sandbox",
            Self::Stripe => "stripe",
            Self::Payfast => "payfast",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// Kept outside the shop's systems: such an order stands as soon as its stock is held. Any
    /// other waits for a provider's word as well.
    pub fn is_promise(self) -> bool {
        matches!(self, Self::Cash | Self::Invoice)
    }
}

/// The methods a shop offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offered([bool; PaymentMethod::ALL.len()]);

impl Offered {
    pub fn new(methods: impl IntoIterator<Item = PaymentMethod>) -> Self {
        let mut offered = [false; PaymentMethod::ALL.len()];
        for method in methods {
            offered[method as usize] = true;
        }
        Self(offered)
    }

    /// Cash and invoice, and what only pretends where nobody could lose by it.
    pub fn usual(environment: platform::config::Environment) -> Self {
        let pretends = environment != platform::config::Environment::Production;
        let sandbox = pretends.then_some(PaymentMethod::Sandbox);
        let promises = [PaymentMethod::Cash, PaymentMethod::Invoice];
        Self::new(promises.into_iter().chain(sandbox))
    }

    pub fn has(self, method: PaymentMethod) -> bool {
        self.0[method as usize]
    }

    pub fn check(self, method: PaymentMethod) -> Result<(), OrderError> {
        match self.has(method) {
            true => Ok(()),
            false => Err(OrderError::PaymentMethodUnavailable(method.as_str())),
        }
    }
}

/// How the money of an order stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OrderPaymentStatus)]
pub enum PaymentStatus {
    /// Nothing has been heard of it.
    Unpaid,
    /// The buyer must do something first, as on the provider's page.
    ActionRequired,
    /// Set aside for us; not moved yet.
    Authorized,
    /// The provider's answer was lost: money may have moved.
    Unknown,
    Paid,
    PartiallyRefunded,
    Refunded,
    /// Paid, and owed back: the order was cancelled or goods came back.
    RefundDue,
    /// It ended without money.
    Failed,
    /// What was set aside was let go of.
    Voided,
}

impl PaymentStatus {
    pub const ALL: [Self; 10] = [
        Self::Unpaid,
        Self::ActionRequired,
        Self::Authorized,
        Self::Unknown,
        Self::Paid,
        Self::PartiallyRefunded,
        Self::Refunded,
        Self::RefundDue,
        Self::Failed,
        Self::Voided,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unpaid => "unpaid",
            Self::ActionRequired => "action_required",
            Self::Authorized => "authorized",
            Self::Unknown => "unknown",
            Self::Paid => "paid",
            Self::PartiallyRefunded => "partially_refunded",
            Self::Refunded => "refunded",
            Self::RefundDue => "refund_due",
            Self::Failed => "failed",
            Self::Voided => "voided",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.as_str() == text)
    }

    /// After a cancellation or a return: what came is owed back.
    pub fn undone(self) -> Self {
        match self {
            Self::Paid | Self::PartiallyRefunded => Self::RefundDue,
            other => other,
        }
    }

    /// Enough for an order to stand.
    pub fn is_good(self) -> bool {
        matches!(self, Self::Authorized | Self::Paid)
    }

    /// No money is coming, and none has come.
    pub fn is_lost(self) -> bool {
        matches!(self, Self::Failed | Self::Voided)
    }
}

/// What a payment says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    ActionRequired,
    Uncertain,
    Authorized,
    Failed,
    Voided,
    /// All that came so far, in minor units.
    Captured {
        captured: i64,
    },
    /// All that went back so far, and all that had come.
    Refunded {
        refunded: i64,
        captured: i64,
    },
}

/// The payments of one order, each with the last it said. Payments follow their own versions, so
/// the order in which several of them are heard does not matter.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Payments(BTreeMap<PaymentId, Known>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Known {
    version: i64,
    last: Told,
    captured: i64,
    refunded: i64,
}

/// What else is known of an order when its money is judged.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    pub total: i64,
    pub cancelled: bool,
    /// Goods came back.
    pub returned: bool,
}

impl Payments {
    /// Takes in what a payment says; false when it has said that, or something later, before.
    pub fn hear(&mut self, id: PaymentId, version: i64, told: Told) -> bool {
        let known = self.0.entry(id).or_insert(Known {
            version: i64::MIN,
            last: told,
            captured: 0,
            refunded: 0,
        });
        if version <= known.version {
            return false;
        }
        (known.version, known.last) = (version, told);
        let (captured, refunded) = match told {
            Told::Captured { captured } => (captured, 0),
            Told::Refunded { refunded, captured } => (captured, refunded),
            _ => (0, 0),
        };
        known.captured = known.captured.max(captured);
        known.refunded = known.refunded.max(refunded);
        true
    }

    /// How the money stands by all that was heard; `None` when nothing was.
    pub fn status(&self, setting: Setting) -> Option<PaymentStatus> {
        let any = |told: Told| self.0.values().any(|one| one.last == told);
        let sum = |part: fn(&Known) -> i64| self.0.values().map(part).fold(0, i64::saturating_add);
        let (captured, refunded) = (sum(|one| one.captured), sum(|one| one.refunded));
        Some(match () {
            () if self.0.is_empty() => return None,
            () if any(Told::Uncertain) => PaymentStatus::Unknown,
            () if captured == 0 && any(Told::Authorized) => PaymentStatus::Authorized,
            () if captured == 0 && any(Told::ActionRequired) => PaymentStatus::ActionRequired,
            () if captured == 0 && any(Told::Voided) => PaymentStatus::Voided,
            () if captured == 0 => PaymentStatus::Failed,
            () if refunded >= captured => PaymentStatus::Refunded,
            () if setting.cancelled => PaymentStatus::RefundDue,
            () if refunded > 0 => PaymentStatus::PartiallyRefunded,
            () if setting.returned => PaymentStatus::RefundDue,
            // The rest is still set aside.
            () if captured < setting.total => PaymentStatus::Authorized,
            () => PaymentStatus::Paid,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::config::Environment;
    use uuid::Uuid;

    const OPEN: Setting = Setting {
        total: 50,
        cancelled: false,
        returned: false,
    };

    fn heard(told: &[(u128, i64, Told)]) -> Payments {
        let mut payments = Payments::default();
        for (id, version, told) in told {
            payments.hear(PaymentId::from_uuid(Uuid::from_u128(*id)), *version, *told);
        }
        payments
    }

    #[test]
    fn the_last_word_of_a_payment_counts() {
        let captured = Told::Captured { captured: 50 };
        let in_turn = heard(&[(1, 1, Told::Authorized), (1, 2, captured)]);
        assert_eq!(in_turn.status(OPEN), Some(PaymentStatus::Paid));
        let late = heard(&[(1, 2, captured), (1, 1, Told::Authorized)]);
        assert_eq!(late, in_turn);
        assert_eq!(heard(&[]).status(OPEN), None);
    }

    #[test]
    fn a_second_payment_stands_whatever_the_first_said() {
        let (failed, authorized) = ((1, 1, Told::Failed), (2, 1, Told::Authorized));
        for told in [[failed, authorized], [authorized, failed]] {
            assert_eq!(heard(&told).status(OPEN), Some(PaymentStatus::Authorized));
        }
        let unknown = heard(&[(1, 1, Told::Uncertain), authorized]);
        assert_eq!(unknown.status(OPEN), Some(PaymentStatus::Unknown));
    }

    #[test]
    fn money_that_came_is_paid_owed_or_given_back() {
        let paid = heard(&[(1, 1, Told::Captured { captured: 50 })]);
        let part = heard(&[(1, 1, Told::Captured { captured: 20 })]);
        let back = |refunded| {
            let captured = 50;
            heard(&[(1, 2, Told::Refunded { refunded, captured })])
        };
        let cancelled = Setting {
            cancelled: true,
            ..OPEN
        };
        let returned = Setting {
            returned: true,
            ..OPEN
        };
        for (payments, setting, status) in [
            (&paid, OPEN, PaymentStatus::Paid),
            (&part, OPEN, PaymentStatus::Authorized),
            (&part, cancelled, PaymentStatus::RefundDue),
            (&paid, cancelled, PaymentStatus::RefundDue),
            (&paid, returned, PaymentStatus::RefundDue),
            (&back(10), OPEN, PaymentStatus::PartiallyRefunded),
            (&back(10), returned, PaymentStatus::PartiallyRefunded),
            (&back(10), cancelled, PaymentStatus::RefundDue),
            (&back(50), cancelled, PaymentStatus::Refunded),
        ] {
            assert_eq!(payments.status(setting), Some(status), "{payments:?}");
        }
    }

    #[test]
    fn what_only_pretends_is_not_offered_in_production() {
        let development = Offered::usual(Environment::Development);
        assert!(development.has(PaymentMethod::Sandbox) && development.has(PaymentMethod::Cash));
        assert!(!Offered::usual(Environment::Production).has(PaymentMethod::Sandbox));
        assert!(!development.has(PaymentMethod::Stripe));
    }
}
