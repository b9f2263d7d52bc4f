//! The headers that keep browsers from doing what an API never asks of them.

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};

/// An API's answers load nothing and are shown in no frame.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
/// Two years, as the preload lists of browsers want it.
const STRICT_TRANSPORT: HeaderValue =
    HeaderValue::from_static("max-age=63072000; includeSubDomains");

/// Adds what the handler has not decided itself.
pub(super) fn harden(status: StatusCode, headers: &mut HeaderMap, production: bool) {
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(POLICY);
    if production {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, STRICT_TRANSPORT);
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, caching(status, headers));
    }
}

/// What has a tag may be kept by the caller and must be asked for again; the rest is kept nowhere.
fn caching(status: StatusCode, headers: &HeaderMap) -> HeaderValue {
    let kept = status.is_success() || status == StatusCode::NOT_MODIFIED;
    match kept && headers.contains_key(header::ETAG) {
        true => HeaderValue::from_static("private, no-cache"),
        false => HeaderValue::from_static("no-store"),
    }
}
