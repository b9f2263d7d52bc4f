//! Use case: close a store for good. Its history stays.

use crate::change_store::{StoreError, begin, locked, save};
use crate::moving::Inventory;
use crate::shop::Store;
use crate::store::stores;
use kernel::StoreId;

/// Archives a store in which nothing lies; `check` sees it as it is now and may refuse. Twice is
/// as good as once.
pub async fn archive_store<E: From<StoreError>>(
    inventory: &Inventory,
    id: StoreId,
    check: impl FnOnce(&Store) -> Result<(), E>,
) -> Result<(), E> {
    let mut tx = begin(inventory).await?;
    let store = locked(&mut tx, id).await?;
    check(&store)?;
    if store.archived {
        return Ok(());
    }
    if stores::has_stock(&mut tx, id)
        .await
        .map_err(StoreError::Db)?
    {
        return Err(StoreError::HasStock.into());
    }
    save(tx, &store.archive(inventory.host.source.now())).await?;
    Ok(())
}
