//! What Stripe tells unasked: signed, taken in once, and only a hint to ask.

use crate::hosted::{app, follow, post, stripe, tell_stripes};
use crate::shop::{confirm, count, place, read, status, sums, text, the_payment, told, work};
use kernel::{OrderId, PaymentId};
use serde_json::json;
use std::time::Duration;
use testkit::stripe::{Buyer, STRIPE_WEBHOOK_SECRET, StripeCall, sign};
use testkit::{Delivery, Fault, Message, TestApp, on_both};

const WEBHOOK: &str = "/v1/webhooks/stripe";

/// An order whose buyer was sent to Stripe's page and has paid there; nobody has told us yet.
async fn paid_on_the_page(app: &TestApp) -> (OrderId, PaymentId) {
    let order = place(app, "stripe", 4_200).await;
    work(app).await;
    let payment = the_payment(app, order).await;
    let page = text(&read(app, payment).await["redirect_url"]);
    stripe(app).buyer(&page, Buyer::Pays);
    (order, payment)
}

async fn inbox(app: &TestApp) -> i64 {
    count(app, "select count(*) as n from payments_inbox").await
}

/// A webhook about this payment, of this kind, that Stripe could have sent.
fn event(app: &TestApp, id: &str, kind: &str, object: serde_json::Value) -> Message {
    let body = json!({"id": id, "object": "event", "type": kind, "data": {"object": object}});
    sign(
        &body.to_string(),
        app.host().source.now(),
        STRIPE_WEBHOOK_SECRET,
    )
}

