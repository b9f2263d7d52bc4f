//! Safe retries: an `Idempotency-Key` makes a POST happen once, and a request that lost against
//! another transaction is tried again before the caller hears of it.
//!
//! Effect and stored answer commit in one transaction, so that after a crash in the middle the
//! retry finds either both or neither.

mod answer;
mod key;
mod once;
mod running;
mod seal;
mod store;
mod streamed;

use std::sync::Arc;
use std::time::Duration;

use axum::Extension;
use axum::middleware::from_fn_with_state;
use axum::routing::MethodRouter;

use crate::db::Db;
use crate::source::Source;

pub use answer::StoredAnswer;
pub use key::RetryKey;
pub use once::reused;
pub use store::{Told, find_all, insert_all, purge, replace_all};

use running::Running;

/// How long a stored answer is kept.
pub const KEPT: Duration = Duration::from_secs(72 * 60 * 60);

/// Who takes care of the key of an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Retry {
    /// This layer, for handlers that know nothing of it.
    ByLayer,
    /// The handler; it gets a [`RetryKey`].
    ByHandler,
    /// This layer, for a body that is too large to be held.
    Streamed,
}

/// What the layer works with. Cloning shares it.
#[derive(Clone)]
pub(super) struct Retries(Arc<Inner>);

struct Inner {
    db: Db,
    source: Source,
    running: Running,
}

impl Retries {
    pub(super) fn new(db: Db, source: Source) -> Self {
        Self(Arc::new(Inner {
            db,
            source,
            running: Running::default(),
        }))
    }
}

/// Puts the layer around the handlers of one path.
pub(super) fn around(handlers: MethodRouter, retry: Retry, retries: &Retries) -> MethodRouter {
    let retries = retries.clone();
    match retry {
        Retry::ByLayer => handlers.route_layer(from_fn_with_state(retries, once::by_layer)),
        Retry::ByHandler => handlers.route_layer(from_fn_with_state(retries, once::by_handler)),
        Retry::Streamed => handlers.route_layer(from_fn_with_state(retries, streamed::once)),
    }
}

/// How a handler that takes care of retries itself receives the key.
pub type KeyOfRequest = Option<Extension<RetryKey>>;
