//! A server like PayFast's: takes signed forms, lets a buyer pay, posts notices of it, and
//! confirms those that it sent. It keeps a book, fails when told to, and never ships.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::{Extension, Router};
use kernel::PaymentId;
use md5::{Digest as _, Md5};

use crate::loopback::{Call, Cut, Fault, Faults, Loopback};
use crate::message::{Delivery, Message};

/// The account that the simulator knows.
pub const PAYFAST_MERCHANT_ID: &str = "10000100";
pub const PAYFAST_MERCHANT_KEY: &str = "46f0cd694581a";
pub const PAYFAST_PASSPHRASE: &str = "a passphrase of the simulator";

/// The calls that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PayFastCall {
    /// A buyer arrives with a form.
    Process,
    /// The shop asks whether a notice is true.
    Validate,
}

/// How a payment ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayFastBuyer {
    Pays,
    /// Pays another amount: the form was changed on the way.
    PaysOnly(String),
    /// The bank takes its time.
    Waits,
    GivesUp,
}

/// One payment, as PayFast knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PayFastEntry {
    /// The amount on the form, `100.00`.
    pub asked: String,
    /// All that was paid, in cents.
    pub paid: i64,
    /// How often it was paid.
    pub payments: usize,
    /// What the form said.
    pub form: Vec<(String, String)>,
}

/// The simulator. Clones are the same one; it stops with the last.
#[derive(Clone)]
pub struct PayFastSimulator(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    server: Loopback,
    url: String,
}

#[derive(Default)]
struct Core {
    state: Mutex<State>,
    faults: Faults<PayFastCall>,
}

#[derive(Default)]
struct State {
    payments: BTreeMap<String, PayFastEntry>,
    waiting: Vec<Message>,
    /// Every notice ever sent, without its signature.
    sent: Vec<String>,
    validated: usize,
    made: u32,
}

impl PayFastSimulator {
    /// Starts on a port of its own.
    pub async fn start() -> Self {
        let (listener, address) = Loopback::bind().await;
        let core = Arc::new(Core::default());
        let router = Router::new().fallback(answer).with_state(Arc::clone(&core));
        let server = Loopback::serve(listener, address, router);
        let url = format!("http://{address}");
        Self(Arc::new(Inner { core, server, url }))
    }

    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// From now on, until [`PayFastSimulator::clear_faults`].
    pub fn set_fault(&self, call: PayFastCall, fault: Fault) {
        self.0.core.faults.set(call, fault, None);
    }

    /// The next so many times.
    pub fn set_fault_times(&self, call: PayFastCall, fault: Fault, times: u32) {
        self.0.core.faults.set(call, fault, Some(times));
    }

    pub fn clear_faults(&self) {
        self.0.core.faults.clear();
    }

    /// Connections are refused.
    pub async fn go_down(&self) {
        self.0.server.go_down().await;
    }

    pub async fn come_up(&self) {
        self.0.server.come_up().await;
    }

    /// What PayFast has of a payment, if a buyer ever arrived.
    pub fn book(&self, payment: PaymentId) -> Option<PayFastEntry> {
        self.0
            .core
            .state()
            .payments
            .get(&payment.to_string())
            .cloned()
    }

    /// How often the shop asked whether a notice was true.
    pub fn validated(&self) -> usize {
        self.0.core.state().validated
    }

    /// A browser submits the form that the shop showed; the status PayFast answers with.
    pub fn submit(&self, form: &[(String, String)]) -> u16 {
        self.0.core.state().process(form)
    }

    /// The buyer acts on PayFast's page; a notice of it waits to be sent.
    pub fn buyer(&self, payment: PaymentId, buyer: &PayFastBuyer) {
        self.0.core.state().buyer(&payment.to_string(), buyer);
    }

    /// The notices that were not sent so far.
    pub fn take_messages(&self) -> Vec<Message> {
        std::mem::take(&mut self.0.core.state().waiting)
    }

    /// Posts the notices that wait, and answers with the statuses. What is not taken waits on.
    pub async fn deliver(&self, url: &str, delivery: Delivery) -> Vec<u16> {
        let messages = self.take_messages();
        tokio::time::sleep(delivery.pause()).await;
        let mut statuses = Vec::new();
        for message in delivery.plan(messages.clone()) {
            statuses.push(message.post(url).await.unwrap_or_default());
        }
        if !statuses.iter().all(|status| *status == 200) {
            self.0.core.state().waiting.extend(messages);
        }
        statuses
    }
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn process(&mut self, form: &[(String, String)]) -> u16 {
        let Some(((last, signature), fields)) = form.split_last() else {
            return 400;
        };
        let signed = last == "signature" && sign(&joined(fields)) == *signature;
        let get = |name: &str| {
            let field = fields.iter().find(|(other, _)| other == name);
            field.map_or("", |(_, value)| value.as_str())
        };
        let ours = get("merchant_id") == PAYFAST_MERCHANT_ID
            && get("merchant_key") == PAYFAST_MERCHANT_KEY;
        if !signed || !ours || fields.iter().any(|(_, value)| value.is_empty()) {
            return 400;
        }
        let (name, asked) = (get("m_payment_id").to_owned(), get("amount").to_owned());
        let entry = self.payments.entry(name).or_default();
        entry.asked = asked;
        entry.form = fields.to_vec();
        200
    }

