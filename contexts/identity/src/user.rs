//! What a user is and how one changes: pure rules.

use kernel::{
    ClientId, Email, ErrorKind, Fault, Language, Name, Phone, StoreId, Timestamp, UserId,
};
use platform::auth::{Role, Roles};
use serde::{Deserialize, Serialize};

/// More stores would make an access token too long for the 8 KiB of headers that proxies allow.
pub const MAX_STORES: usize = 100;

/// Somebody who signs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// `None` once the person was erased.
    pub profile: Option<Profile>,
    pub access: Access,
    /// The client they buy as, where that is not the one made when they registered.
    pub client_id: Option<ClientId>,
    /// Since when mail to the address is known to reach the user.
    pub email_verified_at: Option<Timestamp>,
    pub disabled_at: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What is personal; kept sealed as JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    pub name: Name,
    pub email: Email,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<Phone>,
    /// What the user is written to in; none: as the shop usually does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// What a user may do, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    pub roles: Roles,
    /// Stores the user is limited to; `None` means all.
    pub stores: Option<Vec<StoreId>>,
}

/// What is asked to become different; `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Change {
    pub name: Option<Name>,
    pub email: Option<Email>,
    pub phone: Option<Option<Phone>>,
    pub language: Option<Option<Language>>,
    pub roles: Option<Roles>,
    pub stores: Option<Option<Vec<StoreId>>>,
    pub disabled: Option<bool>,
}

/// What no user may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UserFault {
    #[error("a user has at least one role")]
    NoRole,
    #[error("a user is limited to at most {MAX_STORES} stores; leave store_ids out for all")]
    TooManyStores,
    #[error("the person was erased; nothing can be changed any more")]
    Erased,
}

impl Fault for UserFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRole | Self::TooManyStores => ErrorKind::Invalid,
            Self::Erased => ErrorKind::Conflict,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoRole => "NO_ROLE",
            Self::TooManyStores => "TOO_MANY_STORES",
            Self::Erased => "USER_ERASED",
        }
    }
}

impl Access {
    /// A customer: buys, everywhere.
    pub fn customer() -> Self {
        Self {
            roles: Roles::of(&[Role::Customer]),
            stores: None,
        }
    }

    /// The same when it can be had.
    pub fn checked(self) -> Result<Self, UserFault> {
        if self.roles.is_empty() {
            return Err(UserFault::NoRole);
        }
        match &self.stores {
            Some(stores) if stores.len() > MAX_STORES => Err(UserFault::TooManyStores),
            _ => Ok(self),
        }
    }
}

impl User {
    /// Somebody new.
    pub fn new(id: UserId, profile: Profile, access: Access, now: Timestamp) -> Self {
        let profile = Some(profile);
        let (email_verified_at, disabled_at, version) = (None, None, 1);
        Self {
            id,
            profile,
            access,
            client_id: None,
            email_verified_at,
            disabled_at,
            version,
            created_at: now,
            updated_at: now,
        }
    }

    /// The client that the user is, if they are a customer.
    pub fn client(&self) -> Option<ClientId> {
        let own = || ClientId::from_uuid(self.id.uuid());
        let is_customer = self.access.roles.has(Role::Customer);
        is_customer.then(|| self.client_id.unwrap_or_else(own))
    }

    /// Whether the user is an administrator who can sign in.
    pub fn administers(&self) -> bool {
        self.access.roles.has(Role::Admin) && self.disabled_at.is_none()
    }

    /// The user after the change; the same version when nothing is different.
    pub fn changed(&self, change: Change, now: Timestamp) -> Result<Self, UserFault> {
        let profile = self.profile.clone().ok_or(UserFault::Erased)?;
        let profile = Profile {
            name: change.name.unwrap_or(profile.name),
            email: change.email.unwrap_or(profile.email),
            phone: change.phone.unwrap_or(profile.phone),
            language: change.language.unwrap_or(profile.language),
        };
        let access = Access {
            roles: change.roles.unwrap_or(self.access.roles),
            stores: change.stores.unwrap_or_else(|| self.access.stores.clone()),
        };
        let disabled_at = match change.disabled {
            Some(true) => Some(self.disabled_at.unwrap_or(now)),
            Some(false) => None,
            None => self.disabled_at,
        };
        let (profile, access) = (Some(profile), access.checked()?);
        let same_address = email_of(&profile) == email_of(&self.profile);
        let changed = Self {
            profile,
            access,
            email_verified_at: self.email_verified_at.filter(|_| same_address),
            disabled_at,
            ..self.clone()
        };
        if changed == *self {
            return Ok(changed);
        }
        Ok(Self {
            version: self.version + 1,
            updated_at: now,
            ..changed
        })
    }

