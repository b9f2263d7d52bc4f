//! A manager enters an employee.

use crate::employee::{Card, Employee, EmployeeFault, check_store};
use crate::read_employees::name_words;
use crate::store::employees::{self, EmployeeRow};
use crate::store::{stores, words};
use contracts::people::EmployeeChanged;
use kernel::StoreId;
use platform::http::Principal;
use platform::{DbError, Host, Tx};

/// Stores a new employee, at a store the principal may act in.
pub(crate) async fn create_employee(
    host: &Host,
    principal: &Principal,
    card: Card,
) -> Result<Employee, EmployeeFault> {
    check_store(principal, card.store_id)?;
    let (id, now) = (host.source.id(), host.source.now());
    let name = card.name.clone().ok_or(EmployeeFault::Required("name"))?;
    let mut tx = host.db.begin().await?;
    check_open(&mut tx, card.store_id).await?;
    let row = EmployeeRow {
        id,
        name: host.vault.seal(&mut tx, id.uuid(), &name).await?,
        position: card.position.clone(),
        store_id: card.store_id,
        user_id: card.user_id,
        archived: false,
        version: 1,
        created_at: now,
        updated_at: now,
    };
    employees::insert(&mut tx, &row).await.map_err(taken)?;
    words::add(&mut tx, name_words(&host.vault, id, &name)).await?;
    tx.publish(&changed(&row), row.version)?;
    tx.commit().await?;
    Ok(Employee {
        id,
        card,
        archived: false,
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// A store to work in must be known and open.
pub(crate) async fn check_open(
    tx: &mut Tx,
    store_id: Option<StoreId>,
) -> Result<(), EmployeeFault> {
    match store_id {
        Some(store_id) if !stores::is_open(tx, store_id).await? => Err(EmployeeFault::UnknownStore),
        _ => Ok(()),
    }
}

/// The event of an employee's state.
pub(crate) fn changed(row: &EmployeeRow) -> EmployeeChanged {
    EmployeeChanged {
        employee_id: row.id,
        store_id: row.store_id,
        user_id: row.user_id,
        archived: row.archived,
    }
}

/// A login belongs to one employee.
pub(crate) fn taken(fault: DbError) -> EmployeeFault {
    if fault.is_unique("user_id") {
        EmployeeFault::DuplicateUser
    } else {
        fault.into()
    }
}
