//! A user is made: by registering, or by an administrator.

use crate::Identity;
use crate::letter::LetterKind;
use crate::password::NewPassword;
use crate::send_letter;
use crate::store::users;
use crate::user::{Access, Profile, User, UserFault};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::{UserChanged, UserRegistered};
use kernel::{Detail, ErrorKind, Fault, Text};
use platform::auth::{PasswordError, Role};
use platform::vault::Vault;
use platform::{DbError, Tx};
use serde::Serialize;
use std::time::Duration;

/// What a new user is made of.
pub struct NewUser {
    pub profile: Profile,
    pub password: NewPassword,
    pub access: Access,
}

/// Why a user could not be made or changed.
#[derive(Debug, thiserror::Error)]
pub enum UserError {
    #[error("somebody with this e-mail address is here already")]
    DuplicateEmail,
    #[error("the password tells the e-mail address; take another")]
    PasswordTellsEmail,
    #[error("too many attempts; try again in {} s", .0.as_secs() + 1)]
    Throttled(Duration),
    #[error("there is no such user")]
    NotFound,
    #[error("the user is at version {0} now; read it again")]
    Stale(i64),
    #[error("the last administrator can neither be disabled nor lose the role")]
    LastAdmin,
    #[error(transparent)]
    Rule(#[from] UserFault),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for UserError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::DuplicateEmail | Self::LastAdmin => ErrorKind::Conflict,
            Self::PasswordTellsEmail => ErrorKind::Invalid,
            Self::Throttled(_) => ErrorKind::TooMany,
            Self::NotFound => ErrorKind::NotFound,
            Self::Stale(_) => ErrorKind::Precondition,
            Self::Rule(fault) => fault.kind(),
            Self::Password(fault) => fault.kind(),
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::DuplicateEmail => "DUPLICATE_EMAIL",
            Self::PasswordTellsEmail => "PASSWORD_TELLS_EMAIL",
            Self::Throttled(_) => "TOO_MANY_ATTEMPTS",
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Stale(_) => "PRECONDITION_FAILED",
            Self::LastAdmin => "LAST_ADMIN",
            Self::Rule(fault) => fault.code(),
            Self::Password(fault) => fault.code(),
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::DuplicateEmail => "email",
            Self::PasswordTellsEmail => "password",
            Self::Rule(UserFault::NoRole) => "roles",
            Self::Rule(UserFault::TooManyStores) => "store_ids",
            _ => return Vec::new(),
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}

/// The profile as people receives it, sealed.
#[derive(Serialize)]
struct SealedProfile<'a> {
    #[serde(flatten)]
    profile: &'a Profile,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<&'a str>,
}

/// Makes a user. A customer's profile travels to people, where their client is made of it.
pub async fn create(
    identity: &Identity,
    new: NewUser,
    address: Option<Text<500>>,
) -> Result<User, UserError> {
    let host = &identity.host;
    if new.password.tells(&new.profile.email) {
        return Err(UserError::PasswordTellsEmail);
    }
    let access = new.access.checked()?;
    let hash = identity.passwords.hash(new.password.into_secret()).await?;
    let mut user = User::new(host.source.id(), new.profile, access, host.source.now());
    let registers = user.access.roles.has(Role::Customer);
    let is_more = user.access != Access::customer();
    user.version = if registers && is_more { 2 } else { 1 };

    let mut tx = host.db.begin().await?;
    if !users::insert(&mut tx, &host.vault, &user, &hash).await? {
        return Err(UserError::DuplicateEmail);
    }
    if registers {
        let sealed_profile = seal(&host.vault, &mut tx, &user, address.as_ref()).await?;
        tx.publish(
            &UserRegistered {
                user_id: user.id,
                sealed_profile,
            },
            1,
        )?;
        let users = std::slice::from_ref(&user);
        send_letter::send(host, &mut tx, users, LetterKind::EmailVerification).await?;
    }
    if is_more {
        let event = changed(&host.vault, &mut tx, &user).await?;
        tx.publish(&event, user.version)?;
    }
    tx.commit().await?;
    Ok(user)
}

/// What others learn of a user: ids, roles, and how to reach them, sealed.
pub async fn changed(vault: &Vault, tx: &mut Tx, user: &User) -> Result<UserChanged, DbError> {
    let sealed_contact = match user.profile {
        Some(_) => Some(seal(vault, tx, user, None).await?),
        None => None,
    };
    Ok(UserChanged {
        user_id: user.id,
        roles: user
            .access
            .roles
            .iter()
            .map(|role| role.as_str().to_owned())
            .collect(),
        store_ids: user.access.stores.clone(),
        disabled: user.disabled_at.is_some(),
        sealed_contact,
    })
}

async fn seal(
    vault: &Vault,
    tx: &mut Tx,
    user: &User,
    address: Option<&Text<500>>,
) -> Result<String, DbError> {
    let bug = |what: String| DbError::Bug(format!("profile of a user: {what}"));
    let profile = user
        .profile
        .as_ref()
        .ok_or_else(|| bug("missing".to_owned()))?;
    let profile = SealedProfile {
        profile,
        address: address.map(Text::as_str),
    };
    let json = serde_json::to_string(&profile).map_err(|error| bug(error.to_string()))?;
    let sealed = vault.seal(tx, user.id.uuid(), &json).await?;
    Ok(STANDARD.encode(sealed))
}
