//! The roles a principal may hold.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::str::FromStr;
use utoipa::ToSchema;

/// What somebody may do, in one word. Written in snake_case everywhere.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Buys; sees only what is theirs.
    Customer,
    /// Works in a store: stock, orders, clients.
    Clerk,
    /// Runs a store or the shop: catalogue, employees, reports.
    Manager,
    /// Delivers goods: reads stock, restocks.
    Supplier,
    /// Administers users, keys and everything else.
    Admin,
    /// A machine that follows events.
    Service,
}

/// Everybody who works for the shop.
pub const STAFF: &[Role] = &[Role::Clerk, Role::Manager, Role::Admin];
/// Who may do a clerk's work: the same people, under the name that route tables read best with.
pub const CLERKS: &[Role] = STAFF;
/// Who may do a manager's work.
pub const MANAGERS: &[Role] = &[Role::Manager, Role::Admin];
/// Who may administer.
pub const ADMINS: &[Role] = &[Role::Admin];

impl Role {
    /// Every role there is.
    pub const ALL: [Role; 6] = [
        Role::Customer,
        Role::Clerk,
        Role::Manager,
        Role::Supplier,
        Role::Admin,
        Role::Service,
    ];

    /// The word used on the wire and in the database.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Clerk => "clerk",
            Self::Manager => "manager",
            Self::Supplier => "supplier",
            Self::Admin => "admin",
            Self::Service => "service",
        }
    }

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A word that names no role.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no role; roles are customer, clerk, manager, supplier, admin, service")]
pub struct BadRole(pub String);

impl FromStr for Role {
    type Err = BadRole;

    fn from_str(text: &str) -> Result<Self, BadRole> {
        let found = Self::ALL.into_iter().find(|role| role.as_str() == text);
        found.ok_or_else(|| BadRole(text.to_owned()))
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A set of roles in one byte. On the wire it is a list of role names, without repetition.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Roles(u8);

impl Roles {
    /// The set of exactly these roles.
    pub const fn of(roles: &[Role]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < roles.len() {
            bits |= roles[at].bit();
            at += 1;
        }
        Self(bits)
    }

    /// Whether `role` is in the set.
    pub const fn has(self, role: Role) -> bool {
        self.0 & role.bit() != 0
    }

    /// Whether the two sets share a role.
    pub const fn meets(self, other: Roles) -> bool {
        self.0 & other.0 != 0
    }

    /// Whether there is no role in the set.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.into_iter().filter(move |role| self.has(*role))
    }

    /// The names, in the order of [`Role::ALL`], separated by one space: the database's form.
    pub fn to_text(self) -> String {
        let names: Vec<_> = self.iter().map(Role::as_str).collect();
        names.join(" ")
    }

    /// Reads what [`Roles::to_text`] wrote.
    pub fn from_text(text: &str) -> Result<Self, BadRole> {
        text.split_whitespace().map(Role::from_str).collect()
    }
}

impl FromIterator<Role> for Roles {
    fn from_iter<I: IntoIterator<Item = Role>>(roles: I) -> Self {
        Self(roles.into_iter().fold(0, |bits, role| bits | role.bit()))
    }
}

impl Serialize for Roles {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl<'de> Deserialize<'de> for Roles {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<Role>::deserialize(deserializer).map(|roles| roles.into_iter().collect())
    }
}

impl utoipa::PartialSchema for Roles {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        Vec::<Role>::schema()
    }
}

impl ToSchema for Roles {
    fn name() -> std::borrow::Cow<'static, str> {
        "Roles".into()
    }

    fn schemas(
        schemas: &mut Vec<(
            String,
            utoipa::openapi::RefOr<utoipa::openapi::schema::Schema>,
        )>,
    ) {
        schemas.push((
            Role::name().into(),
            <Role as utoipa::PartialSchema>::schema(),
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_back_as_written() {
        let roles = Roles::of(&[Role::Admin, Role::Clerk, Role::Clerk]);
        assert_eq!(roles.to_text(), "clerk admin");
        assert_eq!(Roles::from_text("clerk admin"), Ok(roles));
        assert_eq!(
            serde_json::to_string(&roles).unwrap(),
            r#"["clerk","admin"]"#
        );
        assert_eq!(
            serde_json::from_str::<Roles>(r#"["admin","clerk"]"#).unwrap(),
            roles
        );
    }

    #[test]
    fn an_unknown_role_is_refused() {
        assert!(Roles::from_text("clerk root").is_err());
        assert!(serde_json::from_str::<Roles>(r#"["root"]"#).is_err());
    }

    #[test]
    fn sets_meet_only_in_a_shared_role() {
        let staff = Roles::of(&[Role::Clerk, Role::Manager, Role::Admin]);
        assert!(staff.meets(Roles::of(&[Role::Supplier, Role::Clerk])));
        assert!(!staff.meets(Roles::of(&[Role::Supplier, Role::Customer, Role::Service])));
    }
}
