//! What identity tells: users come, change and go.

use crate::event;
use kernel::{StoreId, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody registered as a customer. The profile is sealed with the person's own key, so that
/// destroying the key erases the person from the log as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserRegistered {
    pub user_id: UserId,
    /// Base64 of the sealed JSON `{"name", "email", "phone"?, "address"?}`.
    pub sealed_profile: String,
}
event!(
    UserRegistered,
    "identity.user-registered.v1",
    "user",
    user_id
);

/// A user was made by an administrator, changed, or disabled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserChanged {
    pub user_id: UserId,
    pub roles: Vec<String>,
    /// Stores the user is limited to; `None` means all.
    pub store_ids: Option<Vec<StoreId>>,
    pub disabled: bool,
}
event!(UserChanged, "identity.user-changed.v1", "user", user_id);
