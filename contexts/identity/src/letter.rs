//! Tokens that travel by letter and prove that somebody reads a mailbox: pure rules.

use crate::create_user::UserError;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Detail, ErrorKind, Fault};
use platform::DbError;
use std::time::Duration;

/// 256 bits: nobody guesses, so a plain keyed hash protects it.
pub const SECRET_BYTES: usize = 32;
/// So many letters of a kind go to one user within [`WINDOW`], however often they are asked for.
pub const MOST: i64 = 5;
pub const WINDOW: Duration = Duration::from_secs(60 * 60);

/// What a letter is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LetterKind {
    EmailVerification,
    PasswordReset,
}

impl LetterKind {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::EmailVerification => "email_verification",
            Self::PasswordReset => "password_reset",
        }
    }

    /// How long its token is good.
    pub const fn lasts(self) -> Duration {
        match self {
            Self::EmailVerification => Duration::from_secs(48 * 60 * 60),
            Self::PasswordReset => Duration::from_secs(60 * 60),
        }
    }
}

/// The text of a token: 43 characters that fit into an address.
pub fn token(secret: [u8; SECRET_BYTES]) -> String {
    URL_SAFE_NO_PAD.encode(secret)
}

/// Why a letter was not sent, or why its token does nothing.
#[derive(Debug, thiserror::Error)]
pub enum LetterError {
    #[error("the token is not good (any more); ask for a new letter")]
    BadToken,
    #[error("the address is verified already")]
    AlreadyVerified,
    #[error("enough letters were sent; look for them, or try again in {} s", .0.as_secs() + 1)]
    Throttled(Duration),
    #[error(transparent)]
    User(#[from] UserError),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for LetterError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::BadToken => ErrorKind::Invalid,
            Self::AlreadyVerified => ErrorKind::Conflict,
            Self::Throttled(_) => ErrorKind::TooMany,
            Self::User(fault) => fault.kind(),
            Self::Db(fault) => fault.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::BadToken => "INVALID_TOKEN",
            Self::AlreadyVerified => "EMAIL_VERIFIED",
            Self::Throttled(_) => "TOO_MANY_ATTEMPTS",
            Self::User(fault) => fault.code(),
            Self::Db(fault) => fault.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::BadToken => vec![Detail::new("token", self.code(), self.to_string())],
            Self::User(fault) => fault.details(),
            _ => Vec::new(),
        }
    }
}
