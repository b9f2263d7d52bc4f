//! `POST /v1/cart/checkout`: the cart becomes an order, through the checkout desk.

use super::words::CheckoutInput;
use crate::cart::Carts;
use crate::cart::checkout::Checkout;
use crate::cart::merge::merge_if_any;
use crate::cart::shopper::Shopper;
use crate::http::words::amount;
use crate::payment::PaymentMethod;
use crate::price::Wish;
use crate::view::OrderView;
use axum::Extension;
use axum::extract::State;
use platform::auth::Principal;
use platform::http::retry::KeyOfRequest;
use platform::http::{Errors, IfMatch, Json, Problem, WithTagAndLocation};

/// Check out
///
/// Buys what is in the cart at today's prices, and answers as placing an order does. The lines are
/// read once, and leave the cart in the transaction that writes the order: one order comes of one
/// state of the cart, whatever is edited meanwhile. A refusal leaves the cart as it was. 409
/// `CART_EMPTY`, `PRODUCT_NOT_FOR_SALE`, `PRICE_CHANGED`, `INSUFFICIENT_STOCK`; 412 when
/// `If-Match` names another version of the cart. Guests log in first.
#[utoipa::path(
    post, path = "/v1/cart/checkout", tag = "carts",
    params(Shopper, IfMatch),
    request_body = CheckoutInput,
    responses(
        (status = 201, description = "It stands: stock is held", body = OrderView),
        (status = 202, description = "It is placed; stock will answer soon", body = OrderView),
        Errors,
    )
)]
pub async fn check_out_cart(
    State(carts): State<Carts>,
    principal: Principal,
    (shopper, if_match): (Shopper, IfMatch),
    key: KeyOfRequest,
    Json(input): Json<CheckoutInput>,
) -> Result<WithTagAndLocation, Problem> {
    let key = key.map(|Extension(key)| key);
    merge_if_any(&carts, &shopper).await?;
    let wish = Wish {
        client_id: principal.client_id(),
        employee_id: None,
        store_id: input.store_id,
        items: Vec::new(),
        payment_method: input
            .payment
            .map_or(PaymentMethod::Invoice, |payment| payment.method),
        paid: false,
        expected_total: amount(input.expected_total, carts.host.settings.currency)?,
        country: input.country,
        note: None,
        draft: false,
    };
    let checkout = Checkout {
        if_match,
        shipping_address: input.shipping_address,
    };
    let bought = carts.desk.check_out(wish, checkout, key).await?;
    Ok(bought.into())
}
