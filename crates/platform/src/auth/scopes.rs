//! What roles amount to, in the words of OAuth 2.0, for gateways and other services that read our
//! access tokens (claim `scope`, RFC 8693). This shop itself asks for roles: see `http::Allow`.

use super::{ADMINS, MANAGERS, Role, Roles, STAFF};

const PEOPLE: &[Role] = &[
    Role::Customer,
    Role::Clerk,
    Role::Manager,
    Role::Supplier,
    Role::Admin,
];
const WATCHERS: &[Role] = &[Role::Clerk, Role::Manager, Role::Supplier, Role::Admin];

/// Each scope, and the roles that have it.
const TABLE: &[(&str, &[Role])] = &[
    ("catalog:read", &Role::ALL),
    ("catalog:write", MANAGERS),
    ("clients:read", STAFF),
    ("clients:write", STAFF),
    ("employees:read", STAFF),
    ("employees:write", MANAGERS),
    ("keys:admin", ADMINS),
    ("orders:own", &[Role::Customer]),
    ("orders:read", STAFF),
    ("orders:write", STAFF),
    ("profile:own", PEOPLE),
    ("stock:read", WATCHERS),
    ("stock:restock", WATCHERS),
    ("stock:write", STAFF),
    ("stores:write", MANAGERS),
    ("users:admin", ADMINS),
];

/// The scopes of somebody with these roles, separated by one space, in alphabetical order.
pub fn scopes_of(roles: Roles) -> String {
    let granted = TABLE
        .iter()
        .filter(|(_, holders)| roles.meets(Roles::of(holders)));
    let names: Vec<_> = granted.map(|(scope, _)| *scope).collect();
    names.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(role: Role) -> String {
        scopes_of(Roles::of(&[role]))
    }

    #[test]
    fn a_scope_stands_once_and_in_order() {
        assert!(TABLE.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(TABLE.iter().all(|(_, holders)| !holders.is_empty()));
    }

    #[test]
    fn each_role_has_its_scopes_and_several_have_all_of_theirs() {
        assert_eq!(of(Role::Customer), "catalog:read orders:own profile:own");
        assert_eq!(of(Role::Service), "catalog:read");
        let supplier = "catalog:read profile:own stock:read stock:restock";
        assert_eq!(of(Role::Supplier), supplier);
        let both = scopes_of(Roles::of(&[Role::Customer, Role::Supplier]));
        let expected = "catalog:read orders:own profile:own stock:read stock:restock";
        assert_eq!(both, expected);
        assert_eq!(scopes_of(Roles::default()), "");
    }

    #[test]
    fn whoever_stands_higher_has_no_scope_less() {
        let steps = [Role::Clerk, Role::Manager, Role::Admin];
        for pair in steps.windows(2) {
            let (lower, higher) = (of(pair[0]), of(pair[1]));
            let mut missing = lower.split(' ').filter(|scope| !higher.contains(scope));
            assert_eq!(missing.next(), None, "{} and {}", pair[0], pair[1]);
            assert!(higher.len() > lower.len());
        }
        assert!(!of(Role::Manager).contains("admin"));
    }
}
