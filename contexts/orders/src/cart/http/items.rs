//! The lines of a cart: putting in, setting, taking out, saving for later.

use super::words::{CartItemInput, CartItemQuantity, answer};
use crate::cart::Carts;
use crate::cart::change::{Edit, change};
use crate::cart::lines::List;
use crate::cart::shopper::Shopper;
use crate::cart::view::CartView;
use axum::extract::State;
use kernel::{ProductId, Quantity};
use platform::http::{Errors, IfMatch, Json, NoContent, Path, Problem, WithTag};

/// Put a product in
///
/// Adds to what is in already. The first request of a guest makes a cart; its token comes in the
/// body and in the header `Cart-Token`, this once: send it with every request from then on.
#[utoipa::path(
    post, path = "/v1/cart/items", tag = "carts", params(Shopper, IfMatch),
    request_body = CartItemInput,
    responses(
        (status = 200, description = "The cart as it is now", body = CartView,
         headers(("Cart-Token" = String, description = "The token of a guest's new cart"))),
        Errors,
    )
)]
pub async fn add_to_cart(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Json(input): Json<CartItemInput>,
) -> Result<WithTag, Problem> {
    let quantity = input.quantity.map_or_else(|| Quantity::new(1), Ok)?;
    let edit = Edit::Add(input.product_id, quantity);
    answer(&carts, change(&carts, &shopper, edit, &if_match).await?).await
}

/// Set how many of a product are in
///
/// 0 takes the line out. The line must be there: 404 otherwise.
#[utoipa::path(
    put, path = "/v1/cart/items/{product_id}", tag = "carts", request_body = CartItemQuantity,
    params(("product_id" = ProductId, Path, description = "The product"), Shopper, IfMatch),
    responses((status = 200, description = "The cart as it is now", body = CartView), Errors)
)]
pub async fn set_cart_item(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Path(product): Path<ProductId>,
    Json(input): Json<CartItemQuantity>,
) -> Result<WithTag, Problem> {
    let edit = Edit::Set(product, input.quantity.0);
    answer(&carts, change(&carts, &shopper, edit, &if_match).await?).await
}

/// Take a product out
#[utoipa::path(
    delete, path = "/v1/cart/items/{product_id}", tag = "carts",
    params(("product_id" = ProductId, Path, description = "The product"), Shopper, IfMatch),
    responses((status = 204, description = "It is out"), Errors)
)]
pub async fn remove_cart_item(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Path(product): Path<ProductId>,
) -> Result<NoContent, Problem> {
    let edit = Edit::Remove(List::Buy, product);
    change(&carts, &shopper, edit, &if_match).await?;
    Ok(NoContent)
}

/// Save a product for later
///
/// It stays with the cart, but is neither counted nor checked out. It joins what is saved of the
/// same product already.
#[utoipa::path(
    post, path = "/v1/cart/items/{product_id}/save-for-later", tag = "carts",
    params(("product_id" = ProductId, Path, description = "The product"), Shopper, IfMatch),
    responses((status = 200, description = "The cart as it is now", body = CartView), Errors)
)]
pub async fn save_for_later(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Path(product): Path<ProductId>,
) -> Result<WithTag, Problem> {
    let edit = Edit::Move(List::Later, product);
    answer(&carts, change(&carts, &shopper, edit, &if_match).await?).await
}

/// Move a saved product back into the cart
#[utoipa::path(
    post, path = "/v1/cart/items/{product_id}/move-to-cart", tag = "carts",
    params(("product_id" = ProductId, Path, description = "The product"), Shopper, IfMatch),
    responses((status = 200, description = "The cart as it is now", body = CartView), Errors)
)]
pub async fn move_to_cart(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Path(product): Path<ProductId>,
) -> Result<WithTag, Problem> {
    let edit = Edit::Move(List::Buy, product);
    answer(&carts, change(&carts, &shopper, edit, &if_match).await?).await
}

/// Forget a product that was saved for later
#[utoipa::path(
    delete, path = "/v1/cart/saved/{product_id}", tag = "carts",
    params(("product_id" = ProductId, Path, description = "The product"), Shopper, IfMatch),
    responses((status = 204, description = "It is forgotten"), Errors)
)]
pub async fn remove_saved_item(
    State(carts): State<Carts>,
    shopper: Shopper,
    if_match: IfMatch,
    Path(product): Path<ProductId>,
) -> Result<NoContent, Problem> {
    let edit = Edit::Remove(List::Later, product);
    change(&carts, &shopper, edit, &if_match).await?;
    Ok(NoContent)
}
