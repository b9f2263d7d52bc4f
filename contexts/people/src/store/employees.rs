//! The table of employees.

use super::{Slice, locked, slice, with_words};
use kernel::{EmployeeId, StoreId, Timestamp, UserId};
use platform::db::{Build, Row};
use platform::{DbError, Tx};

/// A row as it is stored: the name sealed.
pub(crate) struct EmployeeRow {
    pub id: EmployeeId,
    pub name: Vec<u8>,
    pub position: Option<String>,
    pub store_id: Option<StoreId>,
    pub user_id: Option<UserId>,
    pub archived: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Which employees a list shows.
pub(crate) struct EmployeeFilter {
    pub archived: bool,
    pub store_id: Option<StoreId>,
    pub user_id: Option<UserId>,
    /// All of these must be in the name.
    pub words: Vec<Vec<u8>>,
}

/// A query for whole rows.
macro_rules! select {
    ($rest:literal) => {
        concat!(
            "select id, name, position, store_id, user_id, archived, version, ",
            "created_at, updated_at from people_employee ",
            $rest
        )
    };
}

fn read(row: &Row) -> Result<EmployeeRow, DbError> {
    Ok(EmployeeRow {
        id: row.get("id")?,
        name: row.get("name")?,
        position: row.get("position")?,
        store_id: row.get("store_id")?,
        user_id: row.get("user_id")?,
        archived: row.get("archived")?,
        version: row.get("version")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

/// One employee.
pub(crate) async fn find(tx: &mut Tx, id: EmployeeId) -> Result<Option<EmployeeRow>, DbError> {
    let row = tx.query(select!("where id = $1")).bind(id);
    row.fetch_optional().await?.as_ref().map(read).transpose()
}

/// One employee, to be changed.
pub(crate) async fn lock(tx: &mut Tx, id: EmployeeId) -> Result<Option<EmployeeRow>, DbError> {
    let row = locked(
        tx,
        select!("where id = $1"),
        select!("where id = $1 for update"),
        id.uuid(),
    );
    row.await?.as_ref().map(read).transpose()
}

/// Every record, archived or not, of the employee who signs in as `user`.
pub(crate) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<EmployeeRow>, DbError> {
    let sql = select!("where user_id = $1 order by created_at, id");
    tx.query(sql)
        .bind(user)
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect()
}

/// Stores a new employee. [`DbError::Unique`] on `user_id` when the login is another's.
pub(crate) async fn insert(tx: &mut Tx, row: &EmployeeRow) -> Result<(), DbError> {
    tx.query(
        "insert into people_employee (id, name, position, store_id, user_id, archived, version,
             created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(row.id)
    .bind(row.name.clone())
    .bind(row.position.clone())
    .bind(row.store_id)
    .bind(row.user_id)
    .bind(row.archived)
    .bind(row.version)
    .bind(row.created_at)
    .bind(row.updated_at)
    .execute()
    .await
    .map(drop)
}

/// Stores a changed employee whole. [`DbError::Unique`] on `user_id` when the login is another's.
pub(crate) async fn update(tx: &mut Tx, row: &EmployeeRow) -> Result<(), DbError> {
    tx.query(
        "update people_employee set name = $2, position = $3, store_id = $4, user_id = $5,
             archived = $6, version = $7, updated_at = $8
         where id = $1",
    )
    .bind(row.id)
    .bind(row.name.clone())
    .bind(row.position.clone())
    .bind(row.store_id)
    .bind(row.user_id)
    .bind(row.archived)
    .bind(row.version)
    .bind(row.updated_at)
    .execute()
    .await
    .map(drop)
}

/// A part of the list.
pub(crate) async fn list(
    tx: &mut Tx,
    filter: &EmployeeFilter,
    part: Slice,
) -> Result<Vec<EmployeeRow>, DbError> {
    let build = filtered(tx.build(select!("where")), filter);
    slice(build, part)
        .fetch_all()
        .await?
        .iter()
        .map(read)
        .collect()
}

/// How many employees the whole list has.
pub(crate) async fn count(tx: &mut Tx, filter: &EmployeeFilter) -> Result<i64, DbError> {
    let build = filtered(
        tx.build("select count(*) as total from people_employee where"),
        filter,
    );
    build.fetch_one().await?.get("total")
}

fn filtered<'t>(build: Build<'t>, filter: &EmployeeFilter) -> Build<'t> {
    let build = build
        .push("archived = ?")
        .bind(filter.archived)
        .and("and store_id = ?", filter.store_id)
        .and("and user_id = ?", filter.user_id);
    with_words(build, &filter.words)
}
