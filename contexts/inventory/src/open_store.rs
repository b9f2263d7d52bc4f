//! Use case: open a store.

use crate::change_store::StoreError;
use crate::moving::Inventory;
use crate::shop::{Store, StoreFields};
use crate::store::stores;

/// Opens a store.
pub async fn open_store(inventory: &Inventory, fields: StoreFields) -> Result<Store, StoreError> {
    let host = &inventory.host;
    let store = Store::open(host.source.id(), fields, host.source.now());
    let mut tx = host.db.begin().await?;
    if !stores::insert(&mut tx, &store).await? {
        return Err(StoreError::DuplicateCode);
    }
    tx.publish(&store.changed(), store.version)?;
    tx.commit().await?;
    Ok(store)
}
