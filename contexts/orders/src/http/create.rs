//! `POST /v1/orders`: through the checkout desk, or as a draft.

use super::Orders;
use super::words::NewOrder;
use crate::desk::Reply;
use crate::view::OrderView;
use crate::wait;
use axum::Extension;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use platform::Host;
use platform::auth::Principal;
use platform::http::retry::KeyOfRequest;
use platform::http::{Errors, Json, Problem, RetryKey};

/// Place an order, or keep it as a draft.
#[utoipa::path(
    post, path = "/v1/orders", tag = "orders",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Makes it safe to repeat: the same key and body get the same answer")),
    request_body = NewOrder,
    responses(
        (status = 201, description = "It stands: stock is held", body = OrderView),
        (status = 202, description = "It is placed; stock will answer soon", body = OrderView),
        Errors,
    )
)]
pub async fn create_order(
    State(orders): State<Orders>,
    principal: Principal,
    key: KeyOfRequest,
    Json(input): Json<NewOrder>,
) -> Result<Response, Problem> {
    let key = key.map(|Extension(key)| key);
    let wish = input.into_wish(&principal, orders.host.settings.currency)?;
    let reply = orders.desk.place(wish, key.clone()).await?;
    respond(&orders.host, reply, key).await
}

/// What the desk says, as a response.
pub async fn respond(
    host: &Host,
    reply: Reply,
    key: Option<RetryKey>,
) -> Result<Response, Problem> {
    match reply {
        Reply::Done(answer) => Ok(answer.into_response()),
        Reply::Again(answer) => Ok(answer.replay()),
        Reply::Problem(problem) => Err(problem),
        Reply::Pending(id, answer) => wait::for_outcome(host, id, key, answer).await,
    }
}
