//! An employee's card is replaced or patched.

use crate::create_employee::{changed, check_open, taken};
use crate::employee::{Card, Employee, EmployeeFault, check_store};
use crate::read_employees::{name_words, open_employee};
use crate::store::employees::{self, EmployeeRow};
use crate::store::words;
use kernel::EmployeeId;
use platform::http::{IfMatch, Principal};
use platform::vault::Vault;
use platform::{Host, Tx};

/// Applies `change` to the card as it is now. The principal must be allowed to act in the store
/// that the employee leaves and in the one that the employee comes to. What changes nothing leaves
/// the version alone.
pub(crate) async fn change_employee(
    host: &Host,
    principal: &Principal,
    id: EmployeeId,
    if_match: &IfMatch,
    change: impl FnOnce(&Card) -> Result<Card, EmployeeFault>,
) -> Result<Employee, EmployeeFault> {
    let mut tx = host.db.begin().await?;
    let row = employees::lock(&mut tx, id)
        .await?
        .ok_or(EmployeeFault::NotFound)?;
    check_store(principal, row.store_id)?;
    if_match
        .check(row.version)
        .map_err(|_| EmployeeFault::Outdated(row.version))?;
    if row.archived {
        return Err(EmployeeFault::Archived);
    }
    let old = open_employee(&host.vault, &mut tx, row).await?;
    let card = change(&old.card)?;
    if card == old.card {
        return Ok(old);
    }
    check_store(principal, card.store_id)?;
    if card.store_id != old.card.store_id {
        check_open(&mut tx, card.store_id).await?;
    }
    let version = old.version + 1;
    let new = Employee {
        card,
        version,
        updated_at: host.source.now(),
        ..old
    };
    let row = store_changed(&host.vault, &mut tx, &new, new.card.name != old.card.name).await?;
    tx.publish(&changed(&row), row.version)?;
    tx.commit().await?;
    Ok(new)
}

async fn store_changed(
    vault: &Vault,
    tx: &mut Tx,
    new: &Employee,
    renamed: bool,
) -> Result<EmployeeRow, EmployeeFault> {
    let Employee {
        id,
        card,
        archived,
        version,
        created_at,
        updated_at,
    } = new;
    let name = card
        .name
        .as_deref()
        .ok_or(EmployeeFault::Required("name"))?;
    let row = EmployeeRow {
        id: *id,
        name: vault.seal(tx, id.uuid(), name).await?,
        position: card.position.clone(),
        store_id: card.store_id,
        user_id: card.user_id,
        archived: *archived,
        version: *version,
        created_at: *created_at,
        updated_at: *updated_at,
    };
    employees::update(tx, &row).await.map_err(taken)?;
    if renamed {
        words::forget(tx, id.uuid()).await?;
        words::add(tx, name_words(vault, *id, name)).await?;
    }
    Ok(row)
}
