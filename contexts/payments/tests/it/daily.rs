//! Every day that is over is compared with every provider, once, whoever is there to do it; and
//! nobody heals anything by that.

use crate::hosted::{rehearsing, settle_calls, stripe};
use crate::shop::{confirm, count, payments, place, read, sums, text, the_payment, work};
use platform::{Host, Module};
use std::time::Duration;
use testkit::stripe::StripeCall;
use testkit::{Engine, Log, Setup, TestApp, listening, on_both};

const HOUR: Duration = Duration::from_secs(3600);
const WARNING: &str = "a provider's day differs from the ledger";

fn app(host: &Host) -> Vec<Module> {
    rehearsing(host)
}

/// At noon of 2026-03-03 a sale, and money given back that the shop did not hear of; then time
/// passes until half past midnight.
async fn a_day(app: &TestApp) -> kernel::PaymentId {
    app.clock_advance(22 * HOUR);
    let order = place(app, "stripe", 4_200).await;
    let payment = the_payment(app, order).await;
    work(app).await;
    confirm(app, order).await;
    settle_calls(app).await;
    let reference = text(&read(app, payment).await["provider_reference"]);
    stripe(app).refund_in_dashboard(&reference, 1_200);
    app.clock_advance(12 * HOUR + HOUR / 2);
    payment
}

/// How often Stripe was asked for a list while somebody did this.
async fn lists(app: &TestApp, work: impl AsyncFnOnce()) -> usize {
    let before = stripe(app).calls(StripeCall::List);
    work().await;
    stripe(app).calls(StripeCall::List) - before
}

async fn look(app: &TestApp) {
    payments(app).reconcile_yesterday().await.expect("it looks");
}

/// Days of Stripe's that were compared, and the differences in them.
async fn found(app: &TestApp) -> (i64, i64) {
    let days = "select count(*) as n from payments_reconciled
        where provider = 'stripe' and outcome = 'compared'";
    let differences = "select coalesce(cast(sum(differences) as bigint), 0) as n
        from payments_reconciled where provider = 'stripe'";
    (count(app, days).await, count(app, differences).await)
}

on_both! {
    async fn a_day_is_compared_once_however_many_look(app: TestApp) {
        let payment = a_day(&app).await;
        let one = lists(&app, async || look(&app).await).await;
        assert!(one > 0, "the day before was compared");
        assert_eq!(found(&app).await, (1, 0), "the day is not over for an hour after midnight");
        app.clock_advance(HOUR / 2);
        let both = async || { tokio::join!(look(&app), look(&app)); };
        assert_eq!(lists(&app, both).await, one, "one of two processes does it");
        assert_eq!(found(&app).await, (2, 1));
        app.clock_advance(5 * HOUR);
        assert_eq!(lists(&app, async || look(&app).await).await, 0, "it is done");
        assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "0.00"], "nobody healed it");
    }

    async fn a_provider_that_does_not_answer_is_asked_again_in_an_hour(app: TestApp) {
        a_day(&app).await;
        app.clock_advance(HOUR);
        stripe(&app).go_down().await;
        look(&app).await;
        assert_eq!(found(&app).await, (0, 0));
        stripe(&app).come_up().await;
        app.clock_advance(HOUR / 2);
        look(&app).await;
        assert_eq!(found(&app).await, (0, 0), "not yet");
        app.clock_advance(HOUR);
        look(&app).await;
        assert_eq!(found(&app).await, (1, 1));
    }
}

/// What is said of a day with a difference, and by how much.
fn said_on(engine: Engine) -> String {
    listening(async |log: Log| {
        let app = TestApp::start(Setup::new(engine, app)).await;
        a_day(&app).await;
        log.ask_again();
        look(&app).await;
        assert!(!log.text().contains(WARNING), "the day before was in order");
        app.clock_advance(HOUR);
        look(&app).await;
        app.end().await;
        log.text()
    })
}

fn is_warned(said: &str) {
    let warning = said.lines().find(|line| line.contains(WARNING));
    let warning = warning.expect("it is logged");
    for part in [
        "WARN",
        "stripe",
        "2026-03-03",
        "differences=1",
        "comptoir payments reconcile",
    ] {
        assert!(warning.contains(part), "{part} is not in {warning}");
    }
}

#[test]
fn differences_are_told_with_day_provider_and_number_on_sqlite() {
    is_warned(&said_on(Engine::Sqlite));
}

#[test]
fn differences_are_told_with_day_provider_and_number_on_postgres() {
    is_warned(&said_on(Engine::Postgres));
}
