//! The request that this task is serving: its id, and the route it met.
//!
//! A task-local rather than an argument, because a [`Problem`](super::Problem) made deep inside
//! must carry the id, and the pipeline outside wants to know the route.

use std::sync::{Arc, OnceLock};

tokio::task_local! {
    static CURRENT: Arc<Exchange>;
}

/// One request, from the outside.
#[derive(Debug)]
pub(super) struct Exchange {
    request_id: Arc<str>,
    route: OnceLock<Arc<str>>,
}

impl Exchange {
    pub(super) fn new(request_id: Arc<str>) -> Arc<Self> {
        let route = OnceLock::new();
        Arc::new(Self { request_id, route })
    }

    pub(super) fn request_id(&self) -> &str {
        &self.request_id
    }

    /// The template of the route, once the request has met one.
    pub(super) fn route(&self) -> Option<&str> {
        self.route.get().map(|route| &**route)
    }

    /// Does `work` as part of this exchange. Not an `async fn`: that would copy `work` once more.
    pub(super) fn scope<F: Future>(
        self: &Arc<Self>,
        work: F,
    ) -> impl Future<Output = F::Output> + use<F> {
        CURRENT.scope(Arc::clone(self), work)
    }
}

/// Notes that the current request has met this route.
pub(super) fn met(route: &Arc<str>) {
    let _ = CURRENT.try_with(|exchange| exchange.route.set(Arc::clone(route)));
}

/// The request id; empty in jobs, reactions and commands.
pub fn request_id() -> String {
    CURRENT
        .try_with(|exchange| exchange.request_id.to_string())
        .unwrap_or_default()
}

/// Does `work` as part of the request with this id; for those who work on behalf of several.
pub fn within_request<F: Future>(id: Arc<str>, work: F) -> impl Future<Output = F::Output> {
    CURRENT.scope(Exchange::new(id), work)
}
