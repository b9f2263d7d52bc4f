//! Those whom a shop tells things, as a process of its own that goes on while shops are killed: a
//! mail server, a sender of text messages, a receiver of webhooks. Its first line tells where they
//! are; whoever started it then says over HTTP what goes wrong with each, and reads what came. It
//! ends with its standard input, so that nobody has to look for it.

#![expect(
    clippy::expect_used,
    reason = "a rig that cannot go on says why and ends"
)]

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::io::Read as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::smtp::SmtpServer;
use testkit::twilio::{TWILIO_ACCOUNT, TWILIO_TOKEN, TwilioServer};
use testkit::{Came, Fault, Receiver};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

const PATH: &str = "hooks";
const ALL: [&str; 3] = ["mail", "text", "webhook"];

/// Faults by their names. `held`: it is taken, and whoever brought it waits for ever.
const FAULTS: [(&str, Fault); 8] = [
    ("slow", Fault::Slow(Duration::from_millis(1500))),
    ("error", Fault::FailBefore),
    ("error_after", Fault::FailAfter),
    ("busy", Fault::TooMany),
    ("hanging", Fault::Hang),
    ("held", Fault::Late(Duration::ZERO)),
    ("lost_before", Fault::LostBefore),
    ("lost_after", Fault::LostAfter),
];

struct Inner {
    mail: SmtpServer,
    text: TwilioServer,
    webhook: Receiver,
    /// Who refuses connections.
    down: Mutex<HashSet<&'static str>>,
    /// When shops were killed.
    deaths: Mutex<Vec<Instant>>,
}

type Receivers = Arc<Inner>;

#[tokio::main]
async fn main() {
    let receivers = Arc::new(Inner {
        mail: SmtpServer::start().await,
        text: TwilioServer::start().await,
        webhook: Receiver::start().await,
        down: Mutex::default(),
        deaths: Mutex::default(),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port is free");
    let control = listener.local_addr().expect("it is bound");
    let greeting = json!({"control": control, "mail": receivers.mail.url(),
        "text": receivers.text.url(), "account": TWILIO_ACCOUNT, "token": TWILIO_TOKEN,
        "webhook": receivers.webhook.url(PATH)});
    println!("{greeting}");
    let router = Router::new()
        .route("/mode", post(mode))
        .route("/death", post(death))
        .route("/counts", get(counts))
        .route("/arrivals", get(arrivals))
        .with_state(receivers);
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

/// From now on one of them is `well`, `down`, or has a fault, perhaps so many `times` only.
async fn mode(State(receivers): State<Receivers>, Json(wish): Json<Value>) -> Json<Value> {
    let who = ALL.into_iter().find(|one| wish["who"] == **one);
    let who = who.expect("one of the three");
    let mut down = receivers.down.lock().await;
    let fault = FAULTS.iter().find(|(name, _)| wish["mode"] == **name);
    let times = wish["times"]
        .as_u64()
        .and_then(|times| times.try_into().ok());
    receivers.set_fault(who, fault.map(|(_, fault)| *fault), times);
    match wish["mode"] == "down" {
        true if down.insert(who) => receivers.go_down(who).await,
        false if down.remove(who) => receivers.come_up(who).await,
        _ => {}
    }
    Json(Value::Null)
}

/// The shop is dead. Whatever came before, it had sent.
async fn death(State(receivers): State<Receivers>) -> Json<Value> {
    receivers.deaths.lock().await.push(Instant::now());
    Json(Value::Null)
}

/// How often something went wrong with each, and how many messages were taken without a word.
async fn counts(State(receivers): State<Receivers>) -> Json<Value> {
    let untold = |came: Vec<Came>| came.iter().filter(|one| !one.told()).count();
    let Inner {
        mail,
        text,
        webhook,
        ..
    } = &*receivers;
    let texts = text.arrivals().into_iter().map(|(_, came)| came);
    Json(json!({
        "mail": [mail.struck(), untold(mail.mails().into_iter().map(|one| one.came).collect())],
        "text": [text.struck(), untold(texts.collect())],
        "webhook": [webhook.struck(),
            untold(webhook.received(PATH).into_iter().map(|one| one.came).collect())],
    }))
}

/// Everything that came, in its order: by which id, in which of the shop's lives, and whether the
/// shop was told so.
async fn arrivals(State(receivers): State<Receivers>) -> Json<Value> {
    let deaths = receivers.deaths.lock().await.clone();
    let line = |id: &str, came: &Came| {
        let life = deaths.iter().filter(|death| **death < came.at).count();
        json!({"id": id, "life": life, "told": came.told()})
    };
    let mails = receivers.mail.mails().into_iter().map(|mail| {
        let id = mail.header("message-id").unwrap_or_default();
        line(&id, &mail.came)
    });
    let texts = receivers.text.arrivals().into_iter();
    let webhooks = receivers.webhook.received(PATH).into_iter().map(|one| {
        let event = one.json();
        let mut line = line(one.id(), &one.came);
        line["subject"] = event["subject"].clone();
        line["sequence"] = event["sequence"].clone();
        line
    });
    Json(json!({
        "mail": mails.collect::<Vec<_>>(),
        "text": texts.map(|(text, came)| line(&text.token, &came)).collect::<Vec<_>>(),
        "webhook": webhooks.collect::<Vec<_>>(),
    }))
}

impl Inner {
    fn set_fault(&self, who: &str, fault: Option<Fault>, times: Option<u32>) {
        let Self {
            mail,
            text,
            webhook,
            ..
        } = self;
        match (who, fault, times) {
            ("mail", None, _) => mail.clear_faults(),
            ("mail", Some(fault), None) => mail.set_fault(fault),
            ("mail", Some(fault), Some(times)) => mail.set_fault_times(fault, times),
            ("text", None, _) => text.clear_faults(),
            ("text", Some(fault), None) => text.set_fault(fault),
            ("text", Some(fault), Some(times)) => text.set_fault_times(fault, times),
            (_, None, _) => webhook.heal(),
            (_, Some(fault), None) => webhook.fail(PATH, fault),
            (_, Some(fault), Some(times)) => webhook.fail_times(PATH, fault, times),
        }
    }

    async fn go_down(&self, who: &str) {
        match who {
            "mail" => self.mail.go_down().await,
            "text" => self.text.go_down().await,
            _ => self.webhook.go_down().await,
        }
    }

    async fn come_up(&self, who: &str) {
        match who {
            "mail" => self.mail.come_up().await,
            "text" => self.text.come_up().await,
            _ => self.webhook.come_up().await,
        }
    }
}