on_both! {
    async fn a_webhook_tells_that_the_buyer_has_paid_and_the_money_is_taken(app: TestApp) {
        let (order, payment) = paid_on_the_page(&app).await;
        assert_eq!(status(&app, order).await, "pending");
        assert!(tell_stripes(&app).await >= 2);
        follow(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
        confirm(&app, order).await;
        work(&app).await;
        assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "0.00"]);
        let book = stripe(&app).book();
        assert_eq!((book.captures(order), book.kept(order)), (1, 4_200));
        tell_stripes(&app).await;
        follow(&app).await;
        assert_eq!(told(&app, payment).await, ["action-required", "authorized", "captured"]);
    }

    async fn webhooks_that_come_twice_or_backwards_change_nothing_more(app: TestApp) {
        for delivery in [Delivery::Doubled, Delivery::Reversed] {
            let (order, payment) = paid_on_the_page(&app).await;
            let before = inbox(&app).await;
            let messages = stripe(&app).take_messages();
            let events = i64::try_from(messages.len()).expect("a few");
            for message in delivery.plan(messages) {
                post(&app, WEBHOOK, &message).await.expect(200);
                follow(&app).await;
            }
            assert_eq!(inbox(&app).await - before, events);
            assert_eq!(told(&app, payment).await, ["action-required", "authorized"]);
            assert_eq!(stripe(&app).book().held(order), 4_200, "{delivery:?}");
        }
    }

    async fn a_webhook_that_comes_again_later_has_no_effect(app: TestApp) {
        let (order, payment) = paid_on_the_page(&app).await;
        let messages = stripe(&app).take_messages();
        for message in &messages {
            post(&app, WEBHOOK, message).await.expect(200);
        }
        follow(&app).await;
        confirm(&app, order).await;
        work(&app).await;
        let (version, asked) = (read(&app, payment).await, stripe(&app).calls(StripeCall::Find));
        for message in &messages {
            post(&app, WEBHOOK, message).await.expect(200);
        }
        follow(&app).await;
        assert_eq!(read(&app, payment).await, version);
        assert_eq!(stripe(&app).calls(StripeCall::Find), asked, "nobody was asked again");
    }

    async fn webhooks_of_what_is_over_do_not_bring_it_back(app: TestApp) {
        let (order, payment) = paid_on_the_page(&app).await;
        let early = stripe(&app).take_messages();
        app.clock_advance(Duration::from_secs(61));
        work(&app).await;
        confirm(&app, order).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "captured");
        app.clock_advance(Duration::from_secs(120));
        for message in &early {
            post(&app, WEBHOOK, message).await.expect(200);
        }
        follow(&app).await;
        assert_eq!(told(&app, payment).await, ["action-required", "authorized", "captured"]);
    }

    async fn a_forged_webhook_is_refused_and_leaves_nothing_behind(app: TestApp) {
        let (order, _) = paid_on_the_page(&app).await;
        let honest = stripe(&app).take_messages();
        for message in Delivery::Forged.plan(honest.clone()) {
            let answer = post(&app, WEBHOOK, &message).await.expect(400);
            assert_eq!(answer.code(), "BAD_SIGNATURE");
        }
        for message in &honest {
            let foreign = sign(&message.body, app.host().source.now(), "whsec_of_somebody_else");
            assert_eq!(post(&app, WEBHOOK, &foreign).await.expect(400).code(), "BAD_SIGNATURE");
            let bare = Message { header: None, ..message.clone() };
            assert_eq!(post(&app, WEBHOOK, &bare).await.expect(400).code(), "BAD_SIGNATURE");
        }
        follow(&app).await;
        assert_eq!((inbox(&app).await, status(&app, order).await.as_str()), (0, "pending"));
    }

    async fn a_webhook_is_good_for_five_minutes(app: TestApp) {
        let (order, _) = paid_on_the_page(&app).await;
        let messages = stripe(&app).take_messages();
        app.clock_advance(Duration::from_secs(301));
        for message in &messages {
            let answer = post(&app, WEBHOOK, message).await.expect(400);
            assert_eq!(answer.code(), "STALE_SIGNATURE");
        }
        for message in &messages {
            let again = sign(&message.body, app.host().source.now(), STRIPE_WEBHOOK_SECRET);
            post(&app, WEBHOOK, &again).await.expect(200);
        }
        follow(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
    }

    async fn a_lost_webhook_is_missed_by_nobody_for_longer_than_a_minute(app: TestApp) {
        let (order, _) = paid_on_the_page(&app).await;
        assert!(Delivery::Lost.plan(stripe(&app).take_messages()).is_empty());
        app.clock_advance(Duration::from_secs(61));
        work(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
    }

    async fn a_true_webhook_with_a_lie_in_it_moves_nothing(app: TestApp) {
        let order = place(&app, "stripe", 4_200).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        let lie = json!({"id": "pi_1", "object": "payment_intent", "status": "succeeded",
            "amount_received": 4_200, "metadata": {"payment_id": payment}});
        let lie = event(&app, "evt_lie", "payment_intent.succeeded", lie);
        post(&app, WEBHOOK, &lie).await.expect(200);
        follow(&app).await;
        assert_eq!(status(&app, order).await, "pending", "Stripe says that nobody has paid");
    }

    async fn what_is_of_no_interest_is_taken_and_passed_over(app: TestApp) {
        let customer = event(&app, "evt_1", "customer.created", json!({"id": "cus_1"}));
        let stranger = json!({"id": "pi_of_another_shop", "metadata": {"payment_id": "pay_1"}});
        let stranger = event(&app, "evt_2", "payment_intent.succeeded", stranger);
        let bare = event(&app, "evt_3", "charge.succeeded", json!({"id": "ch_1"}));
        for message in [customer, stranger, bare] {
            post(&app, WEBHOOK, &message).await.expect(200);
        }
        assert_eq!(inbox(&app).await, 0);
        let signed = sign("[]", app.host().source.now(), STRIPE_WEBHOOK_SECRET);
        let answer = post(&app, WEBHOOK, &signed).await.expect(400);
        assert_eq!(answer.code(), "MALFORMED_REQUEST");
    }

    async fn a_payment_is_known_by_stripes_name_too(app: TestApp) {
        let (order, payment) = paid_on_the_page(&app).await;
        tell_stripes(&app).await;
        follow(&app).await;
        confirm(&app, order).await;
        work(&app).await;
        let reference = text(&read(&app, payment).await["provider_reference"]);
        stripe(&app).refund_in_dashboard(&reference, 1_200);
        stripe(&app).take_messages();
        let refunded = json!({"id": "re_1", "payment_intent": reference});
        let refunded = event(&app, "evt_9", "refund.created", refunded);
        post(&app, WEBHOOK, &refunded).await.expect(200);
        follow(&app).await;
        assert_eq!(sums(&app, payment).await, ["42.00", "42.00", "12.00"]);
    }

    async fn a_hint_waits_for_a_provider_that_does_not_answer(app: TestApp) {
        let (order, _) = paid_on_the_page(&app).await;
        tell_stripes(&app).await;
        stripe(&app).set_fault(StripeCall::Find, Fault::FailBefore);
        for _ in 0..3 {
            follow(&app).await;
            app.clock_advance(Duration::from_secs(1));
        }
        assert_eq!(status(&app, order).await, "pending");
        stripe(&app).clear_faults();
        app.clock_advance(Duration::from_secs(30));
        follow(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
        let open = "select count(*) as n from payments_inbox where not followed";
        assert_eq!(count(&app, open).await, 0);
    }

    async fn a_body_that_is_too_large_is_not_even_read(app: TestApp) {
        let body = " ".repeat(1024 * 1024 + 1);
        let message = sign(&body, app.host().source.now(), STRIPE_WEBHOOK_SECRET);
        post(&app, WEBHOOK, &message).await.expect(413);
    }

    async fn the_inbox_forgets_what_no_provider_repeats(app: TestApp) {
        paid_on_the_page(&app).await;
        tell_stripes(&app).await;
        follow(&app).await;
        let payments = crate::shop::payments(&app);
        payments.forget_webhooks().await.expect("nothing is old");
        assert!(inbox(&app).await > 0);
        app.clock_advance(Duration::from_secs(91 * 24 * 3600));
        payments.forget_webhooks().await.expect("all is old");
        assert_eq!(inbox(&app).await, 0);
    }
}
