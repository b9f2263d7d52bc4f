//! Reaction: a store has begun or ceased to have a product; the copy for the `in_stock` filter
//! follows, and rendered products are made anew.

use crate::cache::ProductCache;
use crate::store::stock::{self, StockMark};
use contracts::inventory::AvailabilityChanged;
use kernel::{ProductId, StoreId};
use platform::{DbError, Delivered, Reaction, Tx};
use std::collections::HashMap;

pub struct OnAvailabilityChanged {
    pub cache: ProductCache,
}

impl Reaction for OnAvailabilityChanged {
    type Event = AvailabilityChanged;
    const NAME: &'static str = "catalog.on-availability-changed";

    async fn handle(
        &self,
        tx: &mut Tx,
        batch: &[Delivered<AvailabilityChanged>],
    ) -> Result<(), DbError> {
        let marks = latest(batch);
        if marks.is_empty() {
            return Ok(());
        }
        stock::upsert(tx, &marks).await?;
        let cache = self.cache.clone();
        tx.after_commit(move || marks.iter().for_each(|mark| cache.forget(mark.product_id)));
        Ok(())
    }
}

/// The newest mark of each product and store, in a fixed order so that transactions do not
/// dead-lock on the rows.
fn latest(batch: &[Delivered<AvailabilityChanged>]) -> Vec<StockMark> {
    let mut newest: HashMap<(ProductId, StoreId), StockMark> = HashMap::new();
    for Delivered { event, version, .. } in batch {
        let AvailabilityChanged {
            product_id,
            store_id,
            in_stock,
            ..
        } = *event;
        let mark = StockMark {
            product_id,
            store_id,
            in_stock,
            version: *version,
        };
        newest
            .entry((product_id, store_id))
            .and_modify(|known| {
                if known.version < mark.version {
                    *known = mark;
                }
            })
            .or_insert(mark);
    }
    let mut marks: Vec<_> = newest.into_values().collect();
    marks.sort_by_key(|mark| (mark.product_id, mark.store_id));
    marks
}
