//! The copy of inventory's stores.

use kernel::StoreId;
use platform::{DbError, Rows, Tx};

/// A store as an event told it.
pub(crate) struct StoreCopy {
    pub id: StoreId,
    pub archived: bool,
    pub version: i64,
}

/// Takes over what is newer than the copy. No store may be in the list twice.
pub(crate) async fn upsert(tx: &mut Tx, stores: Vec<StoreCopy>) -> Result<(), DbError> {
    let rows = Rows::new()
        .id("id", stores.iter().map(|store| store.id))
        .boolean(
            "archived",
            stores.iter().map(|store| store.archived).collect(),
        )
        .bigint(
            "version",
            stores.iter().map(|store| store.version).collect(),
        );
    tx.bulk(
        "insert into people_store (id, archived, version)
         select id, archived, version from {rows} where true
         on conflict (id) do update set archived = excluded.archived, version = excluded.version
         where people_store.version < excluded.version",
        rows,
    )
    .execute()
    .await
    .map(drop)
}

/// Whether the store is known and not archived.
pub(crate) async fn is_open(tx: &mut Tx, id: StoreId) -> Result<bool, DbError> {
    let row = tx
        .query("select id from people_store where id = $1 and not archived")
        .bind(id)
        .fetch_optional()
        .await?;
    Ok(row.is_some())
}
