//! Inventory's stores, copied: enough to know where an employee can work.

use crate::store::stores::{self, StoreCopy};
use contracts::inventory::StoreChanged;
use platform::{DbError, Delivered, Reaction, Tx};
use std::collections::HashMap;

/// Keeps the copy at the newest version that came.
pub(crate) struct OnStoreChanged;

impl Reaction for OnStoreChanged {
    type Event = StoreChanged;
    const NAME: &'static str = "people.on-store-changed";

    async fn handle(&self, tx: &mut Tx, batch: &[Delivered<StoreChanged>]) -> Result<(), DbError> {
        let mut newest: HashMap<_, StoreCopy> = HashMap::with_capacity(batch.len());
        for Delivered { event, version, .. } in batch {
            let copy = StoreCopy {
                id: event.store_id,
                archived: event.archived,
                version: *version,
            };
            let known = newest.get(&event.store_id);
            if known.is_none_or(|known| known.version < copy.version) {
                newest.insert(event.store_id, copy);
            }
        }
        stores::upsert(tx, newest.into_values().collect()).await
    }
}
