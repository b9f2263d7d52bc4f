//! The cart as a whole: reading, emptying, merging.

use super::words::answer;
use crate::cart::Carts;
use crate::cart::change::{Edit, change};
use crate::cart::merge::merge;
use crate::cart::shopper::Shopper;
use crate::cart::show::show;
use crate::cart::view::CartView;
use axum::extract::State;
use platform::http::{Errors, IfMatch, NoContent, Problem, WithTag};

/// Read the cart
///
/// At today's prices. Lines say when the price has changed since they were put in, when fewer are
/// available, and when the product is not for sale any more. Where there is no cart, an empty one
/// is shown.
#[utoipa::path(
    get, path = "/v1/cart", tag = "carts", params(Shopper),
    responses((status = 200, description = "The cart", body = CartView), Errors)
)]
pub async fn read_cart(State(carts): State<Carts>, shopper: Shopper) -> Result<WithTag, Problem> {
    answer(&carts, show(&carts, &shopper).await?).await
}

/// Empty the cart
///
/// What is saved for later stays.
#[utoipa::path(
    delete, path = "/v1/cart", tag = "carts", params(Shopper, IfMatch),
    responses((status = 204, description = "Nothing is left to be bought"), Errors)
)]
pub async fn clear_cart(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    change(&carts, &shopper, Edit::Clear, &if_match).await?;
    Ok(NoContent)
}

/// Merge a guest's cart
///
/// Quantities add up; the guest's cart is gone afterwards, and merging it again changes nothing.
/// Every other request about the cart that carries both a bearer and a `Cart-Token` merges, too.
#[utoipa::path(
    post, path = "/v1/cart/merge", tag = "carts", params(Shopper),
    responses((status = 200, description = "The client's cart", body = CartView), Errors)
)]
pub async fn merge_cart(State(carts): State<Carts>, shopper: Shopper) -> Result<WithTag, Problem> {
    answer(&carts, merge(&carts, &shopper).await?).await
}
