//! What went wrong, in words a caller can act upon. How a kind looks on the wire (a status, a
//! GraphQL extension, an exit code) is decided elsewhere, in one place each.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What the caller can do about a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// The request cannot be read at all; write it differently.
    Malformed,
    /// Nobody is signed in, or the credentials are not good; sign in.
    Unauthenticated,
    /// The caller is known and may not; ask somebody else.
    Forbidden,
    /// There is no such thing, or it belongs to another.
    NotFound,
    /// It contradicts what is stored; read again and decide.
    Conflict,
    /// The thing has changed since the caller read it (`If-Match`).
    Precondition,
    /// The body is over the limit.
    TooLarge,
    /// The media type is not one this operation takes.
    Unsupported,
    /// It can be read, but a value breaks a rule; the details name the fields.
    Invalid,
    /// Too many requests; wait as `Retry-After` says.
    TooMany,
    /// Lost against another transaction; the same request may simply be tried again.
    Busy,
    /// A part of the house is down; try later.
    Unavailable,
    /// Our fault; nothing the caller can do.
    Bug,
}

/// An error that knows its kind and its stable code.
pub trait Fault: std::error::Error + Send + Sync + 'static {
    /// What the caller can do about it.
    fn kind(&self) -> ErrorKind;
    /// A stable name in SCREAMING_SNAKE_CASE, e.g. `INSUFFICIENT_STOCK`.
    fn code(&self) -> &'static str;
    /// The fields at fault, when there are any.
    fn details(&self) -> Vec<Detail> {
        Vec::new()
    }
}

/// One field at fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Detail {
    /// Path of the field in the request.
    #[schema(example = "items[0].quantity")]
    pub field: String,
    /// A stable name for the fault.
    #[schema(example = "INVALID_QUANTITY")]
    pub code: String,
    /// The same for people.
    #[schema(example = "a quantity is a whole number from 1 to 1000000000")]
    pub message: String,
}

impl Detail {
    /// A detail from its three parts: field path, stable code, message for people.
    pub fn new(
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            code: code.into(),
            message: message.into(),
        }
    }
}

/// Gives a parser's error its kind ([`ErrorKind::Invalid`]) and its code.
macro_rules! invalid {
    ($error:ty, $code:literal) => {
        impl $crate::Fault for $error {
            fn kind(&self) -> $crate::ErrorKind {
                $crate::ErrorKind::Invalid
            }
            fn code(&self) -> &'static str {
                $code
            }
        }
    };
}
pub(crate) use invalid;
