//! Keys, passphrases, what Stripe calls secret, and whatever smells of a card: in no log at its
//! most talkative, no event, no answer, and not in the database. Stories are told in which all of
//! them pass through our hands, and then they are searched for.

use crate::hosted::{
    follow, open, payfast, place_in_rand, post, settle_calls, stripe, tell_stripes,
};
use crate::shop::{confirm, place, read, refund, text, the_payment, work};
use kernel::{OrderId, PaymentId};
use platform::{Host, Module};
use testkit::payfast::{PAYFAST_MERCHANT_KEY, PAYFAST_PASSPHRASE, PayFastBuyer, PayFastCall};
use testkit::stripe::{Buyer, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeCall};
use testkit::{Delivery, Engine, Fault, Log, Setup, TestApp, listening};

/// What nobody may come across. The simulators put the last ones into what they answer and tell.
const CANARIES: &[&str] = &[
    STRIPE_KEY,
    STRIPE_WEBHOOK_SECRET,
    PAYFAST_MERCHANT_KEY,
    PAYFAST_PASSPHRASE,
    "CanaryOfTheSimulator",
    "4242 4242",
    "42424242",
    "Zinhle",
    "zinhle.canary@example.com",
];

fn pages(host: &Host) -> Vec<Module> {
    open(host, None, "127.0.0.1".parse().expect("an address"))
}

fn bank(host: &Host) -> Vec<Module> {
    open(
        host,
        Some("pm_card_threeDSecure2Required"),
        "any".parse().expect("all addresses"),
    )
}

#[test]
fn nothing_secret_gets_out_where_buyers_pay_on_pages_on_sqlite() {
    nothing_gets_out(Engine::Sqlite, pages);
}

#[test]
fn nothing_secret_gets_out_where_buyers_pay_on_pages_on_postgres() {
    nothing_gets_out(Engine::Postgres, pages);
}

#[test]
fn nothing_secret_gets_out_where_a_bank_wants_to_see_the_buyer_on_sqlite() {
    nothing_gets_out(Engine::Sqlite, bank);
}

#[test]
fn nothing_secret_gets_out_where_a_bank_wants_to_see_the_buyer_on_postgres() {
    nothing_gets_out(Engine::Postgres, bank);
}

#[test]
#[should_panic(expected = "the log holds")]
fn a_secret_that_got_out_is_noticed() {
    let log = Log::default();
    tracing::dispatcher::with_default(&log.dispatch(), || {
        tracing::debug!(sent = %format!("secret_key={STRIPE_KEY}"), "called");
    });
    search("the log", &log.text());
}

fn nothing_gets_out(engine: Engine, modules: fn(&Host) -> Vec<Module>) {
    listening(async |log| {
        let app = TestApp::start(Setup::new(engine, modules)).await;
        let mut answers = pay_at_stripe(&app).await;
        let ends = answers.concat();
        assert!(
            ends.contains("partially_refunded") && ends.contains("failed"),
            "{ends}"
        );
        answers.extend(pay_at_payfast(&app).await);
        answers.extend(blunder(&app).await);
        app.settle().await;
        for answer in &answers {
            search("an answer", answer);
        }
        let events = app.dump_events().await;
        assert!(events.contains("payment-captured"));
        search("an event", &events);
        search("the database", &app.dump_database().await);
        app.end().await;
        let log = log.text();
        for word in ["reqwest", "/v1/webhooks/stripe"] {
            assert!(log.contains(word), "the log was really listened to: {word}");
        }
        search("the log", &log);
    });
}

/// A sale with everything that can go wrong; what was answered meanwhile.
async fn pay_at_stripe(app: &TestApp) -> Vec<String> {
    for (call, fault) in [
        (StripeCall::MakePage, Fault::FailAfter),
        (StripeCall::MakePayment, Fault::TooMany),
        (StripeCall::Confirm, Fault::LostAfter),
        (StripeCall::Capture, Fault::FailAfter),
        (StripeCall::Refund, Fault::LostBefore),
    ] {
        stripe(app).set_fault_times(call, fault, 1);
    }
    let mut answers = Vec::new();
    for buyer in [None, Some(Buyer::IsRefused), Some(Buyer::Pays)] {
        let order = place(app, "stripe", 4_200).await;
        let payment = the_payment(app, order).await;
        work(app).await;
        app.clock_advance(std::time::Duration::from_secs(61));
        work(app).await;
        act(app, payment, buyer).await;
        finish(app, order, payment).await;
        answers.push(read(app, payment).await.to_string());
    }
    answers
}

