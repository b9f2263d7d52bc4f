//! The answer to the catalogue's question: how much of a product may still be sold.

use crate::feed::Feed;
use crate::store::levels;
use contracts::ports::{Asking, Availability, LevelListener, PortError};
use kernel::ProductId;
use platform::Db;

/// Reads the levels; listeners hear of every change of this process.
pub struct Shelf {
    pub db: Db,
    pub feed: Feed,
}

impl Availability for Shelf {
    fn available<'a>(&'a self, products: &'a [ProductId]) -> Asking<'a, Vec<i64>> {
        Box::pin(async move {
            let mut tx = self.db.read().await.map_err(PortError::new)?;
            levels::available(&mut tx, products)
                .await
                .map_err(PortError::new)
        })
    }

    fn watch(&self, listener: LevelListener) {
        self.feed.watch(listener);
    }
}
