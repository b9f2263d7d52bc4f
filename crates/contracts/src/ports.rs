//! Questions one context may ask of another without knowing it: the binary plugs the answer in.
//! Ports serve reading only. Nothing is decided by their answer; what decides travels in events.

use kernel::ProductId;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// What a port's method returns: a future of its answer.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, PortError>> + Send + 'a>>;

/// Called with the products whose levels just changed, after that is durable.
/// It runs on the writer's thread: it may drop a cache entry, never wait.
pub type LevelListener = Arc<dyn Fn(&[ProductId]) + Send + Sync>;

/// How much of a product may still be sold. Implemented by inventory, asked by the catalogue.
pub trait Availability: Send + Sync + 'static {
    /// Units free to sell over all stores, one answer per product in the order asked;
    /// 0 for a product that was never stocked.
    fn available<'a>(&'a self, products: &'a [ProductId]) -> Asking<'a, Vec<i64>>;

    /// Tells `listener` about every later change of a level in this process.
    fn watch(&self, listener: LevelListener);
}

/// The other side could not answer now; the asker shows what it knows without it.
#[derive(Debug)]
pub struct PortError(Box<dyn Error + Send + Sync>);

impl PortError {
    pub fn new(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for PortError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "another context could not answer: {}", self.0)
    }
}

impl Error for PortError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(self.0.as_ref())
    }
}