    /// The user once mail is known to reach them; `None` when it was known already.
    pub fn verified(&self, now: Timestamp) -> Option<Self> {
        let fresh = self.email_verified_at.is_none();
        fresh.then(|| Self {
            email_verified_at: Some(now),
            version: self.version + 1,
            updated_at: now,
            ..self.clone()
        })
    }

    /// Whether the address is another than that of `old`.
    pub fn moved_from(&self, old: &Self) -> bool {
        email_of(&self.profile) != email_of(&old.profile)
    }
}

fn email_of(profile: &Option<Profile>) -> Option<&Email> {
    profile.as_ref().map(|profile| &profile.email)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_unix_micros(minute * 60_000_000)
    }

    fn anna() -> User {
        let profile = Profile {
            name: "Anna".parse().unwrap(),
            email: "anna@example.com".parse().unwrap(),
            phone: Some("+1 514 555 0123".parse().unwrap()),
            language: None,
        };
        User::new(
            UserId::from_uuid(uuid::Uuid::from_u128(1)),
            profile,
            Access::customer(),
            at(0),
        )
    }

    #[test]
    fn a_change_that_changes_nothing_keeps_the_version() {
        let change = Change {
            name: Some("Anna".parse().unwrap()),
            ..Change::default()
        };
        assert_eq!(anna().changed(change, at(5)).unwrap(), anna());
    }

    #[test]
    fn a_change_raises_the_version_and_leaves_the_rest_alone() {
        let change = Change {
            phone: Some(None),
            ..Change::default()
        };
        let changed = anna().changed(change, at(5)).unwrap();
        assert_eq!(
            (changed.version, changed.updated_at, changed.created_at),
            (2, at(5), at(0))
        );
        let profile = changed.profile.unwrap();
        assert_eq!((profile.name.as_str(), profile.phone), ("Anna", None));
    }

    #[test]
    fn a_user_without_role_is_refused() {
        let change = Change {
            roles: Some(Roles::default()),
            ..Change::default()
        };
        assert_eq!(anna().changed(change, at(5)), Err(UserFault::NoRole));
    }

    #[test]
    fn a_user_of_too_many_stores_is_refused() {
        let stores = vec![StoreId::from_uuid(uuid::Uuid::from_u128(2)); MAX_STORES + 1];
        let change = Change {
            stores: Some(Some(stores)),
            ..Change::default()
        };
        assert_eq!(anna().changed(change, at(5)), Err(UserFault::TooManyStores));
    }

    #[test]
    fn disabling_twice_keeps_the_first_moment() {
        let disable = || Change {
            disabled: Some(true),
            ..Change::default()
        };
        let once = anna().changed(disable(), at(5)).unwrap();
        assert_eq!(once.changed(disable(), at(9)).unwrap(), once);
        let back = once.changed(
            Change {
                disabled: Some(false),
                ..Change::default()
            },
            at(9),
        );
        assert_eq!(back.unwrap().disabled_at, None);
    }

    #[test]
    fn an_address_is_verified_until_it_changes() {
        let verified = anna().verified(at(5)).unwrap();
        assert_eq!((verified.version, verified.verified(at(6))), (2, None));
        let moved = Change {
            email: Some("anna@elsewhere.example".parse().unwrap()),
            ..Change::default()
        };
        let moved = verified.changed(moved, at(7)).unwrap();
        assert!(moved.email_verified_at.is_none() && moved.moved_from(&verified));
        let renamed = Change {
            name: Some("Ann".parse().unwrap()),
            ..Change::default()
        };
        let renamed = verified.changed(renamed, at(7)).unwrap();
        assert_eq!(renamed.email_verified_at, Some(at(5)));
    }

    #[test]
    fn an_erased_person_does_not_change_any_more() {
        let erased = User {
            profile: None,
            ..anna()
        };
        assert_eq!(
            erased.changed(Change::default(), at(5)),
            Err(UserFault::Erased)
        );
    }
}
