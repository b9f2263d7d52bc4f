//! Which web pages of other origins may call: those that are listed, and no others.

use std::time::Duration;

use axum::http::{HeaderName, HeaderValue, Method, header};
use tower_http::cors::{AllowOrigin, CorsLayer};

use super::authenticate::GUEST_HEADER;
use super::request_id;

/// How long a browser need not ask again whether it may call.
const CORS_AGE: Duration = Duration::from_secs(60 * 60);

/// The layer; `None` when no origin is listed, so that it costs nothing.
pub(super) fn layer(origins: &[String]) -> Option<CorsLayer> {
    let origins: Vec<HeaderValue> = origins.iter().filter_map(|o| o.parse().ok()).collect();
    if origins.is_empty() {
        return None;
    }
    let own = HeaderName::from_static;
    let sent = [
        header::AUTHORIZATION,
        header::CONTENT_TYPE,
        header::IF_MATCH,
        header::IF_NONE_MATCH,
        own(GUEST_HEADER),
        own("idempotency-key"),
        own("traceparent"),
        own(request_id::X_REQUEST_ID),
    ];
    let read = [
        header::ETAG,
        header::LOCATION,
        header::RETRY_AFTER,
        own(GUEST_HEADER),
        own("idempotency-replayed"),
        own("ratelimit-limit"),
        own("ratelimit-remaining"),
        own("ratelimit-reset"),
        own(request_id::X_REQUEST_ID),
    ];
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let layer = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods(methods)
        .allow_headers(sent)
        .expose_headers(read)
        .max_age(CORS_AGE);
    Some(layer)
}
