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
    despite_bad_token: bool,
    hint: &'static str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    Anyone,
    SignedIn,
    Only(&'static [Role]),
}

impl Allow {
    const fn to(who: Who) -> Self {
        Self {
            who,
            own: false,
            despite_bad_token: false,
            hint: "this needs a bearer token",
        }
    }

    /// Everybody, signed in or not.
    pub const fn anyone() -> Self {
        Self::to(Who::Anyone)
    }

    /// Everybody who has said who they are.
    pub const fn signed_in() -> Self {
        Self::to(Who::SignedIn)
    }

    /// Those who have one of these roles.
    pub const fn only(roles: &'static [Role]) -> Self {
        Self::to(Who::Only(roles))
    }

    /// Customers only, for what is theirs: the handler reaches nothing else.
    pub const fn own() -> Self {
        Self::only(&[]).or_own()
    }

    /// What somebody is told who has not said who they are.
    #[must_use]
    pub const fn telling(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Takes a caller whose token does not hold for nobody in particular, instead of refusing
    /// them: for the operations that hand out new tokens, to which clients send the expired one
    /// along. Only for public operations whose path has no parameters.
    #[must_use]
    pub const fn despite_bad_token(self) -> Self {
        Self {
            despite_bad_token: true,
            ..self
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

    /// Whether a token that does not hold is overlooked.
    pub(super) fn overlooks_bad_token(self) -> bool {
        self.despite_bad_token && self.is_public()
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
                _ => Err(Problem::unauthenticated(self.hint)),
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
