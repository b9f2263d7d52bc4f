//! What every use case of carts works with: the host, the checkout desk, and the question to
//! inventory, once somebody has plugged it in.

use crate::desk::Desk;
use contracts::ports::Availability;
use kernel::ProductId;
use platform::Host;
use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

/// Where the binary puts inventory's answer once all contexts are built. Stays empty where
/// inventory is not at home; lines are then shown without what is available.
pub type AvailabilitySlot = Arc<OnceLock<Arc<dyn Availability>>>;

/// The carts of one process. Cheap to clone.
#[derive(Clone)]
pub struct Carts {
    pub host: Host,
    pub desk: Desk,
    pub availability: AvailabilitySlot,
}

impl Carts {
    /// How much of each product may be sold, as far as anybody can tell now: for display only.
    pub async fn available(&self, products: Vec<ProductId>) -> HashMap<ProductId, i64> {
        let Some(port) = self.availability.get().filter(|_| !products.is_empty()) else {
            return HashMap::new();
        };
        match port.available(&products).await {
            Ok(counts) => products.into_iter().zip(counts).collect(),
            Err(error) => {
                tracing::warn!(%error, "a cart is shown without what is available");
                HashMap::new()
            }
        }
    }
}
