//! What goes by letter: a new password for somebody who forgot theirs, and the proof of an address.

use super::Waits as _;
use super::auth::user_of;
use crate::password::NewPassword;
use crate::{Identity, forgot_password as forgot, reset_password as reset, verify_email as verify};
use axum::extract::State;
use axum::http::StatusCode;
use kernel::Email;
use platform::auth::Principal;
use platform::http::{Address, Errors, Json, NoContent, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// Whose password is forgotten.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForgotPassword {
    email: Email,
}

/// The token of a letter, and the password to have from now on.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ResetPassword {
    #[schema(max_length = 200, example = "x1Yd…")]
    token: String,
    new_password: NewPassword,
}

/// The token of a letter.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VerifyEmail {
    #[schema(max_length = 200, example = "x1Yd…")]
    token: String,
}

/// Ask for a letter to choose a new password
///
/// Always 202, whether or not the address is known; the letter's token is good for an hour, once.
/// Throttled per address and network address (429), known or not.
#[utoipa::path(
    post, path = "/v1/auth/password/forgot", tag = "identity",
    request_body = ForgotPassword,
    responses(
        (status = 202, description = "A letter is on its way if the address is known"),
        Errors),
)]
pub async fn forgot_password(
    State(identity): State<Identity>,
    address: Address,
    Json(request): Json<ForgotPassword>,
) -> Result<StatusCode, Problem> {
    let asked = forgot::forgot_password(&identity, &request.email, address.network()).await;
    asked.map_err(|error| error.told())?;
    Ok(StatusCode::ACCEPTED)
}

/// Choose a new password
///
/// With the token of the letter (422 `INVALID_TOKEN` when it is used, expired or not one). Ends all
/// your logins.
#[utoipa::path(
    post, path = "/v1/auth/password/reset", tag = "identity",
    request_body = ResetPassword,
    responses((status = 204, description = "The password is changed"), Errors),
)]
pub async fn reset_password(
    State(identity): State<Identity>,
    Json(request): Json<ResetPassword>,
) -> Result<NoContent, Problem> {
    reset::reset_password(&identity, &request.token, request.new_password).await?;
    Ok(NoContent)
}

/// Verify an e-mail address
///
/// With the token of the letter that came there, good for 48 hours, once (422 `INVALID_TOKEN`).
#[utoipa::path(
    post, path = "/v1/auth/email/verify", tag = "identity",
    request_body = VerifyEmail,
    responses((status = 204, description = "The address is verified"), Errors),
)]
pub async fn verify_email(
    State(identity): State<Identity>,
    Json(request): Json<VerifyEmail>,
) -> Result<NoContent, Problem> {
    verify::verify_email(&identity, &request.token).await?;
    Ok(NoContent)
}

/// Ask for another letter to verify your address
///
/// 409 `EMAIL_VERIFIED` when there is nothing to verify; five an hour at most (429).
#[utoipa::path(
    post, path = "/v1/auth/email/verification", tag = "identity",
    responses((status = 202, description = "A letter is on its way"), Errors),
)]
pub async fn verify_again(
    State(identity): State<Identity>,
    principal: Principal,
) -> Result<StatusCode, Problem> {
    let asked = verify::verify_again(&identity, user_of(&principal)?).await;
    asked.map_err(|error| error.told())?;
    Ok(StatusCode::ACCEPTED)
}
