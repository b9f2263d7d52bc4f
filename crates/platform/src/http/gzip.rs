//! Compresses large answers for those who ask. Whoever does not ask pays nothing.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use tower::Service as _;
use tower_http::compression::Compression;
use tower_http::compression::predicate::{DefaultPredicate, Predicate as _, SizeAbove};

/// Smaller answers grow under gzip, or save nothing worth the time.
const FROM_BYTES: u64 = 1024;

/// Sends a request through the router.
pub(super) async fn route(mut router: Router, request: Request) -> Response {
    if !asked_for(request.headers()) {
        let Ok(response) = router.call(request).await;
        return response;
    }
    let worth_it = DefaultPredicate::new().and(SizeAbove::new(FROM_BYTES));
    let mut zipping = Compression::new(router).compress_when(worth_it);
    let Ok(response) = zipping.call(request).await;
    response.map(Body::new)
}

/// Whether the word is there at all; its weight is read by the compression itself.
fn asked_for(headers: &HeaderMap) -> bool {
    let accepted = headers
        .get(header::ACCEPT_ENCODING)
        .map(HeaderValue::as_bytes);
    accepted.is_some_and(|names| {
        names
            .windows(4)
            .any(|name| name.eq_ignore_ascii_case(b"gzip"))
    })
}
