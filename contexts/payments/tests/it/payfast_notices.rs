//! PayFast from the shop's side: a page with a signed form, and notices that are believed when they
//! are signed, come from PayFast, and PayFast confirms them.

use crate::hosted::{app, open, payfast, place_in_rand, post};
use crate::shop::{
    cancel, confirm, count, place, read, status, sums, text, the_payment, told, work,
};
use kernel::{OrderId, PaymentId};
use platform::{Host, Module};
use serde_json::json;
use testkit::payfast::{PayFastBuyer, PayFastCall, notice};
use testkit::{Delivery, Fault, TestApp, on_both};

const WEBHOOK: &str = "/v1/webhooks/payfast";

/// The path of the page that a payment's buyer is sent to.
async fn page(app: &TestApp, payment: PaymentId) -> String {
    let url = text(&read(app, payment).await["redirect_url"]);
    url.trim_start_matches("http://shop.test").to_owned()
}

/// What a browser would submit.
pub fn form(page: &str) -> Vec<(String, String)> {
    let inputs = page.split("<input type=\"hidden\" name=\"").skip(1);
    let field = |input: &str| {
        let (name, rest) = input.split_once("\" value=\"").expect("a value");
        let (value, _) = rest.split_once("\">").expect("an end");
        (name.to_owned(), value.replace("&amp;", "&"))
    };
    inputs.map(field).collect()
}

/// An order whose buyer has submitted the form.
async fn at_payfast(app: &TestApp) -> (OrderId, PaymentId) {
    let order = place_in_rand(app, 10_000).await;
    work(app).await;
    let payment = the_payment(app, order).await;
    let page = page(app, payment).await;
    let shown = app.get(&page).send().await.expect(200);
    assert_eq!(
        payfast(app).submit(&form(&shown.text())),
        200,
        "{}",
        shown.text()
    );
    (order, payment)
}

/// Posts all notices that wait, each of which must be answered so.
async fn tell(app: &TestApp, status: u16) {
    for message in payfast(app).take_messages() {
        post(app, WEBHOOK, &message).await.expect(status);
    }
}

