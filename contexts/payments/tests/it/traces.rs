//! What those can follow who look after the shop: which event led to which, and what the log says.

use crate::shop::{app, cancel, confirm, paid, payments, place, status, the_payment, work};
use kernel::{Currency, Money};
use payments::provider::{Standing, Truth};
use platform::events::read_after;
use std::collections::HashMap;
use testkit::{Engine, Setup, TestApp, listening, on_both};

const LATE: &str = "money was taken for a cancelled order";

/// What the payments told, each with the event that led to it, without their common words.
async fn led_by(app: &TestApp) -> Vec<(String, String)> {
    app.settle().await;
    let mut tx = app.host().db.read().await.expect("the database answers");
    let events = read_after(&mut tx, 0, 1_000).await;
    let events = events.expect("events can be read");
    let short = |kind: &str| kind.replace("comptoir.", "").replace(".v1", "");
    let kinds: HashMap<_, _> = events
        .iter()
        .map(|event| (event.id, short(&event.kind)))
        .collect();
    let told = events
        .iter()
        .filter(|event| event.kind.contains(".payments."));
    let cause = |id| kinds.get(&id).cloned().unwrap_or_default();
    told.map(|event| {
        (
            short(&event.kind),
            event.causation.map_or_else(String::new, cause),
        )
    })
    .collect()
}

on_both! {
    async fn what_comes_of_a_call_names_the_event_that_led_to_the_call(app: TestApp) {
        let (order, _) = paid(&app, 500).await;
        cancel(&app, order).await;
        work(&app).await;
        let let_go = place(&app, "sandbox", 700).await;
        work(&app).await;
        cancel(&app, let_go).await;
        work(&app).await;
        let wanted = [
            ("payments.payment-authorized", "inventory.stock-reserved"),
            ("payments.payment-captured", "orders.order-confirmed"),
            ("payments.payment-refunded", "orders.order-cancelled"),
            ("payments.payment-authorized", "inventory.stock-reserved"),
            ("payments.payment-voided", "orders.order-cancelled"),
        ];
        let wanted = wanted.map(|(told, cause)| (told.to_owned(), cause.to_owned()));
        assert_eq!(led_by(&app).await, wanted);
    }
}

/// Tells a story on this engine; answers with what was logged meanwhile.
fn logged(engine: Engine, story: impl AsyncFnOnce(&TestApp)) -> String {
    listening(async |log| {
        let app = TestApp::start(Setup::new(engine, app)).await;
        app.get("/health").send().await.expect(200);
        log.ask_again();
        story(&app).await;
        app.settle().await;
        app.end().await;
        log.text()
    })
}

async fn a_paid_order_is_cancelled(app: &TestApp) {
    let (order, _) = paid(app, 500).await;
    cancel(app, order).await;
    work(app).await;
    assert_eq!(status(app, order).await, "refunded");
}

/// Somebody at the provider takes what was about to be let go of.
async fn a_cancelled_order_is_paid(app: &TestApp) {
    let order = place(app, "sandbox", 500).await;
    work(app).await;
    confirm(app, order).await;
    cancel(app, order).await;
    let [nothing, all] = [0, 500].map(|minor| Money::new(minor, Currency::CAD));
    let taken = Truth {
        standing: Standing::Open,
        reference: None,
        authorized: all,
        captured: all,
        refunded: nothing,
    };
    let payment = the_payment(app, order).await;
    let learned = payments(app).learn(payment, &taken).await;
    learned.expect("it is taken in");
}

#[test]
fn giving_back_what_a_cancelled_order_had_paid_is_no_cause_for_alarm() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let log = logged(engine, a_paid_order_is_cancelled);
        assert!(log.contains("/health"), "the log was really listened to");
        assert!(!log.contains(LATE), "{log}");
    }
}

#[test]
fn money_that_comes_after_the_cancellation_is_warned_of() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        assert!(logged(engine, a_cancelled_order_is_paid).contains(LATE));
    }
}
