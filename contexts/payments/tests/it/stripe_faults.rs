//! Whatever goes wrong on the way to Stripe and back, a sale ends with its money taken once, or
//! with none taken: no double charge, nothing set aside for nobody.

use crate::hosted::{PATIENCE, rehearsing, settle_calls, stripe};
use crate::shop::{cancel, confirm, place, refund, status, sums, the_payment, told, work};
use kernel::{OrderId, PaymentId};
use platform::{Host, Module};
use testkit::stripe::StripeCall;
use testkit::{Fault, TestApp, on_both};

fn app(host: &Host) -> Vec<Module> {
    rehearsing(host)
}

const LOST: [Fault; 5] = [
    Fault::LostBefore,
    Fault::LostAfter,
    Fault::FailBefore,
    Fault::FailAfter,
    Fault::Hang,
];

/// An order, and its payment once there is one.
async fn order(app: &TestApp) -> (OrderId, PaymentId) {
    let order = place(app, "stripe", 4_200).await;
    (order, the_payment(app, order).await)
}

/// An order whose money was taken.
async fn paid(app: &TestApp) -> (OrderId, PaymentId) {
    let (order, payment) = order(app).await;
    work(app).await;
    confirm(app, order).await;
    settle_calls(app).await;
    assert_eq!(sums(app, payment).await, ["42.00", "42.00", "0.00"]);
    (order, payment)
}

/// What we say and what Stripe says is the same, and one payment.
async fn agree(app: &TestApp, order: OrderId, payment: PaymentId, what: &str) {
    let book = stripe(app).book();
    assert_eq!(book.of(payment).len(), 1, "{what}: {book:?}");
    let [_, captured, refunded] = sums(app, payment).await;
    let cents = |text: &str| text.replace('.', "").parse::<i64>().expect("an amount");
    assert_eq!(
        book.kept(order),
        cents(&captured) - cents(&refunded),
        "{what}"
    );
    assert!(book.captures(order) <= 1, "{what}: charged twice");
}

