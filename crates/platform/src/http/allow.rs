//! Who may call an operation.

use crate::auth::{Principal, Role};

use super::problem::Problem;

/// The people who run the shop.
pub const STAFF: &[Role] = &[Role::Clerk, Role::Manager, Role::Admin];
/// Who handles goods: the same people, under the name the route tables read best with.
pub const CLERKS: &[Role] = STAFF;
/// Who decides what is sold and for how much.
pub const MANAGERS: &[Role] = &[Role::Manager, Role::Admin];
/// Who administers users and keys.
pub const ADMINS: &[Role] = &[Role::Admin];

/// The permission of one operation: part of its route, never of its handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allow {
    who: Who,
    own: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    SignedIn,
    Only(&'static [Role]),
}

impl Allow {
    /// Everybody, signed in or not.
    pub const fn anyone() -> Self {
        Self {
            who: Who::Anyone,
            own: false,
        }
    }

    /// Everybody who has said who they are.
    pub const fn signed_in() -> Self {
        Self {
            who: Who::SignedIn,
            own: false,
        }
    }

    /// Those who have one of these roles.
    pub const fn only(roles: &'static [Role]) -> Self {
        Self {
            who: Who::Only(roles),
            own: false,
        }
    }

    /// And customers, for what is theirs: the handler checks ownership and answers 404 otherwise.
    #[must_use]
    pub const fn or_own(self) -> Self {
        Self { own: true, ..self }
    }

    /// Whether no one needs to say who they are.
    pub fn is_public(self) -> bool {
        self.who == Who::Anyone
    }

    /// Whether customers come in for what is theirs only.
    pub fn covers_own(self) -> bool {
        self.own
    }

    /// Whether a caller with this role (and no other) is let through to the handler.
    pub fn admits(self, role: Role) -> bool {
        match self.who {
            Who::Anyone | Who::SignedIn => true,
            Who::Only(roles) => roles.contains(&role) || self.own && role == Role::Customer,
        }
    }

    /// 401 for nobody, 403 for somebody who may not.
    pub(super) fn check(self, principal: Option<&Principal>) -> Result<(), Problem> {
        let Some(principal) = principal else {
            return match self.who {
                Who::Anyone => Ok(()),
                _ => Err(Problem::unauthenticated("this needs a bearer token")),
            };
        };
        match self.who {
            Who::Anyone | Who::SignedIn => Ok(()),
            Who::Only(roles) if roles.iter().any(|role| principal.has(*role)) => Ok(()),
            Who::Only(_) if self.own && principal.has(Role::Customer) => Ok(()),
            Who::Only(_) => Err(Problem::forbidden()),
        }
    }
}
