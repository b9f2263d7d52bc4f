//! A server on this machine that fails when it is told to, as the servers of others do unasked.
//! What it serves is somebody else's matter (`stripe`, `payfast`).

use std::collections::HashMap;
use std::future::pending;
use std::hash::Hash;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::Request;
use axum::response::Response;
use axum::{Extension, Router};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};

/// What goes wrong with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It is done and answered, after so long.
    Slow(Duration),
    /// Nothing is done and nothing is answered.
    Hang,
    /// It is done after so long, and nothing is answered: whoever asked has given up by then.
    Late(Duration),
    /// Nothing is done, and the connection is cut.
    LostBefore,
    /// It is done, and the connection is cut before the answer.
    LostAfter,
    /// Nothing is done: status 500.
    FailBefore,
    /// It is done: status 500.
    FailAfter,
    /// Nothing is done: too many calls.
    TooMany,
    /// The bank says no.
    Decline,
    /// The bank wants to see the buyer first (3-D Secure).
    Authenticate,
}

/// How a message came: when it began to, and whether whoever brought it was told that it was
/// taken. Clones are of the same message.
#[derive(Clone, Debug)]
pub struct Came {
    pub at: Instant,
    told: Arc<AtomicBool>,
}

impl Came {
    pub(crate) fn now() -> Self {
        Self {
            at: Instant::now(),
            told: Arc::default(),
        }
    }

    /// Its answer leaves.
    pub(crate) fn tell(&self) {
        self.told.store(true, Ordering::Relaxed);
    }

    pub fn told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }
}

/// Which calls fail, and how many more times; `S` names a call.
pub(crate) struct Faults<S> {
    set: Mutex<HashMap<S, (Fault, Option<u32>)>>,
    struck: AtomicU64,
}

impl<S> Default for Faults<S> {
    fn default() -> Self {
        let (set, struck) = Default::default();
        Self { set, struck }
    }
}

impl<S: Eq + Hash> Faults<S> {
    /// `times`: so often, or until it is cleared.
    pub fn set(&self, step: S, fault: Fault, times: Option<u32>) {
        self.locked().insert(step, (fault, times));
    }

    pub fn clear(&self) {
        self.locked().clear();
    }

    /// What goes wrong with this call, now.
    pub fn next(&self, step: &S) -> Option<Fault> {
        let mut faults = self.locked();
        let (fault, times) = faults.get_mut(step)?;
        let fault = *fault;
        self.struck.fetch_add(1, Ordering::Relaxed);
        if let Some(times) = times {
            *times -= 1;
            if *times == 0 {
                faults.remove(step);
            }
        }
        Some(fault)
    }

    /// How often something went wrong so far.
    pub fn struck(&self) -> u64 {
        self.struck.load(Ordering::Relaxed)
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, HashMap<S, (Fault, Option<u32>)>> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Cuts the connection a request came on.
#[derive(Clone, Default)]
pub(crate) struct Cut(Arc<Notify>);

impl Cut {
    /// Never returns: the connection is gone, and with it whoever serves the request.
    pub async fn now(&self) -> Response {
        self.0.notify_one();
        pending().await
    }
}

/// A router on a port of its own, until it is dropped.
pub(crate) struct Loopback {
    address: SocketAddr,
    router: Router,
    accepting: Mutex<Option<JoinHandle<()>>>,
}

impl Loopback {
    pub async fn bind() -> (TcpListener, SocketAddr) {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let listener = TcpListener::bind(any).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        (listener, address)
    }

    pub fn serve(listener: TcpListener, address: SocketAddr, router: Router) -> Self {
        let accepting = tokio::spawn(accept(listener, router.clone()));
        Self {
            address,
            router,
            accepting: Mutex::new(Some(accepting)),
        }
    }

    /// Nobody listens any more: connections are refused.
    pub async fn go_down(&self) {
        let accepting = self.locked().take();
        if let Some(accepting) = accepting {
            accepting.abort();
            // The port is free once the task is gone.
            let _ = accepting.await;
        }
    }

    /// Listens again, at the same address.
    pub async fn come_up(&self) {
        let listener = TcpListener::bind(self.address).await;
        let listener = listener.expect("the port is still free");
        let accepting = tokio::spawn(accept(listener, self.router.clone()));
        self.locked().replace(accepting);
    }

    fn locked(&self) -> std::sync::MutexGuard<'_, Option<JoinHandle<()>>> {
        self.accepting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Loopback {
    fn drop(&mut self) {
        if let Some(accepting) = self.locked().take() {
            accepting.abort();
        }
    }
}

/// Ends with all its connections when it is aborted.
async fn accept(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            continue;
        };
        let cut = Cut::default();
        let service = TowerToHyperService::new(router.clone().layer(Extension(cut.clone())));
        connections.spawn(async move {
            let connection = http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            tokio::select! {
                _ = connection => {}
                () = cut.0.notified() => {}
            }
        });
        while connections.try_join_next().is_some() {}
    }
}

/// A request, read as a form.
#[derive(Clone)]
pub(crate) struct Call {
    pub method: String,
    /// `v1/refunds`, without slashes around it.
    pub path: String,
    pub fields: Vec<(String, String)>,
    pub body: Bytes,
    bearer: Option<String>,
    key: Option<String>,
}

impl Call {
    pub async fn read(request: Request) -> Self {
        let (head, body) = request.into_parts();
        let body = body.collect().await.map(|body| body.to_bytes());
        let body = body.unwrap_or_default();
        let header = |name: &str| {
            let value = head.headers.get(name)?.to_str().ok()?;
            Some(value.to_owned())
        };
        let query = head.uri.query().unwrap_or_default();
        let pairs = form_urlencoded::parse(query.as_bytes()).chain(form_urlencoded::parse(&body));
        Self {
            fields: pairs
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect(),
            method: head.method.to_string(),
            path: head.uri.path().trim_matches('/').to_owned(),
            bearer: header("authorization"),
            key: header("idempotency-key"),
            body,
        }
    }

    /// The value of a field; empty when there is none.
    pub fn field(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(other, _)| other == name);
        field.map_or("", |(_, value)| value)
    }

    pub fn bearer(&self) -> Option<&str> {
        self.bearer.as_deref()?.strip_prefix("Bearer ")
    }

    pub fn key(&self) -> Option<&str> {
        self.key.as_deref()
    }
}
