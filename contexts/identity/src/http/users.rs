//! Users, for administrators.

use super::auth::user_of;
use super::{Sort, is_set};
use crate::Identity;
use crate::change_user as uses;
use crate::create_user::{self, NewUser, UserError};
use crate::password::NewPassword;
use crate::store::users as store;
use crate::user::{Access, Change, MAX_STORES, Profile, User};
use axum::extract::State;
use kernel::{
    BadCursor, ClientId, Cursor, Email, Language, Limit, Name, Page, Phone, StoreId, Timestamp,
    UserId,
};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use platform::http::{
    Created, Errors, IfMatch, Json, NoContent, Patch, Path, Problem, Query, Tagged,
};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Somebody who signs in.
#[derive(Serialize, ToSchema)]
pub struct UserView {
    id: UserId,
    /// Null once the person was erased.
    #[schema(required)]
    name: Option<Name>,
    /// Null once the person was erased.
    #[schema(required)]
    email: Option<Email>,
    #[schema(required)]
    phone: Option<Phone>,
    /// What the user is written to in; null: as the shop usually does.
    #[schema(required)]
    language: Option<Language>,
    /// Whether the user has shown that mail to the address reaches them.
    email_verified: bool,
    roles: Roles,
    /// The client a customer buys as: the one made when they registered, or one that was linked to
    /// their login since. A new link holds from the next access token on.
    #[schema(required)]
    client_id: Option<ClientId>,
    /// The stores the user is limited to; null means all.
    #[schema(required)]
    store_ids: Option<Vec<StoreId>>,
    /// Disabled users cannot log in.
    disabled: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

/// A user made by an administrator, who tells them the password.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CreateUser {
    name: Name,
    email: Email,
    password: NewPassword,
    phone: Option<Phone>,
    language: Option<Language>,
    #[schema(min_items = 1)]
    roles: Roles,
    /// Limits clerks and managers to these stores; left out or null means all.
    #[schema(max_items = 100)]
    store_ids: Option<Vec<StoreId>>,
}

/// What administrators may change; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    name: Option<Name>,
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    email: Option<Email>,
    #[serde(default)]
    phone: Patch<Phone>,
    #[serde(default)]
    language: Patch<Language>,
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false, min_items = 1)]
    roles: Option<Roles>,
    /// Null means all stores.
    #[serde(default)]
    store_ids: Patch<Vec<StoreId>>,
    /// `true` logs the user out everywhere; `false` lets them in again.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    disabled: Option<bool>,
    /// A new password, for somebody who forgot theirs; logs them out everywhere.
    #[serde(default, deserialize_with = "super::given")]
    #[schema(nullable = false)]
    password: Option<NewPassword>,
}

/// Which users.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UserList {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Whether to count all users that fit.
    #[serde(default)]
    count: bool,
    #[serde(default)]
    #[param(inline)]
    sort: Sort,
    #[param(inline)]
    role: Option<Role>,
    /// The one with exactly this address.
    email: Option<Email>,
    disabled: Option<bool>,
}

impl From<User> for UserView {
    fn from(user: User) -> Self {
        let client_id = user.client();
        let (mut name, mut email, mut phone, mut language) = (None, None, None, None);
        if let Some(profile) = user.profile {
            (name, email) = (Some(profile.name), Some(profile.email));
            (phone, language) = (profile.phone, profile.language);
        }
        Self {
            id: user.id,
            name,
            email,
            phone,
            language,
            email_verified: is_set(user.email_verified_at),
            roles: user.access.roles,
            client_id,
            store_ids: user.access.stores,
            disabled: is_set(user.disabled_at),
            created_at: user.created_at,
            updated_at: user.updated_at,
        }
    }
}

/// A user with their ETag.
pub fn tagged(user: User) -> Tagged<UserView> {
    Tagged {
        version: user.version,
        body: user.into(),
    }
}

/// A new user with their place.
pub fn created(user: User) -> Created<UserView> {
    let location = format!("/v1/users/{}", user.id);
    Created {
        location,
        version: user.version,
        body: user.into(),
    }
}

/// A field of a merge patch that may be emptied.
pub fn patched<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(value) => Some(Some(value)),
    }
}

