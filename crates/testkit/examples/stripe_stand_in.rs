//! The simulator of Stripe as a process of its own, for shops that are killed while it goes on.
//! Its first line tells where it is and by which secrets; whoever started it then says over HTTP
//! what goes wrong, what buyers do and which webhooks arrive, and reads its book. It ends with its
//! standard input, so that nobody has to look for it.

#![expect(
    clippy::expect_used,
    reason = "a rig that cannot go on says why and ends"
)]

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use platform::Source;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::io::Read as _;
use std::time::Duration;
use testkit::stripe::{
    Buyer, Entry, STRIPE_KEY, STRIPE_WEBHOOK_SECRET, StripeCall, StripeSimulator, sign,
};
use testkit::{Delivery, Fault};
use tokio::net::TcpListener;

const CALLS: [StripeCall; 9] = [
    StripeCall::MakePage,
    StripeCall::ExpirePage,
    StripeCall::MakePayment,
    StripeCall::Confirm,
    StripeCall::Capture,
    StripeCall::Cancel,
    StripeCall::Refund,
    StripeCall::Find,
    StripeCall::List,
];

/// Faults by their names. `hang_after`: it is done, and whoever asked waits for ever.
const FAULTS: [(&str, Fault); 10] = [
    ("hang_before", Fault::Hang),
    ("hang_after", Fault::Late(Duration::ZERO)),
    ("lost_before", Fault::LostBefore),
    ("lost_after", Fault::LostAfter),
    ("fail_before", Fault::FailBefore),
    ("fail_after", Fault::FailAfter),
    ("too_many", Fault::TooMany),
    ("slow", Fault::Slow(Duration::from_millis(700))),
    ("decline", Fault::Decline),
    ("authenticate", Fault::Authenticate),
];

const DELIVERIES: [(&str, Delivery); 5] = [
    ("prompt", Delivery::Prompt),
    ("doubled", Delivery::Doubled),
    ("reversed", Delivery::Reversed),
    ("lost", Delivery::Lost),
    ("forged", Delivery::Forged),
];

#[tokio::main]
async fn main() {
    let simulator = StripeSimulator::start(Source::system()).await;
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let control = listener.local_addr().expect("it is bound");
    let greeting = json!({"control": control, "url": simulator.url(), "key": STRIPE_KEY,
        "webhook_secret": STRIPE_WEBHOOK_SECRET});
    println!("{greeting}");
    let router = Router::new()
        .route("/fault", post(fault))
        .route("/heal", post(heal))
        .route("/forget_keys", post(forget_keys))
        .route("/buyer", post(buyer))
        .route("/webhooks", post(webhooks))
        .route("/struck", get(struck))
        .route("/book", get(book))
        .with_state(simulator);
    tokio::select! {
        served = axum::serve(listener, router) => served.expect("it serves"),
        () = abandoned() => {}
    }
}

/// Whoever started it is gone.
async fn abandoned() {
    let listening = tokio::task::spawn_blocking(|| std::io::stdin().read_to_end(&mut Vec::new()));
    listening.await.expect("it waits").ok();
}

/// Something goes wrong with the next call of a kind.
async fn fault(State(simulator): State<StripeSimulator>, Json(wish): Json<Value>) -> Json<Value> {
    let call = CALLS.into_iter().find(|call| wish["call"] == name(*call));
    let call = call.expect("a call that is known");
    simulator.set_fault_times(call, named(&FAULTS, &wish["fault"]), 1);
    Json(Value::Null)
}

async fn heal(State(simulator): State<StripeSimulator>) -> Json<Value> {
    simulator.clear_faults();
    Json(Value::Null)
}

async fn forget_keys(State(simulator): State<StripeSimulator>) -> Json<Value> {
    simulator.forget_keys();
    Json(Value::Null)
}

async fn buyer(State(simulator): State<StripeSimulator>, Json(wish): Json<Value>) -> Json<Value> {
    let buyer = match wish["pays"] == true {
        true => Buyer::Pays,
        false => Buyer::IsRefused,
    };
    let url = wish["url"].as_str().expect("an address");
    Json(json!(simulator.buyer_tries(url, buyer)))
}

/// Sends the webhooks that wait; answers with the statuses, 0 where nobody was there.
async fn webhooks(
    State(simulator): State<StripeSimulator>,
    Json(wish): Json<Value>,
) -> Json<Value> {
    let url = wish["url"].as_str().expect("an address");
    let delivery = named(&DELIVERIES, &wish["how"]);
    let mut statuses = simulator.deliver(url, delivery).await;
    if delivery == Delivery::Forged {
        statuses.extend(post_made_up(&simulator, url).await);
    }
    Json(json!(statuses))
}

/// Somebody who knows how webhooks look, but not the secret, says that a payment was made.
async fn post_made_up(simulator: &StripeSimulator, url: &str) -> Option<u16> {
    let book = simulator.book();
    let entry = book.payments.last()?;
    let event = json!({"id": "evt_made_up", "object": "event", "type": "payment_intent.succeeded",
        "data": {"object": {"id": entry.reference, "object": "payment_intent",
            "amount": entry.amount, "amount_received": entry.amount, "status": "succeeded",
            "metadata": {"payment_id": entry.payment_id}}}});
    let message = sign(&event.to_string(), Source::system().now(), "whsec_Guessed");
    Some(message.post(url).await.unwrap_or_default())
}

/// How often what went wrong, by call and fault.
async fn struck(State(simulator): State<StripeSimulator>) -> Json<Value> {
    let mut counts: BTreeMap<String, BTreeMap<&str, u64>> = BTreeMap::new();
    for (call, fault) in simulator.struck() {
        let by_name = FAULTS.iter().find(|(_, known)| *known == fault);
        let fault = by_name.map_or("another", |(name, _)| name);
        *counts
            .entry(name(call))
            .or_default()
            .entry(fault)
            .or_default() += 1;
    }
    Json(json!(counts))
}

async fn book(State(simulator): State<StripeSimulator>) -> Json<Value> {
    let line = |entry: &Entry| {
        json!({"reference": entry.reference, "payment_id": entry.payment_id,
            "order_id": entry.order_id, "held": entry.held, "captured": entry.captured,
            "captures": entry.captures, "refunded": entry.refunded, "refunds": entry.refunds})
    };
    Json(simulator.book().payments.iter().map(line).collect())
}

fn name(call: StripeCall) -> String {
    format!("{call:?}")
}

fn named<T: Copy>(all: &[(&str, T)], wish: &Value) -> T {
    let found = all.iter().find(|(name, _)| *wish == **name);
    found.expect("a name that is known").1
}
