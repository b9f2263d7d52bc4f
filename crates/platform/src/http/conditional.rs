//! `If-None-Match`: whoever has seen this version already gets 304 instead of the body.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::Response;

/// The tags a reading request has seen.
pub(super) fn seen(method: &Method, headers: &HeaderMap) -> Option<HeaderValue> {
    let reads = *method == Method::GET || *method == Method::HEAD;
    reads
        .then(|| headers.get(header::IF_NONE_MATCH).cloned())
        .flatten()
}

/// Turns a 200 whose tag was seen into a 304.
pub(super) fn answer(mut response: Response, seen: &HeaderValue) -> Response {
    let tag = response.headers().get(header::ETAG);
    let fresh = response.status() != StatusCode::OK || !tag.is_some_and(|tag| matches(seen, tag));
    if fresh {
        return response;
    }
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    *response.body_mut() = Body::empty();
    for body_only in [
        header::CONTENT_TYPE,
        header::CONTENT_LENGTH,
        header::CONTENT_ENCODING,
    ] {
        response.headers_mut().remove(body_only);
    }
    response
}

/// The weak comparison of RFC 9110, 13.1.2.
fn matches(seen: &HeaderValue, tag: &HeaderValue) -> bool {
    let (Ok(seen), Ok(tag)) = (seen.to_str(), tag.to_str()) else {
        return false;
    };
    let strong = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    seen.trim() == "*" || seen.split(',').any(|one| strong(one) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(seen: &'static str) -> StatusCode {
        let mut response = Response::new(Body::from("body"));
        response
            .headers_mut()
            .insert(header::ETAG, HeaderValue::from_static("\"3\""));
        answer(response, &HeaderValue::from_static(seen)).status()
    }

    #[test]
    fn what_was_seen_is_not_sent_again() {
        assert_eq!(answered("\"3\""), StatusCode::NOT_MODIFIED);
        assert_eq!(answered("\"1\", W/\"3\""), StatusCode::NOT_MODIFIED);
        assert_eq!(answered("*"), StatusCode::NOT_MODIFIED);
        assert_eq!(answered("\"2\""), StatusCode::OK);
        assert_eq!(answered("3"), StatusCode::OK);
    }

    #[test]
    fn only_reading_requests_are_conditional() {
        let mut headers = HeaderMap::new();
        headers.insert(header::IF_NONE_MATCH, HeaderValue::from_static("\"3\""));
        assert!(seen(&Method::GET, &headers).is_some());
        assert!(seen(&Method::PUT, &headers).is_none());
    }
}