    fn buyer(&mut self, payment: &str, buyer: &PayFastBuyer) {
        self.made += 1;
        let reference = 1_089_250 + self.made;
        let entry = self.payments.get_mut(payment);
        let entry = entry.expect("a buyer pays only after submitting the form");
        let (status, gross) = match buyer {
            PayFastBuyer::Pays => ("COMPLETE", entry.asked.clone()),
            PayFastBuyer::PaysOnly(amount) => ("COMPLETE", amount.clone()),
            PayFastBuyer::Waits => ("PENDING", entry.asked.clone()),
            PayFastBuyer::GivesUp => ("CANCELLED", entry.asked.clone()),
        };
        if status == "COMPLETE" {
            let cents = gross.replace('.', "").parse::<i64>();
            entry.paid += cents.expect("an amount has two digits behind the point");
            entry.payments += 1;
        }
        let fields = [
            ("m_payment_id", payment.to_owned()),
            ("pf_payment_id", reference.to_string()),
            ("payment_status", status.to_owned()),
            ("item_name", "An order".to_owned()),
            ("item_description", String::new()),
            ("amount_gross", gross),
            ("amount_fee", "-2.30".to_owned()),
            ("amount_net", "97.70".to_owned()),
            ("name_first", "Zinhle".to_owned()),
            ("name_last", "Canary".to_owned()),
            ("email_address", "zinhle.canary@example.com".to_owned()),
            ("merchant_id", PAYFAST_MERCHANT_ID.to_owned()),
        ];
        let fields = fields.map(|(name, value)| (name.to_owned(), value));
        self.send(&fields);
    }

    fn send(&mut self, fields: &[(String, String)]) {
        let text = joined(fields);
        self.sent.push(text.clone());
        self.waiting.push(notice(&text));
    }
}

/// A notice with these fields, signed with the passphrase; PayFast may never have sent it.
pub fn notice(fields: &str) -> Message {
    Message {
        content_type: "application/x-www-form-urlencoded",
        header: None,
        body: format!("{fields}&signature={}", sign(fields)),
    }
}

async fn answer(
    Shared(core): Shared<Arc<Core>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let call = Call::read(request).await;
    let step = match (call.method.as_str(), call.path.as_str()) {
        ("POST", "eng/process") => PayFastCall::Process,
        ("POST", "eng/query/validate") => PayFastCall::Validate,
        _ => return said(404, "no such page"),
    };
    let apply = || apply(&core, &call, step);
    match core.faults.next(&step) {
        None => apply(),
        Some(Fault::Slow(pause)) => {
            tokio::time::sleep(pause).await;
            apply()
        }
        Some(Fault::Hang | Fault::Late(_)) => std::future::pending().await,
        Some(Fault::LostBefore) => cut.now().await,
        Some(Fault::LostAfter) => {
            apply();
            cut.now().await
        }
        Some(Fault::FailAfter) => {
            apply();
            said(500, "an error")
        }
        Some(Fault::Decline) => said(200, "INVALID"),
        Some(Fault::TooMany) => said(429, "too many"),
        Some(Fault::FailBefore | Fault::Authenticate) => said(500, "an error"),
    }
}

fn apply(core: &Core, call: &Call, step: PayFastCall) -> Response {
    let mut state = core.state();
    match step {
        PayFastCall::Process => said(state.process(&call.fields), "a page for the buyer"),
        PayFastCall::Validate => {
            state.validated += 1;
            let known = state.sent.iter().any(|sent| sent.as_bytes() == call.body);
            said(200, if known { "VALID" } else { "INVALID" })
        }
    }
}

fn said(status: u16, text: &'static str) -> Response {
    let answer = Response::builder().status(status).body(Body::from(text));
    answer.expect("the answer is well formed")
}

fn joined(fields: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        let value: String = form_urlencoded::byte_serialize(value.as_bytes()).collect();
        let between = if text.is_empty() { "" } else { "&" };
        let value = value.replace('*', "%2A");
        write!(text, "{between}{name}={value}").expect("memory takes it");
    }
    text
}

fn sign(joined: &str) -> String {
    let passphrase: String =
        form_urlencoded::byte_serialize(PAYFAST_PASSPHRASE.as_bytes()).collect();
    let mut text = String::new();
    for byte in Md5::digest(format!("{joined}&passphrase={passphrase}")) {
        write!(text, "{byte:02x}").expect("memory takes it");
    }
    text
}
