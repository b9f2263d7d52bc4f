//! The caller of one request, as far as it is known.

use super::{Role, Roles, STAFF};
use kernel::{ApiKeyId, ClientId, StoreId, UserId};
use uuid::Uuid;

/// What kind of account a principal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// A person who logged in.
    User,
    /// A machine that holds an API key.
    Key,
}

/// Somebody whose token or key was found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Id of the user or of the API key.
    pub subject: Uuid,
    pub kind: PrincipalKind,
    pub roles: Roles,
    /// The client that the user buys as, where it is not the one made when they registered.
    pub client: Option<ClientId>,
    /// Stores the account is limited to, whatever its roles; [`Principal::only_stores`] heeds them.
    pub stores: Option<Vec<StoreId>>,
}

impl Principal {
    /// Whether the principal holds `role`.
    pub fn has(&self, role: Role) -> bool {
        self.roles.has(role)
    }

    /// Whether the principal works for the shop (clerk, manager or admin).
    pub fn is_staff(&self) -> bool {
        self.roles.meets(Roles::of(STAFF))
    }

    /// The client a user is: the one linked to their login, else the one made when they registered,
    /// which carries the user's UUID.
    pub fn client_id(&self) -> ClientId {
        self.client
            .unwrap_or_else(|| ClientId::from_uuid(self.subject))
    }

    /// The stores whose things alone the principal sees and moves; `None` means all. Admins are
    /// never limited to stores.
    pub fn only_stores(&self) -> Option<&[StoreId]> {
        self.stores.as_deref().filter(|_| !self.has(Role::Admin))
    }

    /// Whether the principal may act on `store`.
    pub fn may_act_in(&self, store: StoreId) -> bool {
        self.only_stores()
            .is_none_or(|stores| stores.contains(&store))
    }

    /// How the principal is named in ledgers and trails: `user/user_…` or `key/key_…`.
    pub fn actor(&self) -> String {
        match self.kind {
            PrincipalKind::User => format!("user/{}", UserId::from_uuid(self.subject)),
            PrincipalKind::Key => format!("key/{}", ApiKeyId::from_uuid(self.subject)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clerk_of(stores: Option<Vec<StoreId>>) -> Principal {
        let (subject, roles) = (Uuid::from_u128(7), Roles::of(&[Role::Clerk]));
        Principal {
            subject,
            kind: PrincipalKind::User,
            roles,
            client: None,
            stores,
        }
    }

    #[test]
    fn a_clerk_of_one_store_may_not_act_in_another() {
        let (mine, other) = (store(1), store(2));
        let clerk = clerk_of(Some(vec![mine]));
        assert!(clerk.may_act_in(mine) && !clerk.may_act_in(other));
        assert!(clerk_of(None).may_act_in(other));
        assert!(!clerk_of(Some(vec![])).may_act_in(mine));
    }

    #[test]
    fn an_admin_is_never_limited_to_stores() {
        let mut admin = clerk_of(Some(vec![]));
        admin.roles = Roles::of(&[Role::Admin]);
        assert!(admin.may_act_in(store(1)) && admin.only_stores().is_none());
    }

    #[test]
    fn a_user_is_the_client_linked_to_them_or_their_own() {
        let mut user = clerk_of(None);
        assert_eq!(user.client_id().uuid(), user.subject);
        let linked = ClientId::from_uuid(Uuid::from_u128(8));
        user.client = Some(linked);
        assert_eq!(user.client_id(), linked);
    }

    fn store(n: u128) -> StoreId {
        StoreId::from_uuid(Uuid::from_u128(n))
    }
}
