//! Server-sent events have no end of their own: they end with the process's readiness to serve,
//! so that a graceful shutdown does not wait for them in vain.

use axum::body::Body;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use futures::StreamExt as _;
use tokio_util::sync::CancellationToken;

/// The content type of server-sent events.
const EVENT_STREAM: &str = "text/event-stream";

/// The answer, whose body ends early if it is a stream and `closing` is cancelled.
pub(super) fn until(closing: CancellationToken, response: Response) -> Response {
    if !is_stream(response.headers()) {
        return response;
    }
    response.map(|body| {
        let parts = body.into_data_stream();
        Body::from_stream(parts.take_until(closing.cancelled_owned()))
    })
}

fn is_stream(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    kind.is_some_and(|kind| kind.as_bytes().starts_with(EVENT_STREAM.as_bytes()))
}
