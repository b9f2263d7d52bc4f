//! What a client is and which changes are legal. No database, no clock, no HTTP.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::people::ClientChanged;
use contracts::ports::PortError;
use kernel::{
    ClientId, Detail, Email, ErrorKind, Fault, Language, Name, Phone, Text, Timestamp, UserId,
};
use platform::DbError;
use platform::http::Patch;
use serde::{Deserialize, Serialize};

/// A postal address as people write it, over several lines.
pub(crate) type Address = Text<500>;

/// What is known of a person, as it is sealed: the JSON of this. Identity seals the same shape
/// when somebody registers. It has no `Debug`, so that it gets into no log.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Profile {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub phone: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What the person is written to in; none: as the shop usually does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<Language>,
}

/// What others are told of a client who is there: the profile as it is kept.
pub(crate) fn changed(client_id: ClientId, sealed_profile: &[u8]) -> ClientChanged {
    ClientChanged {
        client_id,
        archived: false,
        erased: false,
        sealed_contact: Some(STANDARD.encode(sealed_profile)),
    }
}

/// A client with the profile opened; `None` once the person was erased.
pub(crate) struct Client {
    pub id: ClientId,
    pub profile: Option<Profile>,
    /// The login it belongs to.
    pub user_id: Option<UserId>,
    pub archived: bool,
    pub erased: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// A merge patch of a client's fields.
pub(crate) struct ProfilePatch {
    pub name: Patch<Name>,
    pub email: Patch<Email>,
    pub phone: Patch<Phone>,
    pub address: Patch<Address>,
    pub language: Patch<Language>,
}

/// Why a client cannot be made or changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ClientFault {
    #[error("there is no such client")]
    NotFound,
    #[error("another client has this e-mail address")]
    DuplicateEmail,
    #[error("there is no customer with this login")]
    UnknownUser,
    #[error("this login is linked to another client; remove that link first")]
    DuplicateUser,
    #[error("this client came of a registration and goes with that login")]
    OwnLogin,
    #[error("only managers say which login a client belongs to")]
    LinkNotAllowed,
    #[error("the client is archived and cannot be changed")]
    Archived,
    #[error("the client was erased")]
    Erased,
    #[error("the client is at version {0} now; read it again")]
    Outdated(i64),
    #[error("{0} cannot be empty")]
    Required(&'static str),
    #[error("what other contexts hold on the client cannot be told now")]
    Unanswered(#[from] PortError),
    #[error(transparent)]
    Storage(#[from] DbError),
}

impl Fault for ClientFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::DuplicateEmail | Self::DuplicateUser | Self::OwnLogin => ErrorKind::Conflict,
            Self::Archived | Self::Erased => ErrorKind::Conflict,
            Self::LinkNotAllowed => ErrorKind::Forbidden,
            Self::Outdated(_) => ErrorKind::Precondition,
            Self::Required(_) | Self::UnknownUser => ErrorKind::Invalid,
            Self::Unanswered(_) => ErrorKind::Unavailable,
            Self::Storage(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::DuplicateEmail => "DUPLICATE_EMAIL",
            Self::UnknownUser => "UNKNOWN_USER",
            Self::DuplicateUser => "DUPLICATE_USER",
            Self::OwnLogin => "OWN_LOGIN",
            Self::LinkNotAllowed => "LINK_NOT_ALLOWED",
            Self::Archived => "CLIENT_ARCHIVED",
            Self::Erased => "CLIENT_ERASED",
            Self::Outdated(_) => "PRECONDITION_FAILED",
            Self::Required(_) => "VALIDATION_FAILED",
            Self::Unanswered(_) => "SERVICE_UNAVAILABLE",
            Self::Storage(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::DuplicateEmail => vec![Detail::new("email", self.code(), self.to_string())],
            Self::UnknownUser | Self::DuplicateUser | Self::OwnLogin | Self::LinkNotAllowed => {
                vec![Detail::new("user_id", self.code(), self.to_string())]
            }
            Self::Required(field) => vec![Detail::new(*field, "REQUIRED", self.to_string())],
            _ => Vec::new(),
        }
    }
}

impl Profile {
    /// The profile that a whole form describes.
    pub(crate) fn of(
        name: Name,
        email: Email,
        phone: Option<Phone>,
        address: Option<Address>,
        language: Option<Language>,
    ) -> Self {
        Self {
            name: name.into_string(),
            email: Some(email.as_str().to_owned()),
            phone: phone.map(|phone| phone.as_str().to_owned()),
            address: address.map(Address::into_string),
            language,
        }
    }

    /// The profile of somebody of whom only a name is known: a client from imported history.
    pub(crate) fn of_name(name: Name) -> Self {
        Self {
            name: name.into_string(),
            email: None,
            phone: None,
            address: None,
            language: None,
        }
    }
}

impl ProfilePatch {
    /// The profile after the patch. Name and e-mail can be replaced and not be taken away.
    pub(crate) fn apply(self, old: &Profile) -> Result<Profile, ClientFault> {
        let name = match self.name {
            Patch::Keep => old.name.clone(),
            Patch::Clear => return Err(ClientFault::Required("name")),
            Patch::Set(name) => name.into_string(),
        };
        let email = match self.email {
            Patch::Keep => old.email.clone(),
            Patch::Clear => return Err(ClientFault::Required("email")),
            Patch::Set(email) => Some(email.as_str().to_owned()),
        };
        let phone = match self.phone {
            Patch::Keep => old.phone.clone(),
            Patch::Clear => None,
            Patch::Set(phone) => Some(phone.as_str().to_owned()),
        };
        let address = match self.address {
            Patch::Keep => old.address.clone(),
            Patch::Clear => None,
            Patch::Set(address) => Some(address.into_string()),
        };
        Ok(Profile {
            name,
            email,
            phone,
            address,
            language: self.language.over(old.language),
        })
    }
}

impl Client {
    /// The profile to change, or why there is nothing to change.
    pub(crate) fn changeable(&self) -> Result<&Profile, ClientFault> {
        match &self.profile {
            _ if self.erased => Err(ClientFault::Erased),
            _ if self.archived => Err(ClientFault::Archived),
            // The key is gone although the erasure was not finished: it is erased all the same.
            None => Err(ClientFault::Erased),
            Some(profile) => Ok(profile),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn anna() -> Profile {
        Profile {
            name: "Anna".to_owned(),
            email: Some("anna@example.com".to_owned()),
            phone: Some("+1 514 555 0123".to_owned()),
            address: None,
            language: None,
        }
    }

    fn nothing() -> ProfilePatch {
        ProfilePatch {
            name: Patch::Keep,
            email: Patch::Keep,
            phone: Patch::Keep,
            address: Patch::Keep,
            language: Patch::Keep,
        }
    }

    #[test]
    fn a_patch_that_says_nothing_changes_nothing() {
        assert!(
            nothing()
                .apply(&anna())
                .is_ok_and(|profile| profile == anna())
        );
    }

    #[test]
    fn what_is_optional_can_be_taken_away() {
        let patch = ProfilePatch {
            phone: Patch::Clear,
            ..nothing()
        };
        assert!(
            patch
                .apply(&anna())
                .is_ok_and(|profile| profile.phone.is_none())
        );
    }

    #[test]
    fn name_and_email_cannot_be_taken_away() {
        let no_name = ProfilePatch {
            name: Patch::Clear,
            ..nothing()
        };
        let no_email = ProfilePatch {
            email: Patch::Clear,
            ..nothing()
        };
        assert!(matches!(
            no_name.apply(&anna()),
            Err(ClientFault::Required("name"))
        ));
        assert!(matches!(
            no_email.apply(&anna()),
            Err(ClientFault::Required("email"))
        ));
    }

    #[test]
    fn a_client_from_history_is_read_with_a_name_only() {
        let profile: Profile = serde_json::from_str(r#"{"name":"12583"}"#).expect("a profile");
        assert!(profile.email.is_none() && profile.address.is_none());
    }
}
