//! Answers that are lost, calls that are cut off: unknown is a state, and one key moves money once.

use crate::shop::{
    cancel, confirm, count, open, payments, payments_of, place, refund, status, sums, text,
    the_payment, told, told_of_order, work,
};
use payments::provider::sandbox::Switches;
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

fn app(host: &Host) -> Vec<Module> {
    let answer_lost = true;
    open(
        host,
        Switches {
            answer_lost,
            ..Switches::default()
        },
    )
}

/// As long as it takes until every lost answer was looked into.
async fn look_into_it(app: &TestApp) {
    app.clock_advance(Duration::from_secs(3));
    work(app).await;
}

on_both! {
    async fn a_lost_answer_is_unknown_until_the_provider_is_asked(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "unknown");
        look_into_it(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["uncertain", "authorized"]);
        confirm(&app, order).await;
        work(&app).await;
        look_into_it(&app).await;
        let payment = the_payment(&app, order).await;
        assert_eq!(sums(&app, payment).await, ["5.00", "5.00", "0.00"]);
        let tries = "select cast(max(sent) as bigint) as n from payments_attempt";
        assert_eq!(count(&app, tries).await, 1, "the question moved nothing");
    }

    async fn while_it_is_unknown_no_second_payment_starts(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        for method in ["sandbox", "cash"] {
            let path = format!("/v1/orders/{order}/payments");
            let asked = app.post(&path).as_role(Role::Clerk).json(json!({"method": method}));
            assert_eq!(asked.send().await.expect(409).code(), "PAYMENT_OPEN");
        }
        assert_eq!(payments_of(&app, order).await.len(), 1);
    }

    async fn a_cancellation_of_what_is_unknown_waits_for_the_truth(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        cancel(&app, order).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "unknown");
        for _ in 0..4 {
            look_into_it(&app).await;
        }
        let told = told_of_order(&app, order).await;
        assert_eq!(told, ["uncertain", "authorized", "uncertain", "voided"]);
    }

    async fn a_refund_whose_answer_is_lost_is_made_once(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        look_into_it(&app).await;
        confirm(&app, order).await;
        for _ in 0..4 {
            look_into_it(&app).await;
        }
        let payment = the_payment(&app, order).await;
        refund(&app, payment, "2.00").await.expect(201);
        work(&app).await;
        assert_eq!(status(&app, order).await, "unknown");
        look_into_it(&app).await;
        assert_eq!(sums(&app, payment).await, ["5.00", "5.00", "2.00"]);
        assert_eq!(status(&app, order).await, "partially_refunded");
    }
}

mod slow {
    use super::*;

    fn app(host: &Host) -> Vec<Module> {
        let slow = Some(Duration::from_millis(300));
        open(
            host,
            Switches {
                slow,
                ..Switches::default()
            },
        )
    }

    on_both! {
        async fn a_call_that_a_crash_cuts_off_is_sent_again_with_the_same_key(app: TestApp) {
            let order = place(&app, "sandbox", 500).await;
            let cut = tokio::time::timeout(Duration::from_millis(200), work(&app)).await;
            assert!(cut.is_err(), "the sandbox is slow");
            let sent = "select sent as n from payments_attempt where state = 'ready'";
            assert_eq!(count(&app, sent).await, 1);
            work(&app).await;
            assert_eq!(told_of_order(&app, order).await, ["authorized"]);
            assert_eq!(count(&app, "select count(*) as n from payments_attempt").await, 1);
        }

        async fn a_cancellation_during_the_call_undoes_it_when_the_answer_is_there(app: TestApp) {
            let order = place(&app, "sandbox", 500).await;
            let calls = payments(&app);
            let call = tokio::spawn(async move { calls.make_calls().await });
            tokio::time::sleep(Duration::from_millis(150)).await;
            cancel(&app, order).await;
            call.await.expect("nobody panics").expect("the calls are made");
            work(&app).await;
            assert_eq!(told_of_order(&app, order).await, ["authorized", "voided"]);
        }

        async fn a_slow_call_holds_up_no_other(app: TestApp) {
            let sandbox = payments(&app).sandbox().expect("there is one").clone();
            sandbox.switch(Switches { slow: Some(Duration::from_secs(4)), ..Switches::default() });
            let slow = place(&app, "sandbox", 500).await;
            let calls = payments(&app);
            let call = tokio::spawn(async move { calls.make_calls().await });
            let sent = "select count(*) as n from payments_attempt where sent = 1";
            while count(&app, sent).await == 0 {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            sandbox.switch(Switches::default());
            let quick = place(&app, "sandbox", 500).await;
            while status(&app, quick).await != "authorized" {
                assert!(!call.is_finished(), "the quick one waited for the slow one");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            assert_eq!(status(&app, slow).await, "pending");
            call.await.expect("nobody panics").expect("the calls are made");
            assert_eq!(status(&app, slow).await, "authorized");
        }
    }
}

mod failing_capture {
    use super::*;

    fn app(host: &Host) -> Vec<Module> {
        let failing_capture = true;
        open(
            host,
            Switches {
                failing_capture,
                ..Switches::default()
            },
        )
    }

    on_both! {
        async fn what_cannot_be_taken_is_let_go_of_and_the_payment_has_failed(app: TestApp) {
            let order = place(&app, "sandbox", 500).await;
            confirm(&app, order).await;
            work(&app).await;
            let payment = the_payment(&app, order).await;
            assert_eq!(told(&app, payment).await, ["authorized", "failed"]);
            let view = crate::shop::read(&app, payment).await;
            assert_eq!(text(&view["reason"]), "capture_refused");
            let free = "select authorized_minor - voided_minor as n from payments_payment";
            assert_eq!(count(&app, free).await, 0);
        }
    }
}