on_both! {
    async fn a_buyer_pays_at_payfast_and_a_notice_says_so(app: TestApp) {
        let (order, payment) = at_payfast(&app).await;
        assert_eq!(status(&app, order).await, "pending");
        payfast(&app).buyer(payment, &PayFastBuyer::Pays);
        tell(&app, 200).await;
        assert_eq!(told(&app, payment).await, ["action-required", "authorized", "captured"]);
        assert_eq!(sums(&app, payment).await, ["100.00", "100.00", "0.00"]);
        confirm(&app, order).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "captured");
        let entry = payfast(&app).book(payment).expect("PayFast knows it");
        assert_eq!((entry.payments, entry.paid), (1, 10_000));
    }

    async fn a_notice_that_comes_again_has_no_effect_and_asks_nobody(app: TestApp) {
        let (_, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::Pays);
        for message in Delivery::Doubled.plan(payfast(&app).take_messages()) {
            post(&app, WEBHOOK, &message).await.expect(200);
        }
        assert_eq!(payfast(&app).validated(), 1);
        assert_eq!(told(&app, payment).await, ["action-required", "authorized", "captured"]);
        assert_eq!(count(&app, "select count(*) as n from payments_inbox").await, 1);
    }

    async fn a_bank_that_takes_its_time_is_told_of_twice_in_any_order(app: TestApp) {
        for delivery in [Delivery::Prompt, Delivery::Reversed] {
            let (_, payment) = at_payfast(&app).await;
            for buyer in [PayFastBuyer::Waits, PayFastBuyer::Pays] {
                payfast(&app).buyer(payment, &buyer);
            }
            for message in delivery.plan(payfast(&app).take_messages()) {
                post(&app, WEBHOOK, &message).await.expect(200);
            }
            assert_eq!(sums(&app, payment).await, ["100.00", "100.00", "0.00"]);
            work(&app).await;
        }
    }

    async fn another_amount_is_not_booked_as_payment(app: TestApp) {
        let (order, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::PaysOnly("1.00".to_owned()));
        tell(&app, 200).await;
        assert_eq!(status(&app, order).await, "pending");
        assert_eq!(sums(&app, payment).await, ["0.00", "0.00", "0.00"]);
    }

    async fn a_forged_notice_is_refused(app: TestApp) {
        let (order, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::Waits);
        let messages = payfast(&app).take_messages();
        for message in Delivery::Forged.plan(messages.clone()) {
            assert_eq!(post(&app, WEBHOOK, &message).await.expect(400).code(), "BAD_SIGNATURE");
        }
        let (fields, _) = messages[0].body.split_once("&signature=").expect("it is signed");
        let signed = notice(&fields.replace("PENDING", "COMPLETE"));
        let answer = post(&app, WEBHOOK, &signed).await.expect(400);
        assert_eq!(answer.code(), "NOTICE_NOT_CONFIRMED", "the passphrase is not all");
        assert_eq!(status(&app, order).await, "pending");
        assert_eq!(count(&app, "select count(*) as n from payments_inbox").await, 0);
    }

    async fn a_notice_that_payfast_cannot_confirm_now_is_taken_when_it_comes_again(app: TestApp) {
        let (order, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::Pays);
        let messages = payfast(&app).take_messages();
        for fault in [Fault::FailBefore, Fault::LostBefore, Fault::LostAfter, Fault::Hang] {
            payfast(&app).set_fault_times(PayFastCall::Validate, fault, 1);
            let answer = post(&app, WEBHOOK, &messages[0]).await.expect(503);
            assert_eq!(answer.code(), "PROVIDER_UNAVAILABLE", "{fault:?}");
        }
        payfast(&app).go_down().await;
        post(&app, WEBHOOK, &messages[0]).await.expect(503);
        payfast(&app).come_up().await;
        assert_eq!(status(&app, order).await, "pending");
        post(&app, WEBHOOK, &messages[0]).await.expect(200);
        assert_eq!(status(&app, order).await, "captured");
    }

    async fn a_buyer_who_gives_up_has_not_paid(app: TestApp) {
        let (_, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::GivesUp);
        tell(&app, 200).await;
        assert_eq!(told(&app, payment).await, ["action-required", "failed"]);
        assert_eq!(text(&read(&app, payment).await["reason"]), "cancelled");
    }

    async fn the_page_of_a_cancelled_order_sends_nobody_to_payfast(app: TestApp) {
        let order = place_in_rand(&app, 10_000).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        let page = page(&app, payment).await;
        cancel(&app, order).await;
        work(&app).await;
        let answer = app.get(&page).send().await.expect(303);
        assert_eq!(answer.header("location"), Some("http://shop.test/cart"));
        assert_eq!(told(&app, payment).await, ["action-required", "failed"]);
    }

    async fn a_buyer_who_pays_too_late_is_owed_their_money_and_staff_are_told(app: TestApp) {
        let (order, payment) = at_payfast(&app).await;
        cancel(&app, order).await;
        work(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::Pays);
        tell(&app, 200).await;
        work(&app).await;
        assert_eq!(sums(&app, payment).await, ["100.00", "100.00", "0.00"]);
        let history = read(&app, payment).await["history"].to_string();
        assert!(history.contains("refund_in_dashboard"), "{history}");
        let path = format!("/v1/payments/{payment}/refunds");
        let refunds = app.get(&path).as_role(platform::auth::Role::Clerk).send().await;
        assert_eq!(text(&refunds.expect(200).json()["items"][0]["status"]), "failed");
    }

    async fn staff_give_back_in_payfasts_dashboard_and_record_it_here(app: TestApp) {
        let (_, payment) = at_payfast(&app).await;
        payfast(&app).buyer(payment, &PayFastBuyer::Pays);
        tell(&app, 200).await;
        let path = format!("/v1/payments/{payment}/refunds");
        let ask = |body: serde_json::Value| {
            app.post(&path).as_role(platform::auth::Role::Manager).json(body)
        };
        let refused = ask(json!({})).send().await.expect(409);
        assert_eq!(refused.code(), "REFUND_IN_DASHBOARD");
        let words = refused.json()["error"]["message"].to_string();
        assert!(words.contains("dashboard") && words.contains("record"), "{words}");
        ask(json!({"recorded": true})).send().await.expect(201);
        assert_eq!(sums(&app, payment).await, ["100.00", "100.00", "100.00"]);
        ask(json!({"recorded": true})).send().await.expect(409);
        work(&app).await;
        assert_eq!(count(&app, "select count(*) as n from payments_attempt where open").await, 0);
    }

    async fn what_a_provider_gives_back_is_not_recorded_by_hand(app: TestApp) {
        let (_, payment) = crate::shop::paid(&app, 500).await;
        let path = format!("/v1/payments/{payment}/refunds");
        let ask = app.post(&path).as_role(platform::auth::Role::Manager);
        let refused = ask.json(json!({"recorded": true})).send().await.expect(422);
        assert_eq!(refused.code(), "REFUND_THROUGH_US");
    }

    async fn payfast_takes_rand_only(app: TestApp) {
        let order = place(&app, "payfast", 500).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        assert_eq!(text(&read(&app, payment).await["reason"]), "currency_not_supported");
    }

    async fn the_page_is_found_by_its_whole_address_only(app: TestApp) {
        let (_, payment) = at_payfast(&app).await;
        let page = page(&app, payment).await;
        let shown = app.get(&page).send().await.expect(200);
        let policy = shown.header("content-security-policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'"), "{policy}");
        let other = place_in_rand(&app, 10_000).await;
        work(&app).await;
        let other = the_payment(&app, other).await;
        for wrong in [
            page[..page.len() - 1].to_owned(),
            page.replace(&payment.to_string(), &other.to_string()),
            format!("/v1/payments/{payment}/pay?proof="),
        ] {
            app.get(&wrong).send().await.expect(404);
        }
        app.get(&format!("/v1/payments/{payment}/pay")).send().await.expect(422);
    }

    async fn notices_of_nothing_of_ours_are_passed_over(app: TestApp) {
        for body in ["m_payment_id=invoice-7&pf_payment_id=1&payment_status=COMPLETE",
            "m_payment_id=pay_01h455vb4pex5vsknk084sn02q&pf_payment_id=1&payment_status=COMPLETE\
             &merchant_id=10000100"]
        {
            post(&app, WEBHOOK, &notice(body)).await.expect(200);
        }
        assert_eq!(payfast(&app).validated(), 0);
        let broken = app.post(WEBHOOK).body("text/plain", "nothing of the kind");
        assert_eq!(broken.send().await.expect(400).code(), "MALFORMED_REQUEST");
    }
}

mod elsewhere {
    use super::*;

    fn app(host: &Host) -> Vec<Module> {
        open(host, None, "203.0.113.0/24".parse().expect("a range"))
    }

    on_both! {
        async fn a_notice_from_an_address_that_is_not_payfasts_is_refused(app: TestApp) {
            let (_, payment) = at_payfast(&app).await;
            payfast(&app).buyer(payment, &PayFastBuyer::Pays);
            let message = &payfast(&app).take_messages()[0];
            let answer = post(&app, WEBHOOK, message).await.expect(400);
            assert_eq!(answer.code(), "UNKNOWN_SOURCE");
            assert_eq!(payfast(&app).validated(), 0);
        }
    }
}
