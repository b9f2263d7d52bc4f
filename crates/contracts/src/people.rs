//! What people tells: clients and employees, by id only.

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
