//! A day, compared with the provider in both directions.

use crate::shop::{app, paid, payments, place, sums, text, work};
use kernel::Money;
use payments::provider::Provider as _;
use payments::{Day, DifferenceKind, Outcome};
use platform::auth::Role;
use std::time::Duration;
use testkit::{TestApp, on_both};

/// The sandbox speaks of whole days only of which it has seen the beginning.
fn next_day(app: &TestApp) {
    app.clock_advance(Duration::from_secs(24 * 3600));
}

on_both! {
    async fn a_day_on_which_nothing_went_wrong_is_balanced(app: TestApp) {
        next_day(&app);
        paid(&app, 500).await;
        paid(&app, 700).await;
        place(&app, "cash", 900).await;
        payments(&app).book_cash().await.expect("it is booked");
        let path = "/v1/payments/reconciliation?date=2026-03-03";
        let day = app.get(path).as_role(Role::Manager).send().await.expect(200).json();
        assert_eq!(day["balanced"], true);
        let of = |name: &str| {
            let all = day["providers"].as_array().expect("a list");
            all.iter().find(|one| one["provider"] == name).expect("it is there").clone()
        };
        assert_eq!(text(&of("sandbox")["captured"][0]["amount"]), "12.00");
        assert_eq!((&of("sandbox")["ours"], &of("sandbox")["theirs"]), (&2.into(), &2.into()));
        assert_eq!(text(&of("cash")["captured"][0]["amount"]), "9.00");
        assert_eq!(text(&of("cash")["outcome"]), "no_list");
        for (query, status) in [("?date=yesterday", 422), ("?day=1", 422), ("", 200)] {
            let path = format!("/v1/payments/reconciliation{query}");
            app.get(&path).as_role(Role::Manager).send().await.expect(status);
        }
        app.get(path).as_role(Role::Clerk).send().await.expect(403);
    }

    async fn a_refund_made_at_the_provider_is_found_and_healed(app: TestApp) {
        next_day(&app);
        let (_, payment) = paid(&app, 500).await;
        let payments = payments(&app);
        let (mut charge, _) = payments.charge_of(payment).await.expect("it is there");
        charge.key = "made on the provider's own pages".to_owned();
        let sandbox = payments.sandbox().expect("there is one");
        let back = Money::new(200, charge.amount.currency());
        sandbox.refund(&charge, back).await.expect("the sandbox gives back");
        let day: Day = "2026-03-03".parse().expect("a day");
        let compared = payments.reconcile(day.from(), day.until(), false).await;
        let compared = compared.expect("it is compared");
        let kinds: Vec<_> = compared.providers.iter()
            .flat_map(|one| one.differences.iter().map(|difference| difference.kind)).collect();
        assert_eq!(kinds, [DifferenceKind::AmountDiffers]);
        let healed = payments.reconcile(day.from(), day.until(), true).await;
        assert!(healed.expect("it is compared").balanced);
        assert_eq!(sums(&app, payment).await, ["5.00", "5.00", "2.00"]);
    }

    async fn money_that_only_one_side_knows_of_is_named(app: TestApp) {
        next_day(&app);
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        let payment = crate::shop::the_payment(&app, order).await;
        let payments = payments(&app);
        let (mut charge, _) = payments.charge_of(payment).await.expect("it is there");
        charge.key = "behind our back".to_owned();
        let sandbox = payments.sandbox().expect("there is one");
        sandbox.capture(&charge, charge.amount).await.expect("the sandbox takes it");
        let day: Day = "2026-03-03".parse().expect("a day");
        let compared = payments.reconcile(day.from(), day.until(), false).await;
        let compared = compared.expect("it is compared");
        let differences = compared.providers.iter().flat_map(|one| one.differences.iter());
        let found: Vec<_> = differences.map(|one| (one.kind, one.payment_id)).collect();
        assert_eq!(found, [(DifferenceKind::MissingHere, Some(payment))]);
        let healed = payments.reconcile(day.from(), day.until(), true).await;
        let healed = healed.expect("it is compared");
        assert!(healed.balanced, "{healed:?}");
        let compared = healed.providers.iter().find(|one| one.provider == "sandbox");
        assert_eq!(compared.expect("it is there").outcome, Outcome::Compared);
        assert_eq!(sums(&app, payment).await[1], "5.00");
    }
}
