//! A receiver of webhooks, as others write one: it keeps what it gets, checks signatures in its
//! own way, and fails when it is told to. Each path of it is an endpoint of its own.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use axum::{Extension, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use http_body_util::BodyExt as _;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::loopback::{Came, Cut, Fault, Faults, Loopback};

/// The receiver. Clones are the same one; it stops with the last.
#[derive(Clone)]
pub struct Receiver(Arc<Inner>);

struct Inner {
    core: Arc<Core>,
    server: Loopback,
    url: String,
}

#[derive(Default)]
struct Core {
    received: Mutex<Vec<Received>>,
    faults: Faults<String>,
    answers: Mutex<HashMap<String, Answer>>,
}

type Answer = (u16, Option<(&'static str, String)>, String);

/// A webhook as it came.
#[derive(Clone, Debug)]
pub struct Received {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub came: Came,
}

impl Receiver {
    /// Starts on a port of its own.
    pub async fn start() -> Self {
        let (listener, address) = Loopback::bind().await;
        let core = Arc::new(Core::default());
        let router = Router::new()
            .fallback(receive)
            .with_state(Arc::clone(&core));
        let server = Loopback::serve(listener, address, router);
        let url = format!("http://{address}");
        Self(Arc::new(Inner { core, server, url }))
    }

    /// The URL of a path, given without a slash before it.
    pub fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.0.url)
    }

    /// What goes wrong at a path, until [`Receiver::heal`]. What is lost after it was done has
    /// been received.
    pub fn fail(&self, path: &str, fault: Fault) {
        self.0.core.faults.set(format!("/{path}"), fault, None);
    }

    /// The next so many times.
    pub fn fail_times(&self, path: &str, fault: Fault, times: u32) {
        self.0
            .core
            .faults
            .set(format!("/{path}"), fault, Some(times));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.0.core.faults.clear();
        locked(&self.0.core.answers).clear();
    }

    /// What a path answers from now on: status, a header, a body.
    pub fn answer(
        &self,
        path: &str,
        status: u16,
        header: Option<(&'static str, String)>,
        body: &str,
    ) {
        let answer = (status, header, body.to_owned());
        locked(&self.0.core.answers).insert(format!("/{path}"), answer);
    }

    /// Connections are refused.
    pub async fn go_down(&self) {
        self.0.server.go_down().await;
    }

    pub async fn come_up(&self) {
        self.0.server.come_up().await;
    }

    /// How often something went wrong so far.
    pub fn struck(&self) -> u64 {
        self.0.core.faults.struck()
    }

    /// Everything that came to a path, in the order it came.
    pub fn received(&self, path: &str) -> Vec<Received> {
        let path = format!("/{path}");
        let received = locked(&self.0.core.received);
        let here = received.iter().filter(|one| one.path == path);
        here.cloned().collect()
    }
}

impl Received {
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// The `webhook-id`.
    pub fn id(&self) -> &str {
        self.header("webhook-id")
    }

    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a webhook's body is JSON")
    }

    /// How many signatures it carries.
    pub fn signatures(&self) -> usize {
        self.header("webhook-signature").split(' ').count()
    }

    /// Whether one of them was made with this secret, over what came.
    pub fn is_signed_by(&self, secret: &str) -> bool {
        let key = secret.strip_prefix("whsec_");
        let key = key.and_then(|key| STANDARD.decode(key).ok());
        let key = key.expect("a secret is whsec_ and base64");
        let (id, at) = (self.id(), self.header("webhook-timestamp"));
        let message = [format!("{id}.{at}.").as_bytes(), &self.body[..]].concat();
        let expected = format!("v1,{}", STANDARD.encode(hmac(&key, &message)));
        let mut signatures = self.header("webhook-signature").split(' ');
        signatures.any(|signature| signature == expected)
    }
}

/// RFC 2104, written out: nothing is shared with what makes the signatures.
fn hmac(key: &[u8], message: &[u8]) -> Vec<u8> {
    const BLOCK: usize = 64;
    let mut padded = [0_u8; BLOCK];
    match key.len() > BLOCK {
        true => padded[..32].copy_from_slice(&Sha256::digest(key)),
        false => padded[..key.len()].copy_from_slice(key),
    }
    let inner = Sha256::new()
        .chain_update(padded.map(|byte| byte ^ 0x36))
        .chain_update(message)
        .finalize();
    let outer = Sha256::new()
        .chain_update(padded.map(|byte| byte ^ 0x5c))
        .chain_update(inner);
    outer.finalize().to_vec()
}

async fn receive(
    State(core): State<Arc<Core>>,
    Extension(cut): Extension<Cut>,
    request: Request,
) -> Response {
    let came = Came::now();
    let (head, body) = request.into_parts();
    let body = body.collect().await.map(|body| body.to_bytes());
    let received = Received {
        path: head.uri.path().to_owned(),
        headers: head.headers,
        body: body.unwrap_or_default(),
        came: came.clone(),
    };
    let path = received.path.clone();
    let take = || locked(&core.received).push(received);
    let answer = || {
        came.tell();
        core.answer(&path)
    };
    match core.faults.next(&path) {
        None => {
            take();
            answer()
        }
        Some(Fault::Slow(pause)) => {
            take();
            tokio::time::sleep(pause).await;
            answer()
        }
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Late(pause)) => {
            take();
            tokio::time::sleep(pause).await;
            std::future::pending().await
        }
        Some(Fault::LostBefore) => cut.now().await,
        Some(Fault::LostAfter) => {
            take();
            cut.now().await
        }
        Some(Fault::FailAfter) => {
            take();
            said(500, None, "an error")
        }
        Some(Fault::TooMany) => said(429, Some(("retry-after", "120".to_owned())), "too many"),
        Some(Fault::FailBefore | Fault::Decline | Fault::Authenticate) => {
            said(500, None, "an error")
        }
    }
}

impl Core {
    fn answer(&self, path: &str) -> Response {
        let answers = locked(&self.answers);
        match answers.get(path) {
            Some((status, header, body)) => said(*status, header.clone(), body),
            None => said(204, None, ""),
        }
    }
}

fn said(status: u16, named: Option<(&'static str, String)>, body: &str) -> Response {
    let answer = Response::builder().status(status);
    let answer = match named {
        Some((name, value)) => answer.header(name, value),
        None => answer,
    };
    let answer = answer.header(header::CONTENT_TYPE, "text/plain");
    let answer = answer.body(Body::from(body.to_owned()));
    answer.expect("the answer is well formed")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
