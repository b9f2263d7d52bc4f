//! Somebody changes their own password.

use crate::Identity;
use crate::change_user::change_user;
use crate::confirm::confirm;
use crate::create_user::UserError;
use crate::log_in::LoginError;
use crate::password::{NewPassword, Password};
use crate::user::Change;
use kernel::{ErrorKind, Fault, UserId};
use std::net::IpAddr;

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfirmedError {
    #[error("the current password is wrong")]
    WrongPassword,
    #[error(transparent)]
    Login(LoginError),
    #[error(transparent)]
    User(#[from] UserError),
}

impl From<LoginError> for ConfirmedError {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::WrongCredentials => Self::WrongPassword,
            other => Self::Login(other),
        }
    }
}

impl Fault for ConfirmedError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::WrongPassword => ErrorKind::Invalid,
            Self::Login(fault) => fault.kind(),
            Self::User(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::WrongPassword => "WRONG_PASSWORD",
            Self::Login(fault) => fault.code(),
            Self::User(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<kernel::Detail> {
        match self {
            Self::WrongPassword => {
                vec![kernel::Detail::new(
                    "current_password",
                    self.code(),
                    self.to_string(),
                )]
            }
            Self::Login(fault) => fault.details(),
            Self::User(fault) => fault.details(),
        }
    }
}

/// Replaces the password of somebody who knows the old one, and ends all their sessions, so that
/// whoever had the old one is out.
pub async fn change_password(
    identity: &Identity,
    id: UserId,
    current: Password,
    new: NewPassword,
    from: IpAddr,
) -> Result<(), ConfirmedError> {
    confirm(identity, id, current, from).await?;
    change_user(identity, id, Change::default(), Some(new), None).await?;
    Ok(())
}
