//! `comptoir payments reconcile` as an operator runs it, beside an open shop and a provider that
//! knows more than the shop.

use crate::binary::{Ran, Till, on_both_by_binary};
use crate::served::{Served, until};
use platform::Source;
use serde_json::Value;
use testkit::stripe::{STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeSimulator};

/// A shop that takes cards at the simulator, without a page.
fn account(stripe: &StripeSimulator) -> [(&str, &str); 4] {
    [
        ("COMPTOIR_STRIPE_URL", stripe.url()),
        ("COMPTOIR_STRIPE_SECRET_KEY", STRIPE_KEY),
        ("COMPTOIR_STRIPE_WEBHOOK_SECRET", STRIPE_WEBHOOK_SECRET),
        ("COMPTOIR_STRIPE_TEST_CARD", "pm_card_visa"),
    ]
}

/// Sells one piece by card; answers the payment once its money was taken.
async fn sell(served: &Served) -> (Value, Value) {
    let goods = served.furnish();
    let order = served.order(&goods, "stripe");
    let path = format!("/v1/orders/{}/payments", order["id"].as_str().unwrap());
    let taken = async || {
        let payment = served.get(&path)["items"][0].clone();
        (payment["status"] == "captured").then_some(payment)
    };
    (order, until(taken).await)
}

/// The line about Stripe in the table of providers or of differences.
fn row<'a>(ran: &'a Ran, part: &str) -> &'a str {
    let mut rows = ran.out.lines().filter(|line| line.contains("stripe"));
    rows.find(|row| row.contains(part))
        .unwrap_or_else(|| panic!("{part} is not in {}", ran.out))
}

on_both_by_binary! {
    async fn a_difference_is_named_fails_and_is_healed(till: &Till) {
        let stripe = StripeSimulator::start(Source::system()).await;
        let account = account(&stripe);
        let served = till.serve(&account).await;
        let (order, payment) = sell(&served).await;
        let day = &payment["updated_at"].as_str().unwrap()[..10];
        let reconcile = |more: &[&str]| {
            till.run_with(&account, &[&["payments", "reconcile", "--date", day], more].concat())
        };
        let agreed = reconcile(&[]);
        assert_eq!(agreed.code, Some(0), "{agreed:?}");
        assert!(agreed.says("no differences") && agreed.says(day), "{}", agreed.out);
        row(&agreed, "9.99 CAD");

        stripe.refund_in_dashboard(payment["provider_reference"].as_str().unwrap(), 100);
        for _ in 0..2 {
            let differs = reconcile(&[]);
            assert_eq!(differs.code, Some(1), "{differs:?}");
            let row = row(&differs, "amount differs");
            for part in [order["number"].as_str().unwrap(), payment["id"].as_str().unwrap(),
                "9.99 CAD, back 0.00 CAD", "9.99 CAD, back 1.00 CAD"] {
                assert!(row.contains(part), "{part} is not in {row}");
            }
            assert!(differs.says("1 differences"), "{}", differs.out);
        }
        let healed = reconcile(&["--heal"]);
        assert_eq!(healed.code, Some(0), "{healed:?}");
        assert!(healed.says("no differences"), "{}", healed.out);
        let path = format!("/v1/payments/{}", payment["id"].as_str().unwrap());
        assert_eq!(served.get(&path)["refunded"]["amount"], "1.00");
        assert_eq!(reconcile(&[]).code, Some(0), "it stays healed");
        let verified = till.run(&["verify"]);
        assert_eq!(verified.code, Some(0), "{}", verified.out);

        stripe.go_down().await;
        let silent = reconcile(&[]);
        assert_eq!(silent.code, Some(1), "{silent:?}");
        row(&silent, "no answer");
        assert!(silent.says("0 differences; 1 providers did not answer"), "{}", silent.out);
    }

    async fn yesterday_is_compared_when_no_day_is_named(till: &Till) {
        let empty = till.run(&["payments", "reconcile"]);
        assert_eq!(empty.code, Some(0), "{empty:?}");
        let yesterday = payments::Day::before(Source::system().now()).to_string();
        assert!(empty.says(&yesterday) && empty.says("no differences"), "{}", empty.out);
        let wrong = till.run(&["payments", "reconcile", "--date", "soon"]);
        assert_eq!((wrong.code, wrong.out.as_str()), (Some(2), ""), "{wrong:?}");
    }
}
