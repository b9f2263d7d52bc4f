//! What belongs to the request that this task is serving: its id and its trace.
//!
//! A task-local rather than an argument, because a [`Problem`](super::Problem) made deep inside
//! must carry the request id, and a published event the trace.

use std::sync::Arc;

tokio::task_local! {
    static CURRENT: Exchange;
}

/// One request and its answer.
#[derive(Debug, Clone)]
pub struct Exchange {
    /// Taken from `X-Request-Id` or made.
    pub request_id: Arc<str>,
    /// The W3C `traceparent` the caller sent, if it is well formed.
    pub traceparent: Option<Arc<str>>,
}

/// The exchange this task serves; `None` in jobs, reactions and commands.
pub fn current() -> Option<Exchange> {
    CURRENT.try_with(Clone::clone).ok()
}

/// The request id, or nothing outside of a request.
pub(super) fn request_id() -> String {
    CURRENT
        .try_with(|exchange| exchange.request_id.to_string())
        .unwrap_or_default()
}

/// Runs `work` as part of `exchange`.
pub(super) async fn within<F: Future>(exchange: Exchange, work: F) -> F::Output {
    CURRENT.scope(exchange, work).await
}
