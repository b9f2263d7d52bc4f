//! What Stripe's objects mean in the words of the port.

use super::amount;
use super::client::reason;
use super::wire::{Intent, Session};
use crate::provider::hosted::rejected;
use crate::provider::{CallError, Charge, Standing, Told, Truth};
use kernel::Money;
use std::collections::BTreeMap;

/// Refuses a payment that is not the one we mean: another's, or of another amount.
pub(super) fn check(intent: &Intent, charge: &Charge) -> Result<(), CallError> {
    check_owner(&intent.metadata, charge)?;
    let currency = amount::currency(&intent.currency);
    let same = currency == Some(charge.amount.currency())
        && amount::to_stripe(charge.amount) == Some(intent.amount);
    same.then_some(()).ok_or_else(|| rejected("amount_differs"))
}

fn check_owner(metadata: &BTreeMap<String, String>, charge: &Charge) -> Result<(), CallError> {
    let ours = metadata.get("payment_id") == Some(&charge.payment_id.to_string());
    ours.then_some(())
        .ok_or_else(|| rejected("foreign_payment"))
}

/// How a call ended, as the payment stands after it.
pub(super) fn told(intent: &Intent, charge: &Charge) -> Result<Told, CallError> {
    check(intent, charge)?;
    let reference = intent.id.clone();
    Ok(match intent.status.as_str() {
        "requires_capture" => Told::Authorized { reference },
        "succeeded" => Told::Captured {
            amount: received(intent, charge)?,
            reference,
        },
        "requires_confirmation" => Told::Begun { reference },
        "requires_action" => match page(intent) {
            Some(redirect_url) => Told::ActionRequired {
                reference,
                redirect_url,
            },
            // Its page would need a script of theirs in a page of ours; nobody will pay there.
            None => declined("authentication_required"),
        },
        "requires_payment_method" => Told::Declined {
            reason: refusal(intent),
        },
        "canceled" => declined("expired"),
        _ => Told::Pending {
            reference: Some(reference),
        },
    })
}

/// Where a page of Stripe's leaves the payment.
pub(super) fn told_by_page(session: Session, charge: &Charge) -> Result<Told, CallError> {
    check_owner(&session.metadata, charge)?;
    let reference = session.id;
    Ok(match (session.status.as_str(), session.payment_intent) {
        ("open", _) => match session.url {
            Some(redirect_url) => Told::ActionRequired {
                reference,
                redirect_url,
            },
            None => declined("expired"),
        },
        ("complete", Some(intent)) => told(&intent, charge)?,
        ("complete", None) => Told::Pending {
            reference: Some(reference),
        },
        _ => declined("expired"),
    })
}

/// How the payment stands; `refunded` is what went back of it.
pub(super) fn truth(intent: &Intent, refunded: Money, charge: &Charge) -> Result<Truth, CallError> {
    check(intent, charge)?;
    let standing = match intent.status.as_str() {
        "requires_capture" | "succeeded" => return open(intent, refunded, charge),
        "requires_payment_method" if intent.last_payment_error.is_some() => Standing::Declined {
            reason: refusal(intent),
        },
        // It has a name and nothing more: sending the same call again confirms it.
        "requires_payment_method" | "requires_confirmation" => Standing::Absent,
        "requires_action" => match page(intent) {
            Some(redirect_url) => Standing::ActionRequired { redirect_url },
            None => Standing::Declined {
                reason: "authentication_required".to_owned(),
            },
        },
        "canceled" => Standing::Voided,
        _ => Standing::Pending,
    };
    let reference = Some(intent.id.clone());
    Ok(Truth {
        reference,
        ..Truth::without_money(charge, standing)
    })
}

/// How the payment stands before its page has made one.
pub(super) fn truth_of_page(session: &Session, charge: &Charge) -> Result<Truth, CallError> {
    check_owner(&session.metadata, charge)?;
    let standing = match (session.status.as_str(), &session.url) {
        ("open", Some(redirect_url)) => Standing::ActionRequired {
            redirect_url: redirect_url.clone(),
        },
        ("complete", _) => Standing::Pending,
        _ => Standing::Declined {
            reason: "expired".to_owned(),
        },
    };
    Ok(Truth {
        reference: Some(session.id.clone()),
        ..Truth::without_money(charge, standing)
    })
}

fn open(intent: &Intent, refunded: Money, charge: &Charge) -> Result<Truth, CallError> {
    let zero = Money::zero(charge.amount.currency());
    let captured = match intent.status.as_str() {
        "succeeded" => received(intent, charge)?,
        _ => zero,
    };
    Ok(Truth {
        standing: Standing::Open,
        reference: Some(intent.id.clone()),
        authorized: charge.amount,
        captured,
        refunded,
    })
}

