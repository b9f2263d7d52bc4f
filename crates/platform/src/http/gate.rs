//! The gate before every route: permission, body limit, deadline.

use std::convert::Infallible;
use std::future::{Ready, ready};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use futures::FutureExt as _;
use futures::future::{Either, Map};
use http_body_util::Limited;
use kernel::ErrorKind;
use tokio::time::Timeout;
use tokio::time::error::Elapsed;
use tower::{Layer, Service};
use tower_http::timeout::TimeoutBody;

use crate::auth::Principal;

use super::allow::Allow;
use super::body::too_large;
use super::exchange;
use super::problem::Problem;
use super::routes::Limits;

/// What a request must pass before its handler sees it.
#[derive(Debug, Clone)]
pub(super) struct Gate {
    pub route: Arc<str>,
    pub allow: Allow,
    pub limits: Limits,
    /// How long the body may pause; a streamed one has no other deadline of its own.
    pub pause: Option<Duration>,
}

/// Puts the gate before the handlers of one path.
pub(super) fn before(handlers: MethodRouter, gate: Gate) -> MethodRouter {
    handlers.route_layer(gate)
}

impl Gate {
    /// The request, its body within limits, or why it may not pass.
    fn pass(&self, request: Request) -> Result<Request, Problem> {
        exchange::met(&self.route);
        self.allow.check(request.extensions().get::<Principal>())?;
        if announced(request.headers()).is_some_and(|length| length > self.limits.body as u64) {
            return Err(too_large());
        }
        if request.body().is_end_stream() {
            return Ok(request);
        }
        Ok(request.map(|body| self.limited(body)))
    }

    /// A body that ends with an error when it is too long, or pauses too long.
    fn limited(&self, body: Body) -> Body {
        let body = Limited::new(body, self.limits.body);
        match self.pause {
            Some(pause) => Body::new(TimeoutBody::new(pause, body)),
            None => Body::new(body),
        }
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers
        .get(header::CONTENT_LENGTH)?
        .to_str()
        .ok()?
        .parse()
        .ok()
}

pub(super) fn too_slow() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "REQUEST_TIMEOUT",
        "this took too long and was given up; it is safe to retry with the same Idempotency-Key",
    )
}

/// A route behind its gate. Written out instead of `from_fn`, which would copy the route and
/// allocate twice for each request.
#[derive(Debug, Clone)]
pub(super) struct Gated<S> {
    gate: Arc<Gate>,
    route: S,
}

impl<S> Layer<S> for Gate {
    type Service = Gated<S>;

    fn layer(&self, route: S) -> Gated<S> {
        Gated {
            gate: Arc::new(self.clone()),
            route,
        }
    }
}

type Served = Result<Response, Infallible>;

impl<S> Service<Request> for Gated<S>
where
    S: Service<Request, Response = Response, Error = Infallible>,
{
    type Response = Response;
    type Error = Infallible;
    type Future =
        Either<Ready<Served>, Map<Timeout<S::Future>, fn(Result<Served, Elapsed>) -> Served>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.route.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        match self.gate.pass(request) {
            Err(problem) => Either::Left(ready(Ok(problem.into_response()))),
            Ok(request) => {
                let work = self.route.call(request);
                Either::Right(tokio::time::timeout(self.gate.limits.timeout, work).map(in_time))
            }
        }
    }
}

fn in_time(served: Result<Served, Elapsed>) -> Served {
    served.unwrap_or_else(|_| Ok(too_slow().into_response()))
}
