//! The first administrator of a new shop.

use crate::Identity;
use crate::create_user::{NewUser, UserError, create};
use crate::password::{MIN_CHARS, NewPassword};
use crate::store::users;
use crate::user::{Access, Profile};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Email, Name};
use platform::Host;
use platform::auth::{Role, Roles};
use secrecy::{ExposeSecret as _, SecretString};

/// Who was made, for the binary to print once; the password is stored nowhere in clear.
#[derive(Debug)]
pub struct GeneratedPassword {
    pub email: Email,
    pub password: SecretString,
}

/// Why no administrator could be made.
#[derive(Debug, thiserror::Error)]
pub enum FirstAdminError {
    #[error("COMPTOIR_ADMIN_PASSWORD cannot be used: {0}")]
    Password(String),
    #[error(
        "there is no administrator, and COMPTOIR_ADMIN_EMAIL is the address of somebody who is \
         none: give another address"
    )]
    EmailTaken,
    #[error(transparent)]
    User(UserError),
}

/// Makes the administrator of the settings when there is none who can sign in. Without a password
/// in the settings one is generated, and returned: it can be seen this once only.
pub async fn ensure_admin(host: &Host) -> Result<Option<GeneratedPassword>, FirstAdminError> {
    if has_admin(host).await? {
        return Ok(None);
    }
    let email = host.settings.admin_email.clone();
    let given = host.settings.admin_password.clone();
    let secret = given.clone().unwrap_or_else(|| generate(host));
    let password = NewPassword::new(secret.expose_secret());
    let password = password.map_err(|error| FirstAdminError::Password(error.to_string()))?;
    let new = NewUser {
        profile: Profile {
            name: name()?,
            email: email.clone(),
            phone: None,
            language: None,
        },
        password,
        access: Access {
            roles: Roles::of(&[Role::Admin]),
            stores: None,
        },
    };
    match create(&Identity::new(host), new, None).await {
        Ok(_) if given.is_none() => Ok(Some(GeneratedPassword {
            email,
            password: secret,
        })),
        Ok(_) => Ok(None),
        // Another process that started at the same moment may have been faster.
        Err(UserError::DuplicateEmail) if has_admin(host).await? => Ok(None),
        Err(UserError::DuplicateEmail) => Err(FirstAdminError::EmailTaken),
        Err(error) => Err(FirstAdminError::User(error)),
    }
}

async fn has_admin(host: &Host) -> Result<bool, FirstAdminError> {
    let failed = |error| FirstAdminError::User(UserError::Db(error));
    let mut tx = host.db.read().await.map_err(failed)?;
    users::has_admin(&mut tx).await.map_err(failed)
}

fn name() -> Result<Name, FirstAdminError> {
    "Administrator"
        .parse()
        .map_err(|error: kernel::BadText| FirstAdminError::Password(error.to_string()))
}

/// 144 random bits, 24 characters.
fn generate(host: &Host) -> SecretString {
    const BYTES: usize = 18;
    const { assert!(BYTES * 8 / 6 >= MIN_CHARS) };
    URL_SAFE_NO_PAD.encode(host.source.random::<BYTES>()).into()
}