on_both! {
    async fn confirming_goes_wrong_and_money_is_set_aside_once(app: TestApp) {
        for fault in LOST {
            stripe(&app).set_fault_times(StripeCall::Confirm, fault, 1);
            let (order, payment) = order(&app).await;
            work(&app).await;
            assert_eq!(status(&app, order).await, "unknown", "{fault:?}");
            settle_calls(&app).await;
            assert_eq!(told(&app, payment).await, ["uncertain", "authorized"], "{fault:?}");
            assert_eq!(stripe(&app).book().held(order), 4_200, "{fault:?}");
            confirm(&app, order).await;
            settle_calls(&app).await;
            agree(&app, order, payment, &format!("{fault:?}")).await;
            assert_eq!(stripe(&app).book().kept(order), 4_200, "{fault:?}");
        }
    }

    async fn taking_goes_wrong_and_money_is_taken_once(app: TestApp) {
        for fault in LOST {
            let (order, payment) = order(&app).await;
            work(&app).await;
            stripe(&app).set_fault_times(StripeCall::Capture, fault, 1);
            confirm(&app, order).await;
            work(&app).await;
            assert_eq!(status(&app, order).await, "unknown", "{fault:?}");
            settle_calls(&app).await;
            assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "0.00"], "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
            assert_eq!(stripe(&app).book().captures(order), 1, "{fault:?}");
        }
    }

    async fn letting_go_goes_wrong_and_nothing_stays_set_aside(app: TestApp) {
        for fault in LOST {
            let (order, payment) = order(&app).await;
            work(&app).await;
            stripe(&app).set_fault_times(StripeCall::Cancel, fault, 1);
            cancel(&app, order).await;
            settle_calls(&app).await;
            assert_eq!(status(&app, order).await, "voided", "{fault:?}");
            let book = stripe(&app).book();
            assert_eq!((book.held(order), book.kept(order)), (0, 0), "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
        }
    }

    async fn giving_back_goes_wrong_and_money_goes_back_once(app: TestApp) {
        for fault in LOST {
            let (order, payment) = paid(&app).await;
            stripe(&app).set_fault_times(StripeCall::Refund, fault, 1);
            refund(&app, payment, "12.00").await.expect(201);
            settle_calls(&app).await;
            assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "12.00"], "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
            assert_eq!(stripe(&app).book().of(payment)[0].refunds, 1, "{fault:?}");
        }
    }

    async fn a_cancellation_while_the_answer_is_unknown_ends_without_money(app: TestApp) {
        for fault in LOST {
            stripe(&app).set_fault_times(StripeCall::Confirm, fault, 1);
            let (order, payment) = order(&app).await;
            work(&app).await;
            cancel(&app, order).await;
            settle_calls(&app).await;
            let book = stripe(&app).book();
            assert_eq!((book.held(order), book.kept(order)), (0, 0), "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
        }
    }

    async fn a_capture_whose_answer_is_lost_and_whose_order_is_cancelled_goes_back(app: TestApp) {
        for fault in LOST {
            let (order, payment) = order(&app).await;
            work(&app).await;
            stripe(&app).set_fault_times(StripeCall::Capture, fault, 1);
            confirm(&app, order).await;
            work(&app).await;
            cancel(&app, order).await;
            settle_calls(&app).await;
            let book = stripe(&app).book();
            assert_eq!((book.held(order), book.kept(order)), (0, 0), "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
        }
    }

    /// The one case in which asking first does not help: the key keeps money from moving twice.
    async fn what_is_done_only_after_we_have_asked_and_sent_it_again_is_done_once(app: TestApp) {
        let late = Fault::Late(PATIENCE.total * 3);
        let (order, payment) = paid(&app).await;
        stripe(&app).set_fault_times(StripeCall::Refund, late, 1);
        refund(&app, payment, "12.00").await.expect(201);
        for _ in 0..4 {
            work(&app).await;
            app.clock_advance(std::time::Duration::from_secs(61));
        }
        assert!(stripe(&app).calls(StripeCall::Refund) > 1, "it was sent again");
        tokio::time::sleep(PATIENCE.total * 3).await;
        settle_calls(&app).await;
        assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "12.00"]);
        assert_eq!(stripe(&app).book().of(payment)[0].refunds, 1);
        agree(&app, order, payment, "late").await;
    }

    async fn a_question_that_is_not_answered_is_asked_again(app: TestApp) {
        for fault in LOST {
            stripe(&app).set_fault_times(StripeCall::Confirm, Fault::LostAfter, 1);
            stripe(&app).set_fault_times(StripeCall::Find, fault, 3);
            let (order, payment) = order(&app).await;
            settle_calls(&app).await;
            assert_eq!(told(&app, payment).await, ["uncertain", "authorized"], "{fault:?}");
            agree(&app, order, payment, &format!("{fault:?}")).await;
        }
    }

    async fn a_provider_that_is_down_for_half_an_hour_holds_up_no_undoing(app: TestApp) {
        let (order, payment) = order(&app).await;
        work(&app).await;
        stripe(&app).go_down().await;
        cancel(&app, order).await;
        for _ in 0..30 {
            work(&app).await;
            app.clock_advance(std::time::Duration::from_secs(60));
        }
        stripe(&app).come_up().await;
        settle_calls(&app).await;
        assert_eq!(status(&app, order).await, "voided");
        agree(&app, order, payment, "down").await;
        assert_eq!(stripe(&app).book().held(order), 0);
    }

    async fn a_provider_that_cannot_be_reached_was_not_paid_and_the_payment_fails(app: TestApp) {
        stripe(&app).go_down().await;
        let (_, payment) = order(&app).await;
        settle_calls(&app).await;
        assert_eq!(told(&app, payment).await, ["failed"]);
        stripe(&app).come_up().await;
        assert!(stripe(&app).book().payments.is_empty());
    }

    /// Stripe answers a key with the failure it gave it first, for a day.
    async fn what_was_never_begun_leaves_nobody_waiting(app: TestApp) {
        for fault in LOST {
            stripe(&app).set_fault_times(StripeCall::MakePayment, fault, 1);
            let (order, payment) = order(&app).await;
            work(&app).await;
            assert_eq!(status(&app, order).await, "pending", "{fault:?}");
            cancel(&app, order).await;
            work(&app).await;
            assert_eq!(told(&app, payment).await, ["failed"], "{fault:?}");
            assert_eq!(stripe(&app).book().held(order), 0, "{fault:?}");
        }
        stripe(&app).set_fault_times(StripeCall::MakePayment, Fault::FailAfter, 1);
        let (order, payment) = order(&app).await;
        settle_calls(&app).await;
        assert_eq!(told(&app, payment).await, ["failed"]);
        assert_eq!(stripe(&app).book().held(order), 0);
    }

    async fn a_bank_that_says_no_is_a_definite_end(app: TestApp) {
        stripe(&app).set_fault_times(StripeCall::Confirm, Fault::Decline, 1);
        let (order, payment) = order(&app).await;
        settle_calls(&app).await;
        assert_eq!(told(&app, payment).await, ["failed"]);
        assert_eq!(stripe(&app).book().held(order), 0);
    }

    async fn too_many_calls_and_slow_ones_come_through(app: TestApp) {
        let pause = std::time::Duration::from_millis(100);
        stripe(&app).set_fault(StripeCall::Confirm, Fault::Slow(pause));
        stripe(&app).set_fault_times(StripeCall::MakePayment, Fault::TooMany, 2);
        let (_, payment) = order(&app).await;
        settle_calls(&app).await;
        assert_eq!(told(&app, payment).await, ["authorized"]);
    }
}
