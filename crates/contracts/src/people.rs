//! What people tells: clients, the logins that belong to them, and employees, by id only.

use crate::event;
use kernel::{ClientId, EmployeeId, StoreId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A client was made, changed, archived or erased.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ClientChanged {
    pub client_id: ClientId,
    pub archived: bool,
    pub erased: bool,
    /// Base64 of the JSON `{"name", "email"?, "phone"?, "address"?, "language"?}`, sealed with the
    /// client's own key; none where it did not change, and none for the erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_contact: Option<String>,
}
event!(
    ClientChanged,
    "people.client-changed.v1",
    "client",
    client_id
);

/// Whoever signs in as this user buys as this client from now on: as one that was linked to the
/// login, or again as the one that was made when they registered and carries the user's UUID.
/// Aggregate `login`, named by the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LoginLinked {
    pub user_id: UserId,
    pub client_id: ClientId,
}
event!(LoginLinked, "people.login-linked.v1", "login", user_id);

/// An employee was made, changed or archived.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EmployeeChanged {
    pub employee_id: EmployeeId,
    pub store_id: Option<StoreId>,
    pub user_id: Option<UserId>,
    pub archived: bool,
}
event!(
    EmployeeChanged,
    "people.employee-changed.v1",
    "employee",
    employee_id
);