async fn act(app: &TestApp, payment: PaymentId, buyer: Option<Buyer>) {
    let page = read(app, payment).await["redirect_url"].clone();
    if let (Some(buyer), Some(page)) = (buyer, page.as_str()) {
        stripe(app).buyer(page, buyer);
    }
    tell_stripes(app).await;
    follow(app).await;
}

/// To its end: paid and given back in part, or cancelled.
async fn finish(app: &TestApp, order: OrderId, payment: PaymentId) {
    if text(&read(app, payment).await["status"]) == "authorized" {
        confirm(app, order).await;
        settle_calls(app).await;
        refund(app, payment, "12.00").await.expect(201);
        settle_calls(app).await;
    } else {
        crate::shop::cancel(app, order).await;
        settle_calls(app).await;
    }
    tell_stripes(app).await;
    follow(app).await;
}

/// The form is shown to the buyer, keys and all, and to nobody else.
async fn pay_at_payfast(app: &TestApp) -> Vec<String> {
    let order = place_in_rand(app, 10_000).await;
    work(app).await;
    let payment = the_payment(app, order).await;
    let view = read(app, payment).await;
    let page = text(&view["redirect_url"]);
    let page = app
        .get(page.trim_start_matches("http://shop.test"))
        .send()
        .await;
    let form = crate::payfast_notices::form(&page.expect(200).text());
    assert_eq!(payfast(app).submit(&form), 200);
    payfast(app).buyer(payment, &PayFastBuyer::Pays);
    payfast(app).set_fault_times(PayFastCall::Validate, Fault::LostAfter, 1);
    let mut answers = vec![view.to_string()];
    for message in payfast(app).take_messages() {
        for message in [message.clone().forged(), message.clone(), message] {
            let answer = post(app, "/v1/webhooks/payfast", &message).await;
            answers.push(format!("{:?} {}", answer.headers, answer.text()));
        }
    }
    answers.push(read(app, payment).await.to_string());
    assert!(
        answers[answers.len() - 1].contains("captured"),
        "{answers:?}"
    );
    answers
}

/// Says the right things in the wrong places.
async fn blunder(app: &TestApp) -> Vec<String> {
    let mut answers = Vec::new();
    let messages = stripe(app).take_messages();
    for message in Delivery::Forged.plan(messages) {
        answers.push(post(app, "/v1/webhooks/stripe", &message).await.text());
    }
    for secret in CANARIES {
        let signature = format!("t=1,v1={secret}");
        let signed = app
            .post("/v1/webhooks/stripe")
            .header("stripe-signature", &signature);
        let body = format!("{{\"id\": \"{secret}\"}}");
        let answer = signed.body("application/json", body).send().await;
        answers.push(answer.expect(400).text());
        let path = "/v1/payments/pay_01h455vb4pex5vsknk084sn02q/pay?proof=";
        let proof = format!("{path}{}", secret.replace(' ', "%20"));
        answers.push(app.get(&proof).send().await.expect(404).text());
    }
    answers
}

/// Fails when a secret is in `text`, in any disguise it may have put on.
fn search(place: &str, text: &str) {
    let text = text.to_lowercase();
    for canary in CANARIES {
        let canary = canary.to_lowercase();
        let hex: String = canary.bytes().map(|byte| format!("{byte:02x}")).collect();
        let [plus, percent] = [canary.replace(' ', "+"), canary.replace(' ', "%20")];
        for disguise in [&canary, &plus, &percent, &canary.replace('@', "%40"), &hex] {
            if let Some(at) = text.find(disguise.as_str()) {
                let around: String = text[..at].chars().rev().take(300).collect();
                let around: String = around.chars().rev().collect();
                panic!("{place} holds {canary:?}: …{around}…");
            }
        }
    }
}
