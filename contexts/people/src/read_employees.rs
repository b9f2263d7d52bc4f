//! Reading employees: one and a list. Also opens what is sealed, for whoever changes an employee.

use crate::employee::{Card, Employee, EmployeeFault};
use crate::store::Slice;
use crate::store::employees::{self, EmployeeFilter, EmployeeRow};
use crate::words::words_of;
use kernel::{EmployeeId, StoreId, UserId};
use platform::vault::Vault;
use platform::{DbError, Host, Tx};
use uuid::Uuid;

/// Keeps blind indexes of employees' names apart from all others.
const NAME: &str = "employee.name";

/// What a caller looks for.
pub(crate) struct EmployeeSearch {
    pub archived: bool,
    pub store_id: Option<StoreId>,
    pub user_id: Option<UserId>,
    /// Words of the name.
    pub name: Option<String>,
    pub count: bool,
}

/// One employee.
pub(crate) async fn find_employee(host: &Host, id: EmployeeId) -> Result<Employee, EmployeeFault> {
    let mut tx = host.db.read().await?;
    let row = employees::find(&mut tx, id)
        .await?
        .ok_or(EmployeeFault::NotFound)?;
    Ok(open_employee(&host.vault, &mut tx, row).await?)
}

/// Employees and, if it was asked for, how many there are in all pages.
pub(crate) async fn list_employees(
    host: &Host,
    search: EmployeeSearch,
    part: Slice,
) -> Result<(Vec<Employee>, Option<i64>), DbError> {
    let words = search
        .name
        .as_deref()
        .map(|name| name_index(&host.vault, name));
    if words.as_ref().is_some_and(Vec::is_empty) {
        return Ok((Vec::new(), search.count.then_some(0)));
    }
    let filter = EmployeeFilter {
        archived: search.archived,
        store_id: search.store_id,
        user_id: search.user_id,
        words: words.unwrap_or_default(),
    };
    let mut tx = host.db.read().await?;
    let rows = employees::list(&mut tx, &filter, part).await?;
    let total = match search.count {
        true => Some(employees::count(&mut tx, &filter).await?),
        false => None,
    };
    Ok((open_employees(&host.vault, &mut tx, rows).await?, total))
}

fn name_index(vault: &Vault, name: &str) -> Vec<Vec<u8>> {
    words_of(name)
        .iter()
        .map(|word| vault.index(NAME, word))
        .collect()
}

/// The blind indexes of the words of a name, each beside the person whose name it is.
pub(crate) fn name_words(vault: &Vault, id: EmployeeId, name: &str) -> Vec<(Uuid, Vec<u8>)> {
    name_index(vault, name)
        .into_iter()
        .map(|word| (id.uuid(), word))
        .collect()
}

/// Opens one employee.
pub(crate) async fn open_employee(
    vault: &Vault,
    tx: &mut Tx,
    row: EmployeeRow,
) -> Result<Employee, DbError> {
    let name = vault.open(tx, row.id.uuid(), &row.name).await?;
    Ok(employee(row, name))
}

/// Opens many employees, in their order.
pub(crate) async fn open_employees(
    vault: &Vault,
    tx: &mut Tx,
    rows: Vec<EmployeeRow>,
) -> Result<Vec<Employee>, DbError> {
    let sealed: Vec<_> = rows
        .iter()
        .map(|row| (row.id.uuid(), row.name.clone()))
        .collect();
    let names = vault.open_many(tx, &sealed).await?;
    Ok(rows
        .into_iter()
        .zip(names)
        .map(|(row, name)| employee(row, name))
        .collect())
}

fn employee(row: EmployeeRow, name: Option<String>) -> Employee {
    let EmployeeRow {
        id,
        position,
        store_id,
        user_id,
        ..
    } = row;
    Employee {
        id,
        card: Card {
            name,
            position,
            store_id,
            user_id,
        },
        archived: row.archived,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
