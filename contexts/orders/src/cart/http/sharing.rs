//! The share link: who has it sees products, quantities and prices, and nothing of whose they are.

use crate::cart::Carts;
use crate::cart::share::{read_shared, share, unshare};
use crate::cart::shopper::Shopper;
use crate::cart::view::{ShareView, SharedCartView};
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::IntoResponse as _;
use platform::http::{Errors, Json, NoContent, Path, Problem, WithLocation};

/// Share the cart
///
/// Makes a link under which anybody sees what is in the cart to be bought, as it is at that time.
/// Sharing again makes another link and ends the first. The link lives as long as the cart.
#[utoipa::path(
    post, path = "/v1/cart/share", tag = "carts", params(Shopper),
    responses(
        (status = 201, description = "The link", body = ShareView),
        Errors,
    )
)]
pub async fn share_cart(
    State(carts): State<Carts>,
    shopper: Shopper,
) -> Result<WithLocation, Problem> {
    let token = share(&carts, &shopper).await?.reveal().to_owned();
    let path = format!("/v1/shared-carts/{token}");
    let location = HeaderValue::try_from(&path).map_err(Problem::bug)?;
    let body = Json(ShareView { token, path });
    let response = (StatusCode::CREATED, [(header::LOCATION, location)], body);
    Ok(response.into_response().into())
}

/// Stop sharing the cart
#[utoipa::path(
    delete, path = "/v1/cart/share", tag = "carts", params(Shopper),
    responses((status = 204, description = "No link opens it any more"), Errors)
)]
pub async fn unshare_cart(
    State(carts): State<Carts>,
    shopper: Shopper,
) -> Result<NoContent, Problem> {
    unshare(&carts, &shopper).await?;
    Ok(NoContent)
}

/// Read a shared cart
#[utoipa::path(
    get, path = "/v1/shared-carts/{token}", tag = "carts",
    params(("token" = String, Path, description = "The token of the link")),
    responses(
        (status = 200, description = "What can be bought of it", body = SharedCartView),
        Errors,
    )
)]
pub async fn read_shared_cart(
    State(carts): State<Carts>,
    Path(token): Path<String>,
) -> Result<Json<SharedCartView>, Problem> {
    Ok(Json(read_shared(&carts, &token).await?.into()))
}
