//! What happens to every request, in one pass: id, caller, limits, panic, log line, metrics.
//!
//! One function around the router instead of ten generic layers: each layer costs allocations per
//! request, and the order of these steps matters enough to be read in one place.

use std::collections::HashSet;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures::FutureExt;
use kernel::ErrorKind;
use tokio::sync::Semaphore;
use uuid::Uuid;

use crate::auth::{Caller, Principal};
use crate::config::Environment;
use crate::events::Cause;
use crate::load::Load;
use crate::module::Host;
use crate::source::Source;

use super::address::Address;
use super::authenticate::{Authenticate, GUEST_HEADER, bearer};
use super::exchange::Exchange;
use super::metrics::Meters;
use super::problem::Problem;
use super::rate_limit::{Left, RateLimiting};
use super::request_id::{RequestId, X_REQUEST_ID, traceparent};
use super::routes::RouteInfo;
use super::{conditional, gzip, security};

/// What the pipeline works with.
pub(super) struct Pipeline {
    source: Source,
    authenticate: Arc<dyn Authenticate>,
    meters: Meters,
    rate: RateLimiting,
    slots: Semaphore,
    load: Load,
    /// Paths where a token that does not hold is overlooked.
    forgiving: HashSet<String>,
    trusted_proxies: u8,
    production: bool,
}

impl Pipeline {
    pub(super) fn new(
        host: &Host,
        authenticate: Arc<dyn Authenticate>,
        routes: &[RouteInfo],
    ) -> Self {
        let settings = &host.settings;
        let forgiving = routes
            .iter()
            .filter(|route| route.allow.overlooks_bad_token());
        Self {
            source: host.source.clone(),
            load: host.load.clone(),
            authenticate,
            meters: Meters::new(routes),
            forgiving: forgiving.map(|route| route.path.clone()).collect(),
            rate: RateLimiting::new(settings.limits.rate),
            slots: Semaphore::new(settings.limits.in_flight),
            trusted_proxies: settings.trusted_proxies,
            production: settings.environment == Environment::Production,
        }
    }

    /// Serves one request from its head to the head of its answer.
    pub(super) async fn serve(&self, request: Request, router: Router) -> Response {
        let started = Instant::now();
        let id = RequestId::of(request.headers(), &self.source);
        let seen = conditional::seen(request.method(), request.headers());
        let method = request.method().clone();
        let exchange = Exchange::new(id.text);
        let work = self.answer(id.correlation, request, router);
        let mut response = exchange.scope(work).await;
        if let Some(seen) = seen {
            response = conditional::answer(response, &seen);
        }
        let status = response.status();
        let headers = response.headers_mut();
        security::harden(status, headers, self.production);
        if let Ok(id) = HeaderValue::try_from(exchange.request_id()) {
            headers.insert(X_REQUEST_ID, id);
        }
        let took = started.elapsed();
        self.meters.count(&method, exchange.route(), status, took);
        log(&exchange, &method, status, took);
        response
    }

    async fn answer(&self, correlation: Uuid, request: Request, router: Router) -> Response {
        // Whoever watches the process must get an answer when nobody else does.
        if is_watching(request.uri().path()) {
            return run(router, request).await;
        }
        let Ok(_slot) = self.slots.try_acquire() else {
            return overloaded().into_response();
        };
        let _serving = self.load.serve();
        let Admitted {
            request,
            cause,
            left,
        } = match self.admit(correlation, request).await {
            Ok(admitted) => admitted,
            Err(refusal) => return *refusal,
        };
        let mut response = cause.scope(run(router, request)).await;
        if let Some(left) = left {
            left.write(response.headers_mut());
        }
        response
    }

    /// Finds out who calls and whether it is not too often.
    async fn admit(
        &self,
        correlation: Uuid,
        mut request: Request,
    ) -> Result<Admitted, Box<Response>> {
        let address = Address::of(&request, self.trusted_proxies);
        let caller = self.caller(request.uri().path(), request.headers()).await;
        let known = caller.as_ref().ok().and_then(Option::as_ref);
        let left = self.rate.count(known, address, self.source.now())?;
        let caller = caller.map_err(|problem| Box::new(problem.into_response()))?;
        let principal = caller.map(|caller| caller.principal);
        let actor = principal
            .as_ref()
            .map_or_else(|| "anonymous".to_owned(), Principal::actor);
        let traceparent = traceparent(request.headers());
        for name in [header::AUTHORIZATION.as_str(), GUEST_HEADER] {
            if let Some(secret) = request.headers_mut().get_mut(name) {
                secret.set_sensitive(true);
            }
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

    async fn caller(&self, path: &str, headers: &HeaderMap) -> Result<Option<Caller>, Problem> {
        let found = match bearer(headers) {
            Ok(Some(token)) => self.authenticate.authenticate(token).await.map(Some),
            Ok(None) => Ok(None),
            Err(problem) => Err(problem),
        };
        match found {
            Err(problem)
                if problem.kind() == ErrorKind::Unauthenticated
                    && self.forgiving.contains(path) =>
            {
                Ok(None)
            }
            found => found,
        }
    }
}

struct Admitted {
    request: Request,
    cause: Cause,
    left: Option<Left>,
}

/// The route, not the path: a path may hold what the log must not.
fn log(exchange: &Exchange, method: &Method, status: StatusCode, took: Duration) {
    let (route, status) = (exchange.route().unwrap_or("none"), status.as_u16());
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    let id = exchange.request_id();
    tracing::info!(target: "access", request_id = id, %method, route, status, took_us, "served");
}

/// Runs the handler; a panic becomes a 500 and ends nothing else.
async fn run(router: Router, request: Request) -> Response {
    match AssertUnwindSafe(gzip::route(router, request))
        .catch_unwind()
        .await
    {
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