/// What was taken.
fn received(intent: &Intent, charge: &Charge) -> Result<Money, CallError> {
    let received = intent.amount_received.unwrap_or(intent.amount);
    let money = amount::from_stripe(received, charge.amount.currency());
    money.ok_or_else(|| rejected("amount_differs"))
}

fn page(intent: &Intent) -> Option<String> {
    let action = intent.next_action.as_ref()?.redirect_to_url.as_ref()?;
    Some(action.url.clone())
}

fn refusal(intent: &Intent) -> String {
    let error = intent.last_payment_error.as_ref();
    error.map_or_else(|| "declined".to_owned(), reason)
}

pub(super) fn declined(reason: &str) -> Told {
    let reason = reason.to_owned();
    Told::Declined { reason }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Urls;
    use kernel::{Currency, Id};
    use serde_json::json;
    use uuid::Uuid;

    fn charge() -> Charge {
        Charge {
            payment_id: Id::from_uuid(Uuid::from_u128(1)),
            order_id: Id::from_uuid(Uuid::from_u128(2)),
            order_number: "ORD-2026-000042".to_owned(),
            amount: Money::new(4200, Currency::CAD),
            reference: Some("pi_1".to_owned()),
            key: "auth:1".to_owned(),
            automatic_capture: false,
            urls: Urls {
                success: "https://shop.example/paid".to_owned(),
                cancel: "https://shop.example/cart".to_owned(),
            },
        }
    }

    fn intent(status: &str) -> Intent {
        let id = charge().payment_id.to_string();
        let intent = json!({"id": "pi_1", "amount": 4200, "currency": "cad", "status": status,
            "metadata": {"payment_id": id}, "client_secret": "pi_1_secret_x"});
        serde_json::from_value(intent).unwrap()
    }

    fn standing(intent: &Intent) -> Standing {
        let charge = charge();
        let zero = Money::zero(charge.amount.currency());
        truth(intent, zero, &charge).unwrap().standing
    }

    #[test]
    fn every_status_has_a_meaning() {
        let reference = || "pi_1".to_owned();
        for (status, expected) in [
            (
                "requires_capture",
                Told::Authorized {
                    reference: reference(),
                },
            ),
            (
                "succeeded",
                Told::Captured {
                    reference: reference(),
                    amount: charge().amount,
                },
            ),
            (
                "requires_confirmation",
                Told::Begun {
                    reference: reference(),
                },
            ),
            ("requires_action", declined("authentication_required")),
            ("requires_payment_method", declined("declined")),
            ("canceled", declined("expired")),
            (
                "processing",
                Told::Pending {
                    reference: Some(reference()),
                },
            ),
            (
                "a status of next year",
                Told::Pending {
                    reference: Some(reference()),
                },
            ),
        ] {
            assert_eq!(told(&intent(status), &charge()), Ok(expected), "{status}");
        }
    }

    #[test]
    fn a_payment_that_was_never_confirmed_is_confirmed_by_sending_the_call_again() {
        assert_eq!(standing(&intent("requires_confirmation")), Standing::Absent);
        let mut refused = intent("requires_payment_method");
        assert_eq!(standing(&refused), Standing::Absent);
        refused.last_payment_error = Some(Default::default());
        assert!(matches!(standing(&refused), Standing::Declined { .. }));
    }

    #[test]
    fn sums_say_how_much_was_set_aside_and_taken() {
        let zero = Money::zero(Currency::CAD);
        let held = truth(&intent("requires_capture"), zero, &charge()).unwrap();
        assert_eq!((held.authorized, held.captured), (charge().amount, zero));
        let mut taken = intent("succeeded");
        taken.amount_received = Some(4000);
        let taken = truth(&taken, Money::new(500, Currency::CAD), &charge()).unwrap();
        let sums = (taken.authorized, taken.captured, taken.refunded);
        let cad = |minor| Money::new(minor, Currency::CAD);
        assert_eq!(sums, (cad(4200), cad(4000), cad(500)));
    }

    #[test]
    fn the_payment_of_another_order_or_amount_is_never_taken_for_ours() {
        let mut foreign = intent("succeeded");
        foreign.metadata.clear();
        assert_eq!(told(&foreign, &charge()), Err(rejected("foreign_payment")));
        let mut short = intent("succeeded");
        short.amount = 42;
        assert_eq!(told(&short, &charge()), Err(rejected("amount_differs")));
        let mut abroad = intent("succeeded");
        abroad.currency = "usd".to_owned();
        assert_eq!(told(&abroad, &charge()), Err(rejected("amount_differs")));
    }
}
