//! A server that sends text messages like Twilio, as far as a shop needs one: it takes messages,
//! sends each idempotency token once, and fails when it is told to. It never ships.

use std::collections::HashSet;
use std::future::pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use crate::loopback::{Call, Came, Cut, Fault, Faults, Loopback};

/// The account that the server knows.
pub const TWILIO_ACCOUNT: &str = "AC00000000000000000000000000000001";
/// And its token.
pub const TWILIO_TOKEN: &str = "this opens the server of the tests only";

/// The server. Clones are the same one; it stops with the last.
#[derive(Clone)]
pub struct TwilioServer(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    url: String,
    server: Loopback,
}

#[derive(Default)]
struct Core {
    texts: Mutex<Vec<(Sms, Came)>>,
    faults: Faults<()>,
}

/// A text message that was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sms {
    pub to: String,
    pub from: String,
    pub body: String,
    /// What tells it from others; sent once however often it comes.
    pub token: String,
}

impl TwilioServer {
    /// Starts on a port of its own.
    pub async fn start() -> Self {
        let (listener, address) = Loopback::bind().await;
        let core = Arc::<Core>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&core));
        let server = Loopback::serve(listener, address, router);
        let url = format!("http://{address}");
        Self(Arc::new(Inner { core, url, server }))
    }

    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// From now on, until [`TwilioServer::clear_faults`].
    pub fn set_fault(&self, fault: Fault) {
        self.0.core.faults.set((), fault, None);
    }

    /// The next so many messages.
    pub fn set_fault_times(&self, fault: Fault, times: u32) {
        self.0.core.faults.set((), fault, Some(times));
    }

    pub fn clear_faults(&self) {
        self.0.core.faults.clear();
    }

    /// Every message sent so far: the first of each token.
    pub fn texts(&self) -> Vec<Sms> {
        let (mut seen, mut texts) = (HashSet::new(), Vec::new());
        for (text, _) in self.arrivals() {
            if seen.insert(text.token.clone()) {
                texts.push(text);
            }
        }
        texts
    }

    /// Every message that came, as often as it came.
    pub fn arrivals(&self) -> Vec<(Sms, Came)> {
        self.0.core.texts().clone()
    }

    /// How often something went wrong so far.
    pub fn struck(&self) -> u64 {
        self.0.core.faults.struck()
    }

    /// Connections are refused.
    pub async fn go_down(&self) {
        self.0.server.go_down().await;
    }

    pub async fn come_up(&self) {
        self.0.server.come_up().await;
    }
}

impl Core {
    fn texts(&self) -> MutexGuard<'_, Vec<(Sms, Came)>> {
        self.texts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn answer(
    State(core): State<Arc<Core>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let came = Came::now();
    let credentials = STANDARD.encode(format!("{TWILIO_ACCOUNT}:{TWILIO_TOKEN}"));
    let known = text(&request, "authorization") == Some(format!("Basic {credentials}"));
    let token = text(&request, "i-twilio-idempotency-token");
    let call = Call::read(request).await;
    let path = format!("2010-04-01/Accounts/{TWILIO_ACCOUNT}/Messages.json");
    let fault = core.faults.next(&());
    if !known || fault == Some(Fault::Authenticate) {
        return refusal(StatusCode::UNAUTHORIZED, 20003);
    }
    if (call.method.as_str(), call.path.as_str()) != ("POST", path.as_str()) {
        return refusal(StatusCode::NOT_FOUND, 20404);
    }
    match fault {
        Some(Fault::Hang) => return pending().await,
        Some(Fault::LostBefore) => return cut.now().await,
        Some(Fault::FailBefore) => return refusal(StatusCode::INTERNAL_SERVER_ERROR, 20500),
        Some(Fault::TooMany) => return refusal(StatusCode::TOO_MANY_REQUESTS, 20429),
        Some(Fault::Decline) => return refusal(StatusCode::BAD_REQUEST, 21211),
        Some(Fault::Late(time)) => tokio::time::sleep(time).await,
        _ => {}
    }
    let text = Sms {
        to: call.field("To").to_owned(),
        from: call.field("From").to_owned(),
        body: call.field("Body").to_owned(),
        token: token.unwrap_or_default(),
    };
    core.texts().push((text, came.clone()));
    if let Some(Fault::Slow(time)) = fault {
        tokio::time::sleep(time).await;
    }
    match fault {
        Some(Fault::Late(_)) => pending().await,
        Some(Fault::LostAfter) => cut.now().await,
        Some(Fault::FailAfter) => refusal(StatusCode::INTERNAL_SERVER_ERROR, 20500),
        _ => {
            came.tell();
            let sent = Json(json!({"sid": "SM0001", "status": "queued"}));
            (StatusCode::CREATED, sent).into_response()
        }
    }
}

fn text(request: &Request, header: &str) -> Option<String> {
    let value = request.headers().get(header)?.to_str().ok()?;
    Some(value.to_owned())
}

fn refusal(status: StatusCode, code: u32) -> Response {
    let body = json!({"code": code, "message": "no", "status": status.as_u16()});
    (status, Json(body)).into_response()
}
