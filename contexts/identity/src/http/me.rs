//! What somebody may do with their own user.

use super::Waits as _;
use super::auth::user_of;
use super::users::UserView;
use crate::Identity;
use crate::change_password::ConfirmedError;
use crate::change_user;
use crate::confirm::confirm;
use crate::create_user::UserError;
use crate::password::Password;
use crate::user::Change;
use axum::extract::State;
use kernel::{Email, ErrorKind, Language, Name, Phone};
use platform::auth::Principal;
use platform::http::{Address, Errors, IfMatch, Json, NoContent, Patch, Problem, Tagged};
use serde::Deserialize;
use utoipa::ToSchema;

/// What people may change about themselves; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeMe {
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    name: Option<Name>,
    /// Needs `current_password`, because whoever has the address has the login.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    email: Option<Email>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default)]
    language: Patch<Language>,
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    current_password: Option<Password>,
}

/// Read your user
#[utoipa::path(
    get, path = "/v1/users/me", tag = "identity",
    responses((status = 200, description = "Your user", body = UserView), Errors),
)]
pub async fn read_me(
    State(identity): State<Identity>,
    principal: Principal,
) -> Result<Tagged<UserView>, Problem> {
    let user = change_user::read_user(&identity, user_of(&principal)?).await?;
    Ok(super::users::tagged(user))
}

/// Change your user
///
/// Name, e-mail address (with `current_password`), telephone number and language. Roles and stores
/// are given by administrators; the password is changed at `/v1/auth/password/change`. A new
/// address is sent a letter to verify it.
#[utoipa::path(
    patch, path = "/v1/users/me", tag = "identity",
    params(IfMatch),
    request_body(content = ChangeMe, content_type = "application/json"),
    responses((status = 200, description = "Your user as it is now", body = UserView), Errors),
)]
pub async fn change_me(
    State(identity): State<Identity>,
    principal: Principal,
    address: Address,
    if_match: IfMatch,
    Json(request): Json<ChangeMe>,
) -> Result<Tagged<UserView>, Problem> {
    let id = user_of(&principal)?;
    if request.email.is_some() {
        let password = request.current_password.ok_or_else(password_needed)?;
        let confirmed = confirm(&identity, id, password, address.network()).await;
        confirmed
            .map_err(ConfirmedError::from)
            .map_err(ConfirmedError::told)?;
    }
    let change = Change {
        name: request.name,
        email: request.email,
        phone: super::users::patched(request.phone),
        language: super::users::patched(request.language),
        ..Change::default()
    };
    let user = change_user::change_user(&identity, id, change, None, Some(&if_match)).await;
    Ok(super::users::tagged(user.map_err(UserError::told)?))
}

/// Disable your user
///
/// You are logged out everywhere and cannot log in any more; an administrator can enable you
/// again. To have your data erased, ask the shop.
#[utoipa::path(
    delete, path = "/v1/users/me", tag = "identity",
    params(IfMatch),
    responses((status = 204, description = "You are disabled"), Errors),
)]
pub async fn disable_me(
    State(identity): State<Identity>,
    principal: Principal,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    let id = user_of(&principal)?;
    change_user::disable_user(&identity, id, Some(&if_match)).await?;
    Ok(NoContent)
}

fn password_needed() -> Problem {
    let message = "changing the e-mail address needs current_password";
    let problem = Problem::new(ErrorKind::Invalid, "PASSWORD_NEEDED", message);
    problem.detail("current_password", "MISSING_FIELD", message)
}