/// List users
#[utoipa::path(
    get, path = "/v1/users", tag = "identity",
    params(UserList),
    responses((status = 200, description = "A page of users", body = Page<UserView>), Errors),
)]
pub async fn list_users(
    State(identity): State<Identity>,
    Query(list): Query<UserList>,
) -> Result<Json<Page<UserView>>, Problem> {
    let host = &identity.host;
    let after = list.cursor.as_ref().map(Cursor::read).transpose();
    let wanted = store::Wanted {
        role: list.role,
        disabled: list.disabled,
        email: list
            .email
            .map(|email| store::email_index(&host.vault, &email)),
        newest_first: list.sort == Sort::Newest,
        after: after.map_err(|error: BadCursor| Problem::from(error))?,
        limit: list.limit,
    };
    let mut tx = host.db.read().await?;
    let users = store::list(&mut tx, &host.vault, &wanted).await?;
    let total = if list.count {
        Some(store::count(&mut tx, &wanted).await?)
    } else {
        None
    };
    let page = Page::cut(users, list.limit, store::cursor).with_total(total);
    Ok(Json(page.map(UserView::from)))
}

/// Make a user
///
/// For staff and suppliers; customers register themselves. A user with the role `customer` gets a
/// client as if they had registered.
#[utoipa::path(
    post, path = "/v1/users", tag = "identity",
    request_body = CreateUser,
    responses(
        (status = 201, description = "The new user", body = UserView),
        Errors,
    ),
)]
pub async fn create_user(
    State(identity): State<Identity>,
    Json(request): Json<CreateUser>,
) -> Result<Created<UserView>, Problem> {
    let CreateUser {
        name,
        email,
        password,
        phone,
        language,
        roles,
        store_ids: stores,
    } = request;
    let profile = Profile {
        name,
        email,
        phone,
        language,
    };
    let new = NewUser {
        profile,
        password,
        access: Access { roles, stores },
    };
    Ok(created(create_user::create(&identity, new, None).await?))
}

/// Read a user
///
/// Customers read themselves only; anybody else is not there for them (404).
#[utoipa::path(
    get, path = "/v1/users/{id}", tag = "identity",
    params(("id" = UserId, Path, description = "The user")),
    responses((status = 200, description = "The user", body = UserView), Errors),
)]
pub async fn read_user(
    State(identity): State<Identity>,
    principal: Principal,
    Path(id): Path<UserId>,
) -> Result<Tagged<UserView>, Problem> {
    let own = principal.kind == PrincipalKind::User && user_of(&principal)? == id;
    if !own && !principal.has(Role::Admin) {
        return Err(UserError::NotFound.into());
    }
    Ok(tagged(uses::read_user(&identity, id).await?))
}

/// Change a user
///
/// The last administrator can neither be disabled nor lose the role (409 `LAST_ADMIN`). Access
/// tokens already given out keep their roles until they expire, at most 15 minutes.
#[utoipa::path(
    patch, path = "/v1/users/{id}", tag = "identity",
    params(("id" = UserId, Path, description = "The user"), IfMatch),
    request_body(content = ChangeUser, content_type = "application/json"),
    responses((status = 200, description = "The user as it is now", body = UserView), Errors),
)]
pub async fn change_user(
    State(identity): State<Identity>,
    Path(id): Path<UserId>,
    if_match: IfMatch,
    Json(request): Json<ChangeUser>,
) -> Result<Tagged<UserView>, Problem> {
    let change = Change {
        name: request.name,
        email: request.email,
        phone: patched(request.phone),
        language: patched(request.language),
        roles: request.roles,
        stores: patched(request.store_ids),
        disabled: request.disabled,
    };
    let password = request.password;
    let user = uses::change_user(&identity, id, change, password, Some(&if_match)).await?;
    Ok(tagged(user))
}

/// Disable a user
///
/// The user is logged out everywhere and cannot log in any more. What they did stays theirs, so
/// nothing is deleted; `PATCH` with `disabled: false` lets them in again.
#[utoipa::path(
    delete, path = "/v1/users/{id}", tag = "identity",
    params(("id" = UserId, Path, description = "The user"), IfMatch),
    responses((status = 204, description = "The user is disabled"), Errors),
)]
pub async fn disable_user(
    State(identity): State<Identity>,
    Path(id): Path<UserId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    uses::disable_user(&identity, id, Some(&if_match)).await?;
    Ok(NoContent)
}

// The documented bound and the rule are one number.
const _: () = assert!(MAX_STORES == 100);
