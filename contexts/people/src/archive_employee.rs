//! An employee leaves: archived, because orders refer to who served them.

use crate::create_employee::changed;
use crate::employee::{EmployeeFault, check_store};
use crate::store::employees;
use kernel::EmployeeId;
use platform::Host;
use platform::http::{IfMatch, Principal};

/// Archives an employee; one who is archived already stays so.
pub(crate) async fn archive_employee(
    host: &Host,
    principal: &Principal,
    id: EmployeeId,
    if_match: &IfMatch,
) -> Result<(), EmployeeFault> {
    let mut tx = host.db.begin().await?;
    let mut row = employees::lock(&mut tx, id)
        .await?
        .ok_or(EmployeeFault::NotFound)?;
    check_store(principal, row.store_id)?;
    if_match
        .check(row.version)
        .map_err(|_| EmployeeFault::Outdated(row.version))?;
    if row.archived {
        return Ok(());
    }
    row.archived = true;
    row.version += 1;
    row.updated_at = host.source.now();
    employees::update(&mut tx, &row).await?;
    tx.publish(&changed(&row), row.version)?;
    Ok(tx.commit().await?)
}
