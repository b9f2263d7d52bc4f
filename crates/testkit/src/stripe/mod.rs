//! A server like Stripe's, as far as a shop needs one: pages, payments, refunds, the balance,
//! idempotency keys and webhooks. It keeps a book, fails when told to, and never ships.

mod book;
mod calls;
mod dates;
mod events;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::extract::{Request, State as Shared};
use axum::response::Response;
use axum::{Extension, Router};
use kernel::Timestamp;
use platform::Source;
use tokio::net::TcpListener;

use crate::loopback::{Call, Cut, Fault, Faults, Loopback};
use crate::message::{Delivery, Message};

pub use book::{Book, Entry};
use calls::Moment;
pub use dates::Dates;
pub use events::sign;
use state::State;

/// The key that the simulator takes.
pub const STRIPE_KEY: &str = "sk_test_51ThisKeyOpensTheSimulatorOnly";
/// What it signs its webhooks with.
pub const STRIPE_WEBHOOK_SECRET: &str = "whsec_ThisSignsWebhooksOfTheSimulator";

/// The calls that can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum StripeCall {
    MakePage,
    ExpirePage,
    MakePayment,
    Confirm,
    Capture,
    Cancel,
    Refund,
    /// Reads a page or payment, or what was refunded.
    Find,
    List,
}

/// What a buyer does on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Buyer {
    Pays,
    /// With a card that the bank refuses.
    IsRefused,
}

/// The simulator. Clones are the same one; it stops with the last.
#[derive(Clone)]
pub struct StripeSimulator(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    server: Loopback,
}

struct Core {
    url: String,
    source: Source,
    state: Mutex<State>,
    faults: Faults<StripeCall>,
}

impl StripeSimulator {
    /// Starts on a port of its own. `source` is its clock.
    pub async fn start(source: Source) -> Self {
        let (listener, address): (TcpListener, _) = Loopback::bind().await;
        let core = Arc::new(Core {
            url: format!("http://{address}"),
            source,
            state: Mutex::default(),
            faults: Faults::default(),
        });
        let router = Router::new().fallback(answer).with_state(Arc::clone(&core));
        let server = Loopback::serve(listener, address, router);
        Self(Arc::new(Inner { core, server }))
    }

    pub fn url(&self) -> &str {
        &self.0.core.url
    }

    /// From now on, until [`StripeSimulator::clear_faults`].
    pub fn set_fault(&self, call: StripeCall, fault: Fault) {
        self.0.core.faults.set(call, fault, None);
    }

    /// The next so many times.
    pub fn set_fault_times(&self, call: StripeCall, fault: Fault, times: u32) {
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

    /// What has happened, as the provider knows it.
    pub fn book(&self) -> Book {
        self.0.core.state().book()
    }

    /// How often a call arrived, answered or not.
    pub fn calls(&self, call: StripeCall) -> usize {
        let state = self.0.core.state();
        state.calls.iter().filter(|made| **made == call).count()
    }

    /// What went wrong with calls, in turn.
    pub fn struck(&self) -> Vec<(StripeCall, Fault)> {
        self.0.core.state().struck.clone()
    }

    /// From now on a key protects nobody: whoever sends a call again has it done again, as with a
    /// fresh key.
    pub fn forget_keys(&self) {
        self.0.core.state().forgets_keys = true;
    }

    /// What becomes from now on of lists by date.
    pub fn list_by_date(&self, dates: Dates) {
        self.0.core.state().dates = dates;
    }

    /// A buyer acts on the page, or before the bank, at this address.
    pub fn buyer(&self, redirect_url: &str, buyer: Buyer) {
        let acted = self.buyer_tries(redirect_url, buyer);
        assert!(acted, "nothing can be done at {redirect_url}");
    }

    /// As [`StripeSimulator::buyer`], where the address may have had its day: false then.
    pub fn buyer_tries(&self, redirect_url: &str, buyer: Buyer) -> bool {
        let (core, now) = (&self.0.core, self.now());
        core.state().buyer(redirect_url, buyer, now).is_ok()
    }

    /// Staff give money back in Stripe's own dashboard.
    pub fn refund_in_dashboard(&self, reference: &str, amount: i64) {
        let now = self.now();
        let refund = self.0.core.state().refund(reference, amount, now);
        refund.unwrap_or_else(|refusal| panic!("the dashboard refuses: {refusal:?}"));
    }

    /// Seven days pass: what was set aside is let go of.
    pub fn let_authorization_expire(&self, reference: &str) {
        let now = self.now();
        let gone = self.0.core.state().cancel(reference, now);
        gone.unwrap_or_else(|refusal| panic!("nothing to let go of: {refusal:?}"));
    }

    /// The webhooks that were not sent so far, signed now.
    pub fn take_messages(&self) -> Vec<Message> {
        let events = std::mem::take(&mut self.0.core.state().events);
        let signed = events.iter().map(|event| event.signed(self.now()));
        signed.collect()
    }

    /// Posts the webhooks that wait, and answers with the statuses. What is not taken waits on.
    pub async fn deliver(&self, url: &str, delivery: Delivery) -> Vec<u16> {
        let events = std::mem::take(&mut self.0.core.state().events);
        tokio::time::sleep(delivery.pause()).await;
        let mut statuses = Vec::new();
        let messages = events
            .iter()
            .map(|event| event.signed(self.now()))
            .collect();
        for message in delivery.plan(messages) {
            statuses.push(message.post(url).await.unwrap_or_default());
        }
        let taken = statuses.iter().all(|status| (200..300).contains(status));
        if !taken {
            self.0.core.state().events.extend(events);
        }
        statuses
    }

    fn now(&self) -> Timestamp {
        self.0.core.source.now()
    }
}

impl Core {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How long a provider that answers slowly may keep a test waiting.
const LONGEST: Duration = Duration::from_secs(60);

async fn answer(
    Shared(core): Shared<Arc<Core>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let call = Call::read(request).await;
    let Some(step) = calls::step(&call) else {
        return calls::refuse(404, "unknown_path");
    };
    core.state().calls.push(step);
    let apply = |fault| {
        let (now, url) = (core.source.now(), core.url.as_str());
        core.state().apply(&call, step, &Moment { now, url, fault })
    };
    let fault = core.faults.next(&step);
    core.state().struck.extend(fault.map(|fault| (step, fault)));
    match fault {
        Some(Fault::Slow(pause)) => {
            tokio::time::sleep(pause.min(LONGEST)).await;
            apply(None)
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Late(pause)) => {
            core.state().running.extend(call.key().map(str::to_owned));
            tokio::spawn(carry_out_late(Arc::clone(&core), call, pause));
            std::future::pending().await
        }
        Some(Fault::LostBefore) => cut.now().await,
        Some(Fault::LostAfter) => {
            apply(None);
            cut.now().await
        }
        Some(Fault::FailBefore) => calls::refuse(500, "api_error"),
        Some(Fault::TooMany) => calls::refuse(429, "rate_limit"),
        fault => apply(fault),
    }
}

/// Whoever asked may have gone; it is done all the same.
async fn carry_out_late(core: Arc<Core>, call: Call, pause: Duration) {
    tokio::time::sleep(pause).await;
    let Some(step) = calls::step(&call) else {
        return;
    };
    let (now, url, fault) = (core.source.now(), core.url.as_str(), None);
    let mut state = core.state();
    if let Some(key) = call.key() {
        state.running.remove(key);
    }
    state.apply(&call, step, &Moment { now, url, fault });
}
