//! Who is calling and how that is known: roles, principals, access tokens, passwords.
//! Which route asks for what is declared in `http`; where users and keys live is not known here.

mod keys;
mod outside;
mod passwords;
mod plan;
mod principal;
mod roles;
mod scopes;
mod tokens;

pub use keys::{BadKey, Jwk, JwkSet, SigningKey};
pub use outside::{Outside, user_of};
pub use passwords::{PasswordError, Passwords};
pub use plan::{Allowance, Caller, Day, DayAllowance, Meter, UsagePlan};
pub use principal::{Principal, PrincipalKind};
pub use roles::{ADMINS, BadRole, CLERKS, MANAGERS, Role, Roles, STAFF};
pub use scopes::scopes_of;
pub use tokens::{ACCESS_LIFETIME, TokenError, Tokens};

/// Whether two secrets (or hashes of them) are the same; takes as long when they differ early.
pub fn same_secret(one: &[u8], other: &[u8]) -> bool {
    subtle::ConstantTimeEq::ct_eq(one, other).into()
}
