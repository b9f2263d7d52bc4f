//! What identity tells: users come, change and go, and need letters.

use crate::event;
use kernel::{Id, StoreId, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Somebody registered as a customer. The profile is sealed with the person's own key, so that
/// destroying the key erases the person from the log as well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UserRegistered {
    pub user_id: UserId,
    /// Base64 of the sealed JSON `{"name", "email", "phone"?, "address"?, "language"?}`.
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
    /// Base64 of the JSON `{"name", "email", "phone"?, "language"?}`, sealed with the user's own
    /// key; none once the person was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed_contact: Option<String>,
}
event!(UserChanged, "identity.user-changed.v1", "user", user_id);

/// Marks a letter: a secret on its way to a user's mailbox.
pub struct Letter;
impl kernel::Entity for Letter {
    const PREFIX: &'static str = "ltr";
}
/// `ltr_…`
pub type LetterId = Id<Letter>;

/// A user needs a letter with a token that proves they can read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LetterRequested {
    pub letter_id: LetterId,
    pub user_id: UserId,
    /// `email_verification` or `password_reset`.
    pub kind: String,
    /// The token is good until then, and so is the letter.
    pub expires_at: Timestamp,
    /// Base64 of the JSON `{"name", "email", "language"?, "token"}`, sealed with the user's key.
    pub sealed_letter: String,
}
event!(
    LetterRequested,
    "identity.letter-requested.v1",
    "letter",
    letter_id
);
