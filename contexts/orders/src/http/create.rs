//! `POST /v1/orders`: through the checkout desk, or as a draft.

use super::Orders;
use super::words::NewOrder;
use crate::view::OrderView;
use axum::Extension;
use axum::extract::State;
use platform::auth::Principal;
use platform::http::retry::KeyOfRequest;
use platform::http::{Errors, Json, Problem, WithTagAndLocation};

/// Place an order, or keep it as a draft.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders",
    request_body = NewOrder,
    responses(
        (status = 201, description = "It stands: stock is held and payment settled or promised",
            body = OrderView),
        (status = 202, description = "It is placed; stock or payment will answer, or the buyer \
            must act: see `payment_status`", body = OrderView),
        Errors,
    )
)]
pub async fn create_order(
    State(orders): State<Orders>,
    principal: Principal,
    key: KeyOfRequest,
    Json(input): Json<NewOrder>,
) -> Result<WithTagAndLocation, Problem> {
    let key = key.map(|Extension(key)| key);
    let wish = input.into_wish(&principal, orders.host.settings.currency)?;
    Ok(orders.desk.serve(wish, key).await?.into())
}
