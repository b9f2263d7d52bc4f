//! What happens to every request, in one pass: id, caller, limits, panic, log line, metrics.
//!
//! One layer instead of ten generic ones: each layer costs an allocation or two per request, and
//! the order of these steps matters enough to be read in one place.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::{MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::ErrorKind;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::auth::Principal;
use crate::config::{Environment, Settings};
use crate::events::Cause;
use crate::source::Source;

use super::address::Address;
use super::authenticate::{Authenticate, bearer};
use super::metrics::Meters;
use super::problem::Problem;
use super::rate_limit::{Left, RateLimiting};
use super::request_id::{RequestId, X_REQUEST_ID, traceparent};
use super::{conditional, exchange, security};

/// What the pipeline works with.
pub(super) struct Pipeline {
    pub source: Source,
    pub authenticate: Arc<dyn Authenticate>,
    pub meters: Meters,
    rate: Option<RateLimiting>,
    slots: Semaphore,
    trusted_proxies: u8,
    production: bool,
}

impl Pipeline {
    pub(super) fn new(
        settings: &Settings,
        source: Source,
        authenticate: Arc<dyn Authenticate>,
        meters: Meters,
    ) -> Self {
        Self {
            source,
            authenticate,
            meters,
            rate: settings.limits.rate.map(RateLimiting::new),
            slots: Semaphore::new(settings.limits.in_flight),
            trusted_proxies: settings.trusted_proxies,
            production: settings.environment == Environment::Production,
        }
    }

    async fn answer(&self, correlation: Uuid, request: Request, next: Next) -> Response {
        // Whoever watches the process must get an answer when nobody else does.
        if is_watching(request.uri().path()) {
            return run(next, request).await;
        }
        let Ok(_slot) = self.slots.try_acquire() else {
            return overloaded().into_response();
        };
        match self.admit(correlation, request).await {
            Err(refusal) => *refusal,
            Ok(Admitted {
                request,
                cause,
                left,
            }) => {
                let mut response = cause.scope(run(next, request)).await;
                if let Some(left) = left {
                    left.write(response.headers_mut());
                }
                response
            }
        }
    }

    /// Finds out who calls and whether it is not too often.
    async fn admit(
        &self,
        correlation: Uuid,
        mut request: Request,
    ) -> Result<Admitted, Box<Response>> {
        let address = Address::of(&request, self.trusted_proxies);
        let principal = self.principal(request.headers()).await;
        let known = principal.as_ref().ok().and_then(Option::as_ref);
        let rate = self.rate.as_ref();
        let left = rate.map(|rate| rate.count(known, address)).transpose()?;
        let principal = principal.map_err(|problem| Box::new(problem.into_response()))?;
        let actor = principal
            .as_ref()
            .map_or_else(|| "anonymous".to_owned(), Principal::actor);
        let traceparent = traceparent(request.headers());
        if let Some(secret) = request.headers_mut().get_mut(header::AUTHORIZATION) {
            secret.set_sensitive(true);
        }
        request.extensions_mut().insert(address);
        if let Some(principal) = principal {
            request.extensions_mut().insert(principal);
        }
        let cause = Cause {
            correlation,
            causation: None,
            actor,
            traceparent,
        };
        Ok(Admitted {
            request,
            cause,
            left,
        })
    }

    async fn principal(&self, headers: &HeaderMap) -> Result<Option<Principal>, Problem> {
        match bearer(headers)? {
            Some(token) => self.authenticate.authenticate(token).await.map(Some),
            None => Ok(None),
        }
    }
}

struct Admitted {
    request: Request,
    cause: Cause,
    left: Option<Left>,
}

/// The layer.
pub(super) async fn pass(
    State(pipeline): State<Arc<Pipeline>>,
    request: Request,
    next: Next,
) -> Response {
    let started = Instant::now();
    let id = RequestId::of(request.headers(), &pipeline.source);
    let seen = conditional::seen(request.method(), request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let work = pipeline.answer(id.correlation, request, next);
    let mut response = exchange::within_request(Arc::clone(&id.text), work).await;
    if let Some(seen) = seen {
        response = conditional::answer(response, &seen);
    }
    let status = response.status();
    let headers = response.headers_mut();
    security::harden(status, headers, pipeline.production);
    if let Ok(id) = HeaderValue::try_from(&*id.text) {
        headers.insert(X_REQUEST_ID, id);
    }
    let route = route.as_ref().map(MatchedPath::as_str);
    let took = started.elapsed();
    pipeline.meters.count(&method, route, status, took);
    log(&id.text, &method, route, status, took);
    response
}

/// The route, not the path: a path may hold what the log must not.
fn log(id: &str, method: &Method, route: Option<&str>, status: StatusCode, took: Duration) {
    let (route, status) = (route.unwrap_or("none"), status.as_u16());
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    tracing::info!(target: "access", request_id = id, %method, route, status, took_us, "served");
}

/// Runs the handler; a panic becomes a 500 and ends nothing else.
async fn run(next: Next, request: Request) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(panic) => {
            let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
            let text = text.or_else(|| panic.downcast_ref::<String>().cloned());
            Problem::bug(format!("panic: {}", text.unwrap_or_default())).into_response()
        }
    }
}

fn is_watching(path: &str) -> bool {
    path == "/metrics" || path == "/health" || path.starts_with("/health/")
}

fn overloaded() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "OVERLOADED",
        "more requests are being worked on than this process takes; try again shortly",
    )
}
