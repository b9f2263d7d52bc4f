//! Categories in the database.

use super::parsed;
use crate::category::{Category, CategoryContent};
use crate::words;
use kernel::CategoryId;
use platform::db::Row;
use platform::{DbError, Rows, Tx};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, parent_id, version, created_at, updated_at from catalog_category ",
            $rest
        )
    };
}

/// Which categories a list shows, in which order, and where it goes on.
pub struct CategoryList {
    pub parent_id: Option<CategoryId>,
    pub order: CategoryOrder,
    pub after: Option<CategoryPosition>,
    pub rows: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum CategoryOrder {
    Name,
    NameDescending,
    Created,
    CreatedDescending,
}

/// The sort key of the row a page ended with: a name's key or a time, and the id.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CategoryPosition {
    pub order: CategoryOrder,
    pub name_key: String,
    pub created_at: i64,
    pub id: CategoryId,
}

impl CategoryPosition {
    pub fn of(order: CategoryOrder, category: &Category) -> Self {
        let name_key = words::key(category.content.name.as_str());
        Self {
            order,
            name_key,
            created_at: category.created_at.unix_micros(),
            id: category.id,
        }
    }
}

fn read(row: &Row) -> Result<Category, DbError> {
    Ok(Category {
        id: row.get("id")?,
        content: CategoryContent {
            name: parsed(row, "name")?,
            parent_id: row.get("parent_id")?,
        },
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// False when the name is taken.
pub async fn insert(tx: &mut Tx, category: &Category) -> Result<bool, DbError> {
    let inserted = tx
        .query(
            "insert into catalog_category
                (id, name, name_key, parent_id, version, created_at, updated_at)
            values ($1, $2, $3, $4, $5, $6, $7) on conflict (name_key) do nothing",
        )
        .bind(category.id)
        .bind(category.content.name.as_str())
        .bind(words::key(category.content.name.as_str()))
        .bind(category.content.parent_id)
        .bind(category.version)
        .bind(category.created_at)
        .bind(category.updated_at)
        .execute()
        .await?;
    Ok(inserted == 1)
}

pub async fn update(tx: &mut Tx, category: &Category) -> Result<(), DbError> {
    tx.query(
        "update catalog_category
            set name = $2, name_key = $3, parent_id = $4, version = $5, updated_at = $6
            where id = $1",
    )
    .bind(category.id)
    .bind(category.content.name.as_str())
    .bind(words::key(category.content.name.as_str()))
    .bind(category.content.parent_id)
    .bind(category.version)
    .bind(category.updated_at)
    .execute()
    .await?;
    Ok(())
}

pub async fn delete(tx: &mut Tx, id: CategoryId) -> Result<(), DbError> {
    tx.query("delete from catalog_category where id = $1")
        .bind(id)
        .execute()
        .await?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: CategoryId) -> Result<Option<Category>, DbError> {
    let row = tx
        .query(select!("where id = $1"))
        .bind(id)
        .fetch_optional()
        .await?;
    row.as_ref().map(read).transpose()
}

/// Like [`find`], and nobody else changes it until the transaction ends.
pub async fn find_to_change(tx: &mut Tx, id: CategoryId) -> Result<Option<Category>, DbError> {
    let query = tx.query_for(
        select!("where id = $1"),
        select!("where id = $1 for no key update"),
    );
    let row = query.bind(id).fetch_optional().await?;
    row.as_ref().map(read).transpose()
}

pub async fn exists(tx: &mut Tx, id: CategoryId) -> Result<bool, DbError> {
    let query = tx
        .query("select id from catalog_category where id = $1")
        .bind(id);
    Ok(query.fetch_optional().await?.is_some())
}

/// Whether another category than `id` has this name.
pub async fn is_name_taken(tx: &mut Tx, name: &str, id: CategoryId) -> Result<bool, DbError> {
    let query = tx.query("select id from catalog_category where name_key = $1 and id <> $2");
    Ok(query
        .bind(words::key(name))
        .bind(id)
        .fetch_optional()
        .await?
        .is_some())
}

/// Whether products or other categories name it.
pub async fn is_in_use(tx: &mut Tx, id: CategoryId) -> Result<bool, DbError> {
    let query = tx.query(
        "select c.id from catalog_category c where c.id = $1
            and (exists (select 1 from catalog_product p where p.category_id = c.id)
                or exists (select 1 from catalog_category child where child.parent_id = c.id))",
    );
    Ok(query.bind(id).fetch_optional().await?.is_some())
}

/// Who is under whom. Keeps the whole tree as it is until the transaction ends: two moves that
/// are fine alone could make a circle together. Shops have hundreds of categories, not millions.
pub async fn lock_tree(tx: &mut Tx) -> Result<HashMap<CategoryId, CategoryId>, DbError> {
    let query = tx.query_for(
        "select id, parent_id from catalog_category",
        "select id, parent_id from catalog_category order by id for no key update",
    );
    let mut parents = HashMap::new();
    for row in query.fetch_all().await? {
        if let Some(parent) = row.get::<Option<CategoryId>>("parent_id")? {
            parents.insert(row.get("id")?, parent);
        }
    }
    Ok(parents)
}

/// The categories of these name keys (see [`words::key`]).
pub async fn by_name_keys(
    tx: &mut Tx,
    keys: Vec<String>,
) -> Result<HashMap<String, CategoryId>, DbError> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = tx
        .bulk(
            "select c.id, c.name_key
                from {rows} join catalog_category c on c.name_key = r.name_key",
            Rows::new().text("name_key", keys),
        )
        .fetch_all()
        .await?;
    rows.iter()
        .map(|row| Ok((row.get("name_key")?, row.get("id")?)))
        .collect()
}

pub async fn count(tx: &mut Tx, list: &CategoryList) -> Result<i64, DbError> {
    let row = tx
        .build("select count(*) as total from catalog_category where true")
        .and("and parent_id = ?", list.parent_id)
        .fetch_one()
        .await?;
    row.get("total")
}

pub async fn list(tx: &mut Tx, list: &CategoryList) -> Result<Vec<Category>, DbError> {
    let (by_name, by_time, tail) = match list.order {
        CategoryOrder::Name => (
            "and (name_key, id) > (?, ?)",
            "",
            "order by name_key, id limit ?",
        ),
        CategoryOrder::NameDescending => (
            "and (name_key, id) < (?, ?)",
            "",
            "order by name_key desc, id desc limit ?",
        ),
        CategoryOrder::Created => (
            "",
            "and (created_at, id) > (?, ?)",
            "order by created_at, id limit ?",
        ),
        CategoryOrder::CreatedDescending => (
            "",
            "and (created_at, id) < (?, ?)",
            "order by created_at desc, id desc limit ?",
        ),
    };
    let mut query = tx
        .build(select!("where true"))
        .and("and parent_id = ?", list.parent_id);
    if let Some(after) = &list.after {
        query = match by_name {
            "" => query.push(by_time).bind(after.created_at).bind(after.id),
            _ => query
                .push(by_name)
                .bind(after.name_key.as_str())
                .bind(after.id),
        };
    }
    let rows = query.push(tail).bind(list.rows).fetch_all().await?;
    rows.iter().map(read).collect()
}
