//! The gate before every route: permission, body limit, deadline.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::body::HttpBody as _;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use http_body_util::Limited;
use kernel::ErrorKind;
use tower_http::timeout::TimeoutBody;

use crate::auth::Principal;

use super::allow::Allow;
use super::body::too_large;
use super::problem::Problem;
use super::routes::Limits;

/// What a request must pass before its handler sees it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Gate {
    pub allow: Allow,
    pub limits: Limits,
    /// How long the body may pause; a streamed one has no other deadline of its own.
    pub pause: Option<Duration>,
}

/// Puts the gate before the handlers of one path.
pub(super) fn before(handlers: MethodRouter, gate: Gate) -> MethodRouter {
    handlers.route_layer(from_fn_with_state(Arc::new(gate), pass))
}

async fn pass(State(gate): State<Arc<Gate>>, request: Request, next: Next) -> Response {
    if let Err(problem) = gate.allow.check(request.extensions().get::<Principal>()) {
        return problem.into_response();
    }
    if announced(request.headers()).is_some_and(|length| length > gate.limits.body as u64) {
        return too_large().into_response();
    }
    let work = next.run(limited(request, &gate));
    match tokio::time::timeout(gate.limits.timeout, work).await {
        Ok(response) => response,
        Err(_) => too_slow().into_response(),
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

/// A body that ends with an error when it is too long, or pauses too long.
fn limited(request: Request, gate: &Gate) -> Request {
    if request.body().is_end_stream() {
        return request;
    }
    request.map(|body| {
        let body = Limited::new(body, gate.limits.body);
        match gate.pause {
            Some(pause) => Body::new(TimeoutBody::new(pause, body)),
            None => Body::new(body),
        }
    })
}

pub(super) fn too_slow() -> Problem {
    Problem::new(
        ErrorKind::Unavailable,
        "REQUEST_TIMEOUT",
        "this took too long and was given up; it is safe to retry with the same Idempotency-Key",
    )
}
