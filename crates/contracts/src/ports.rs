//! Questions one context may ask of another without knowing it: the binary plugs the answer in.
//! Ports serve reading only. Nothing is decided by their answer; what decides travels in events.
//! Who asks for something to show goes without where there is no answer; who must be complete
//! fails.

use kernel::{ClientId, OrderId, ProductId};
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

/// Where the orders of a client were to go. Implemented by orders, asked by people when a person
/// wants to know what is held on them.
pub trait ShippingAddresses: Send + Sync + 'static {
    /// Oldest order first; without those whose address was not told, and none of the erased.
    fn of_client(&self, client: ClientId) -> Asking<'_, Vec<ShippingAddress>>;
}

/// Where an order was to go. It does not print itself.
pub struct ShippingAddress {
    pub order_id: OrderId,
    pub order_number: String,
    pub address: String,
}

/// The other side could not answer now.
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
