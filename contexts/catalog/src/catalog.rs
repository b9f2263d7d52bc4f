//! What every use case of the catalogue works with: the host, the cache of rendered products, and
//! the question to inventory, once somebody has plugged it in.

use crate::cache::ProductCache;
use crate::product::Product;
use contracts::catalog::ProductChanged;
use contracts::ports::Availability;
use kernel::ProductId;
use platform::{DbError, Host, Tx};
use std::sync::{Arc, Once, OnceLock};

/// Where the binary puts inventory's answer once all contexts are built. Stays empty where
/// inventory is not at home; products are then shown with `available: null`.
pub type AvailabilitySlot = Arc<OnceLock<Arc<dyn Availability>>>;

/// The catalogue of one process. Cheap to clone.
#[derive(Clone)]
pub struct Catalog {
    pub host: Host,
    pub cache: ProductCache,
    availability: AvailabilitySlot,
    watching: Arc<Once>,
}

impl Catalog {
    pub fn new(host: &Host, availability: AvailabilitySlot) -> Self {
        let (cache, watching) = (ProductCache::new(), Arc::new(Once::new()));
        Self {
            host: host.clone(),
            cache,
            availability,
            watching,
        }
    }

    /// For commands that write without serving: nobody reads a cache there.
    pub fn without_readers(host: &Host) -> Self {
        Self::new(host, AvailabilitySlot::default())
    }

    /// How much of each product may be sold, as far as anybody can tell now.
    pub async fn available(&self, products: &[ProductId]) -> Vec<Option<i64>> {
        let Some(port) = self.port().filter(|_| !products.is_empty()) else {
            return vec![None; products.len()];
        };
        match port.available(products).await {
            Ok(counts) if counts.len() == products.len() => counts.into_iter().map(Some).collect(),
            Ok(_) => vec![None; products.len()],
            Err(error) => {
                tracing::warn!(%error, "products are shown without what is available");
                vec![None; products.len()]
            }
        }
    }

    /// The port, and from its first use on the cache follows the levels.
    pub fn port(&self) -> Option<&Arc<dyn Availability>> {
        let port = self.availability.get()?;
        self.watching.call_once(|| {
            let cache = self.cache.clone();
            port.watch(Arc::new(move |products| {
                products.iter().for_each(|product| cache.forget(*product));
            }));
        });
        Some(port)
    }

    /// Publishes the state of a product and makes readers see it once it is durable.
    pub fn publish(&self, tx: &mut Tx, product: &Product) -> Result<(), DbError> {
        tx.publish(&changed(product), product.version)?;
        self.forget_after_commit(tx, product.id);
        Ok(())
    }

    pub fn forget_after_commit(&self, tx: &mut Tx, id: ProductId) {
        let cache = self.cache.clone();
        tx.after_commit(move || cache.forget(id));
    }
}

fn changed(product: &Product) -> ProductChanged {
    let content = &product.content;
    ProductChanged {
        product_id: product.id,
        sku: content.sku.to_string(),
        name: content.name.to_string(),
        category_id: content.category_id,
        group_id: content.group_id,
        price_minor: content.price.minor(),
        currency: content.price.currency().to_string(),
        status: content.status.as_str().to_owned(),
    }
}
