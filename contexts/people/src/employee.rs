//! What an employee is and who may change which. No database, no clock, no HTTP.

use kernel::{Detail, EmployeeId, ErrorKind, Fault, Name, StoreId, Timestamp, UserId};
use platform::DbError;
use platform::http::{Patch, Principal};

/// What can be said of an employee. It has no `Debug`, so that no name gets into a log.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Card {
    /// `None` only if the key of the name is lost.
    pub name: Option<String>,
    pub position: Option<String>,
    pub store_id: Option<StoreId>,
    pub user_id: Option<UserId>,
}

/// An employee with the name opened.
pub(crate) struct Employee {
    pub id: EmployeeId,
    pub card: Card,
    pub archived: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A merge patch of an employee's fields.
pub(crate) struct CardPatch {
    pub name: Patch<Name>,
    pub position: Patch<Name>,
    pub store_id: Patch<StoreId>,
    pub user_id: Patch<UserId>,
}

/// Why an employee cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EmployeeFault {
    #[error("there is no such employee")]
    NotFound,
    #[error("there is no such store, or it is archived")]
    UnknownStore,
    #[error("you may not act on employees of that store, or of no store")]
    NotYourStore,
    #[error("another employee has this login")]
    DuplicateUser,
    #[error("the employee is archived and cannot be changed")]
    Archived,
    #[error("the employee is at version {0} now; read it again")]
    Outdated(i64),
    #[error("{0} cannot be empty")]
    Required(&'static str),
    #[error(transparent)]
    Storage(#[from] DbError),
}

impl Fault for EmployeeFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::UnknownStore | Self::Required(_) => ErrorKind::Invalid,
            Self::NotYourStore => ErrorKind::Forbidden,
            Self::DuplicateUser | Self::Archived => ErrorKind::Conflict,
            Self::Outdated(_) => ErrorKind::Precondition,
            Self::Storage(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::UnknownStore => "UNKNOWN_STORE",
            Self::NotYourStore => "STORE_NOT_ALLOWED",
            Self::DuplicateUser => "DUPLICATE_USER",
            Self::Archived => "EMPLOYEE_ARCHIVED",
            Self::Outdated(_) => "PRECONDITION_FAILED",
            Self::Required(_) => "VALIDATION_FAILED",
            Self::Storage(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::UnknownStore => vec![Detail::new("store_id", self.code(), self.to_string())],
            Self::DuplicateUser => vec![Detail::new("user_id", self.code(), self.to_string())],
            Self::Required(field) => vec![Detail::new(*field, "REQUIRED", self.to_string())],
            _ => Vec::new(),
        }
    }
}

impl CardPatch {
    /// The card after the patch. The name can be replaced and not be taken away.
    pub(crate) fn apply(self, old: &Card) -> Result<Card, EmployeeFault> {
        let name = match self.name {
            Patch::Keep => old.name.clone(),
            Patch::Clear => return Err(EmployeeFault::Required("name")),
            Patch::Set(name) => Some(name.into_string()),
        };
        let position = match self.position {
            Patch::Keep => old.position.clone(),
            Patch::Clear => None,
            Patch::Set(position) => Some(position.into_string()),
        };
        let store_id = self.store_id.over(old.store_id);
        let user_id = self.user_id.over(old.user_id);
        Ok(Card {
            name,
            position,
            store_id,
            user_id,
        })
    }
}

/// Whether `principal` may make, change or archive an employee of `store`: who is limited to
/// stores acts on the employees of those, and not on employees of no store.
pub(crate) fn check_store(
    principal: &Principal,
    store: Option<StoreId>,
) -> Result<(), EmployeeFault> {
    if principal.only_stores().is_none() || store.is_some_and(|store| principal.may_act_in(store)) {
        return Ok(());
    }
    Err(EmployeeFault::NotYourStore)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::auth::{PrincipalKind, Role, Roles};
    use uuid::Uuid;

    fn manager_of(stores: Option<Vec<StoreId>>) -> Principal {
        let (subject, roles) = (Uuid::from_u128(7), Roles::of(&[Role::Manager]));
        Principal {
            subject,
            kind: PrincipalKind::User,
            roles,
            client: None,
            stores,
        }
    }

    fn store(bits: u128) -> StoreId {
        StoreId::from_uuid(Uuid::from_u128(bits))
    }

    #[test]
    fn a_manager_of_one_store_keeps_to_its_employees() {
        let manager = manager_of(Some(vec![store(1)]));
        assert!(check_store(&manager, Some(store(1))).is_ok());
        assert!(check_store(&manager, Some(store(2))).is_err());
        assert!(check_store(&manager, None).is_err());
    }

    #[test]
    fn a_manager_of_all_stores_is_free() {
        let manager = manager_of(None);
        assert!(check_store(&manager, Some(store(2))).is_ok());
        assert!(check_store(&manager, None).is_ok());
    }

    #[test]
    fn the_name_of_an_employee_cannot_be_taken_away() {
        let old = Card {
            name: Some("Ben".to_owned()),
            position: None,
            store_id: None,
            user_id: None,
        };
        let patch = CardPatch {
            name: Patch::Clear,
            position: Patch::Keep,
            store_id: Patch::Keep,
            user_id: Patch::Keep,
        };
        assert!(matches!(
            patch.apply(&old),
            Err(EmployeeFault::Required("name"))
        ));
    }
}
