//! Use case: change a store. Also what changing and archiving one have in common.

use crate::moving::Inventory;
use crate::shop::{Store, StoreFields};
use crate::store::stores;
use kernel::{ErrorKind, Fault, StoreId};
use platform::{DbError, Tx};

/// Why a store is not kept as asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("there is no such store")]
    NotFound,
    #[error("another store has this code")]
    DuplicateCode,
    #[error("the store is archived: it stays as it was")]
    Archived,
    #[error("stock lies in the store or is promised from it; transfer or adjust it first")]
    HasStock,
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for StoreError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::DuplicateCode | Self::Archived | Self::HasStock => ErrorKind::Conflict,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::DuplicateCode => "DUPLICATE_CODE",
            Self::Archived => "STORE_ARCHIVED",
            Self::HasStock => "STORE_HAS_STOCK",
            Self::Db(error) => error.code(),
        }
    }
}

/// Changes a store; `change` sees it as it is now and may refuse.
pub async fn change_store<E: From<StoreError>>(
    inventory: &Inventory,
    id: StoreId,
    change: impl FnOnce(&Store) -> Result<StoreFields, E>,
) -> Result<Store, E> {
    let mut tx = begin(inventory).await?;
    let store = locked(&mut tx, id).await?;
    if store.archived {
        return Err(StoreError::Archived.into());
    }
    let fields = change(&store)?;
    if fields == store.fields {
        return Ok(store);
    }
    let store = store.with(fields, inventory.host.source.now());
    save(tx, &store).await?;
    Ok(store)
}

pub(crate) async fn begin(inventory: &Inventory) -> Result<Tx, StoreError> {
    Ok(inventory.host.db.begin().await?)
}

pub(crate) async fn locked(tx: &mut Tx, id: StoreId) -> Result<Store, StoreError> {
    stores::lock(tx, id).await?.ok_or(StoreError::NotFound)
}

pub(crate) async fn save(mut tx: Tx, store: &Store) -> Result<(), StoreError> {
    if !stores::update(&mut tx, store).await? {
        return Err(StoreError::DuplicateCode);
    }
    tx.publish(&store.changed(), store.version)?;
    tx.commit().await?;
    Ok(())
}
