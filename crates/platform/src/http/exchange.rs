//! The id of the request that this task is serving.
//!
//! A task-local rather than an argument, because a [`Problem`](super::Problem) made deep inside
//! must carry it.

use std::sync::Arc;

tokio::task_local! {
    static REQUEST_ID: Arc<str>;
}

/// The request id; empty in jobs, reactions and commands.
pub fn request_id() -> String {
    REQUEST_ID.try_with(|id| id.to_string()).unwrap_or_default()
}

/// Does `work` as part of the request with this id; for those who work on behalf of several too.
pub async fn within_request<F: Future>(id: Arc<str>, work: F) -> F::Output {
    REQUEST_ID.scope(id, work).await
}
