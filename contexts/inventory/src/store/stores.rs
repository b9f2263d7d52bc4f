//! Stores.

use crate::shop::{Store, StoreFields, StoreKind};
use kernel::{Limit, StoreId, Text};
use platform::db::Row;
use platform::{DbError, Rows, Tx};

/// Adds a store; false when its code is taken.
pub async fn insert(tx: &mut Tx, store: &Store) -> Result<bool, DbError> {
    let inserted = tx
        .query(
            "insert into inventory_store
                 (id, code, name, kind, address, archived, version, created_at, updated_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
        )
        .bind(store.id)
        .bind(store.fields.code.as_str())
        .bind(store.fields.name.as_str())
        .bind(store.fields.kind.as_str())
        .bind(store.fields.address.as_ref().map(Text::as_str))
        .bind(store.archived)
        .bind(store.version)
        .bind(store.created_at)
        .bind(store.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

/// Writes a store that the caller holds locked; false when its code is another's.
pub async fn update(tx: &mut Tx, store: &Store) -> Result<bool, DbError> {
    let updated = tx
        .query(
            "update inventory_store set code = $2, name = $3, kind = $4, address = $5,
                 archived = $6, version = $7, updated_at = $8
             where id = $1 and not exists (
                 select 1 from inventory_store other where other.code = $2 and other.id <> $1)",
        )
        .bind(store.id)
        .bind(store.fields.code.as_str())
        .bind(store.fields.name.as_str())
        .bind(store.fields.kind.as_str())
        .bind(store.fields.address.as_ref().map(Text::as_str))
        .bind(store.archived)
        .bind(store.version)
        .bind(store.updated_at)
        .execute()
        .await?;
    Ok(updated == 1)
}

/// A store, locked against everybody who wants to put stock into it.
pub async fn lock(tx: &mut Tx, id: StoreId) -> Result<Option<Store>, DbError> {
    let row = tx
        .query_for(
            "select * from inventory_store where id = $1",
            "select * from inventory_store where id = $1 for update",
        )
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(store).transpose()
}

/// Those of `ids` that are open, kept from being archived until the transaction ends.
pub async fn keep_open(
    tx: &mut Tx,
    ids: impl IntoIterator<Item = StoreId>,
) -> Result<Vec<StoreId>, DbError> {
    let mut ids: Vec<StoreId> = ids.into_iter().collect();
    ids.sort_unstable();
    ids.dedup();
    let sql = match tx.engine() {
        platform::Engine::Sqlite => {
            "select s.id from {rows} join inventory_store s on s.id = r.id where not s.archived"
        }
        platform::Engine::Postgres => {
            "select s.id from {rows} join inventory_store s on s.id = r.id where not s.archived
             for key share of s"
        }
    };
    let rows = tx.bulk(sql, Rows::new().id("id", ids)).fetch_all().await?;
    rows.iter().map(|row| row.get("id")).collect()
}

/// Whether anything lies in the store or is promised from it.
pub async fn has_stock(tx: &mut Tx, id: StoreId) -> Result<bool, DbError> {
    let row = tx
        .query(
            "select exists (select 1 from inventory_level
                 where store_id = $1 and (on_hand > 0 or reserved > 0)) as has_stock",
        )
        .bind(id)
        .fetch_one()
        .await?;
    row.get("has_stock")
}

/// Open stores by code: the order in which they are asked to fill an order that names none.
pub async fn open_by_code(tx: &mut Tx) -> Result<Vec<StoreId>, DbError> {
    let rows = tx
        .query("select id from inventory_store where not archived order by code")
        .apart()
        .fetch_all()
        .await?;
    rows.iter().map(|row| row.get("id")).collect()
}

pub async fn find(tx: &mut Tx, id: StoreId) -> Result<Option<Store>, DbError> {
    let query = tx.query("select * from inventory_store where id = $1");
    let row = query.bind(id).fetch_optional().await?;
    row.as_ref().map(store).transpose()
}

/// What a list of stores can be narrowed by.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreFilter {
    pub archived: bool,
    pub kind: Option<StoreKind>,
}

/// Stores by code, beginning after `after`.
pub async fn list(
    tx: &mut Tx,
    filter: StoreFilter,
    after: Option<String>,
    limit: Limit,
) -> Result<Vec<Store>, DbError> {
    let rows = tx
        .build("select * from inventory_store where archived = ?")
        .bind(filter.archived)
        .and("and kind = ?", filter.kind.map(StoreKind::as_str))
        .and("and code > ?", after)
        .push("order by code limit ?")
        .bind(limit.get() + 1)
        .fetch_all()
        .await?;
    rows.iter().map(store).collect()
}

pub async fn count(tx: &mut Tx, filter: StoreFilter) -> Result<i64, DbError> {
    let row = tx
        .build("select count(*) as total from inventory_store where archived = ?")
        .bind(filter.archived)
        .and("and kind = ?", filter.kind.map(StoreKind::as_str))
        .fetch_one()
        .await?;
    row.get("total")
}

fn store(row: &Row) -> Result<Store, DbError> {
    let kind: String = row.get("kind")?;
    let address: Option<String> = row.get("address")?;
    let fields = StoreFields {
        code: text(row, "code")?,
        name: text(row, "name")?,
        kind: StoreKind::read(&kind).ok_or_else(|| DbError::Bug(format!("store kind {kind}")))?,
        address: address.map(|address| parsed(&address)).transpose()?,
    };
    Ok(Store {
        id: row.get("id")?,
        fields,
        archived: row.get("archived")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

fn text<const MAX: usize>(row: &Row, column: &str) -> Result<Text<MAX>, DbError> {
    parsed(&row.get::<String>(column)?)
}

fn parsed<const MAX: usize>(text: &str) -> Result<Text<MAX>, DbError> {
    let bug = |error| DbError::Bug(format!("a text of a store: {error}"));
    text.parse().map_err(bug)
}
