//! Registering, logging in and out, tokens, the public keys.

use super::Waits as _;
use super::users::UserView;
use crate::Identity;
use crate::create_user::NewUser;
use crate::grant::Grant;
use crate::log_in::LoginError;
use crate::password::{NewPassword, Password};
use crate::user::{Access, Profile};
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use kernel::{Email, Language, Name, Phone, Text, UserId};
use platform::auth::{JwkSet, Principal, PrincipalKind};
use platform::http::{Address, Created, Errors, Json, NoContent, Problem};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// RFC 6749 §5.1: answers with tokens are not to be kept by caches.
type NoStore = [(HeaderName, HeaderValue); 1];
const NO_STORE: NoStore = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
/// Keys change every 90 days, and a new one is looked for when a token names it.
const KEYS_MAX_AGE: HeaderValue = HeaderValue::from_static("public, max-age=300");

/// Somebody who wants to become a customer.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Register {
    name: Name,
    email: Email,
    password: NewPassword,
    phone: Option<Phone>,
    /// What to write to you in; left out: as the shop usually does.
    language: Option<Language>,
    /// Where to send things; kept with the client, not with the user.
    address: Option<Text<500>>,
}

/// Who signs in, and how they prove it.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Login {
    email: Email,
    password: Password,
}

/// The refresh token of a login or of the refresh before.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Refresh {
    #[schema(max_length = 200, example = "rt_018c….1_…")]
    refresh_token: String,
}

/// The old password and the new one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    current_password: Password,
    new_password: NewPassword,
}

/// Tokens for one client.
#[derive(Serialize, ToSchema)]
pub struct TokenView {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Exchange it once for new tokens, at `/v1/auth/refresh`.
    refresh_token: String,
    #[schema(example = "Bearer")]
    token_type: &'static str,
    /// Seconds until the access token expires.
    #[schema(example = 900)]
    expires_in: u64,
}

impl From<Grant> for TokenView {
    fn from(grant: Grant) -> Self {
        Self {
            access_token: grant.access_token.expose_secret().to_owned(),
            refresh_token: grant.refresh_token.expose_secret().to_owned(),
            token_type: "Bearer",
            expires_in: grant.expires_in,
        }
    }
}

/// Register as a customer
///
/// Makes a user with the role `customer` and, a moment later, their client with the same data.
/// A letter asks to verify the address (`/v1/auth/email/verify`). Log in afterwards. An e-mail
/// address that is taken is refused (409 `DUPLICATE_EMAIL`); asking for many of them is throttled
/// (429).
#[utoipa::path(
    post, path = "/v1/auth/register", tag = "identity",
    request_body = Register,
    responses(
        (status = 201, description = "You are registered", body = UserView),
        Errors,
    ),
)]
pub async fn register(
    State(identity): State<Identity>,
    address: Address,
    Json(request): Json<Register>,
) -> Result<Created<UserView>, Problem> {
    let Register {
        name,
        email,
        password,
        phone,
        language,
        address: lives_at,
    } = request;
    let profile = Profile {
        name,
        email,
        phone,
        language,
    };
    let user = NewUser {
        profile,
        password,
        access: Access::customer(),
    };
    let registration = crate::register::Registration {
        user,
        address: lives_at,
    };
    let user = crate::register::register(&identity, registration, address.network()).await;
    Ok(super::users::created(user.map_err(super::Waits::told)?))
}

/// Log in
///
/// The access token is good for 15 minutes, the refresh token for one use within 14 days.
/// A wrong password, an unknown address and a disabled user answer alike (401
/// `WRONG_CREDENTIALS`). After five failures an account has to wait at this network address, one
/// second, then two, four, … (429 `TOO_MANY_ATTEMPTS` with `Retry-After`); what others do
/// elsewhere does not lock anybody out.
#[utoipa::path(
    post, path = "/v1/auth/login", tag = "identity",
    request_body = Login,
    responses((status = 200, description = "You are logged in", body = TokenView), Errors),
)]
pub async fn log_in(
    State(identity): State<Identity>,
    address: Address,
    Json(request): Json<Login>,
) -> Result<(NoStore, Json<TokenView>), Problem> {
    let Login { email, password } = request;
    let grant = crate::log_in::log_in(&identity, email, password, address.network()).await;
    Ok((NO_STORE, Json(grant.map_err(LoginError::told)?.into())))
}

/// Get new tokens
///
/// Each refresh token works once. One that comes a second time was copied: then the whole login
/// ends (401 `INVALID_REFRESH_TOKEN`), for the copy and for the original. Send an
/// `Idempotency-Key` to be able to repeat a refresh whose answer was lost.
#[utoipa::path(
    post, path = "/v1/auth/refresh", tag = "identity",
    request_body = Refresh,
    responses((status = 200, description = "New tokens", body = TokenView), Errors),
)]
pub async fn refresh(
    State(identity): State<Identity>,
    Json(request): Json<Refresh>,
) -> Result<(NoStore, Json<TokenView>), Problem> {
    let grant = crate::refresh::refresh(&identity, &request.refresh_token).await?;
    Ok((NO_STORE, Json(grant.into())))
}

/// Log out
///
/// Ends the login that the refresh token belongs to. A token that is not good any more is no
/// error. The access token lives on until it expires, at most 15 minutes.
#[utoipa::path(
    post, path = "/v1/auth/logout", tag = "identity",
    request_body = Refresh,
    responses((status = 204, description = "You are logged out"), Errors),
)]
pub async fn log_out(
    State(identity): State<Identity>,
    Json(request): Json<Refresh>,
) -> Result<NoContent, Problem> {
    crate::log_out::log_out(&identity, &request.refresh_token).await?;
    Ok(NoContent)
}

/// Change your password
///
/// Needs the current one (422 `WRONG_PASSWORD`; throttled like a login), and ends all your logins:
/// log in again with the new one.
#[utoipa::path(
    post, path = "/v1/auth/password/change", tag = "identity",
    request_body = ChangePassword,
    responses((status = 204, description = "The password is changed"), Errors),
)]
pub async fn change_password(
    State(identity): State<Identity>,
    principal: Principal,
    address: Address,
    Json(request): Json<ChangePassword>,
) -> Result<NoContent, Problem> {
    let (id, from) = (user_of(&principal)?, address.network());
    let ChangePassword {
        current_password: current,
        new_password: new,
    } = request;
    let changed = crate::change_password::change_password(&identity, id, current, new, from).await;
    changed.map_err(super::Waits::told)?;
    Ok(NoContent)
}

/// The public keys of access tokens
///
/// A JSON Web Key Set: whoever receives an access token checks it with the key that its header
/// `kid` names. Allow EdDSA only, and check `iss`, `aud`, `exp`, `nbf` and the type `at+jwt`.
#[utoipa::path(
    get, path = "/.well-known/jwks.json", tag = "identity",
    responses((status = 200, description = "Keys in force", body = JwkSet), Errors),
)]
pub async fn jwks(State(identity): State<Identity>) -> (NoStore, Json<JwkSet>) {
    (
        [(header::CACHE_CONTROL, KEYS_MAX_AGE)],
        Json(identity.host.tokens.jwks()),
    )
}

/// The user that a principal is; a machine is none.
pub fn user_of(principal: &Principal) -> Result<UserId, Problem> {
    match principal.kind {
        PrincipalKind::User => Ok(UserId::from_uuid(principal.subject)),
        PrincipalKind::Key => Err(Problem::forbidden()),
    }
}
