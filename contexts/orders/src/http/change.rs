//! What may be done to an order after it was made.

use super::words::{Cancellation, DraftPatch, PlaceDraft, ReturnInput, items};
use super::{Orders, may_see};
use crate::cancel::cancel;
use crate::draft;
use crate::give_back::{GivenBack, give_back};
use crate::order::{Order, Status};
use crate::view::OrderView;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::IntoResponse as _;
use kernel::{OrderId, Text};
use platform::auth::Principal;
use platform::http::{Errors, IfMatch, Json, NoContent, Path, Problem, Tagged, WithTag};

fn tagged(order: &Order) -> Tagged<OrderView> {
    Tagged {
        version: order.version,
        body: OrderView::from(order),
    }
}

/// Change a draft (JSON merge patch); its prices are taken anew.
#[utoipa::path(
    patch, path = "/v1/orders/{id}", tag = "orders", request_body = DraftPatch,
    params(("id" = OrderId, Path, description = "The draft"), IfMatch),
    responses((status = 200, description = "The draft as it is now", body = OrderView), Errors)
)]
pub async fn update_order(
    State(orders): State<Orders>,
    principal: Principal,
    if_match: IfMatch,
    Path(id): Path<OrderId>,
    Json(patch): Json<DraftPatch>,
) -> Result<Tagged<OrderView>, Problem> {
    let change = |order: &Order| {
        may_see(&principal, order)?;
        if_match.check(order.version)?;
        let wish = patch.over(draft::wish_of(order), &principal)?;
        orders.offered.check(wish.payment_method)?;
        Ok(wish)
    };
    Ok(tagged(&draft::rewrite(&orders.host, id, change).await?))
}

/// Delete a draft. Placed orders stay for ever; cancel them instead.
#[utoipa::path(
    delete, path = "/v1/orders/{id}", tag = "orders",
    params(("id" = OrderId, Path, description = "The draft"), IfMatch),
    responses((status = 204, description = "It is gone"), Errors)
)]
pub async fn delete_order(
    State(orders): State<Orders>,
    principal: Principal,
    if_match: IfMatch,
    Path(id): Path<OrderId>,
) -> Result<NoContent, Problem> {
    let check = |order: &Order| {
        may_see(&principal, order)?;
        if_match.check(order.version)
    };
    draft::delete(&orders.host, id, check).await?;
    Ok(NoContent)
}

/// Place a draft.
#[utoipa::path(
    post, path = "/v1/orders/{id}/place", tag = "orders", request_body = PlaceDraft,
    params(("id" = OrderId, Path, description = "The draft")),
    responses((status = 200, description = "The order as it stands", body = OrderView), Errors)
)]
pub async fn place_order(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Json(input): Json<PlaceDraft>,
) -> Result<Tagged<OrderView>, Problem> {
    let shop = orders.host.settings.currency;
    let expected = input
        .expected_total
        .map(|total| total.in_currency(shop))
        .transpose();
    let expected = expected.map_err(|error| {
        let message = error.to_string();
        Problem::invalid("no amount").detail("expected_total", "INVALID_AMOUNT", message)
    })?;
    let check = |order: &Order| may_see(&principal, order);
    let offered = orders.offered;
    let check = |order: &Order| {
        check(order)?;
        Ok(offered.check(order.payment_method)?)
    };
    let told = (expected, principal.is_staff());
    Ok(tagged(&draft::place(&orders.host, id, told, check).await?))
}

/// Cancel an order that has not shipped: its stock is released, its money let go of or given back.
/// While its payment is uncertain the wish waits, and the answer is 202.
#[utoipa::path(
    post, path = "/v1/orders/{id}/cancel", tag = "orders", request_body = Cancellation,
    params(("id" = OrderId, Path, description = "The order")),
    responses(
        (status = 200, description = "The cancelled order", body = OrderView),
        (status = 202, description = "It will be cancelled once its payment is certain",
            body = OrderView),
        Errors,
    )
)]
pub async fn cancel_order(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Json(input): Json<Cancellation>,
) -> Result<WithTag, Problem> {
    let reason = input
        .reason
        .map_or_else(|| "requested".to_owned(), Text::into_string);
    let check = |order: &Order| may_see(&principal, order);
    let order = cancel(&orders.host, &orders.waiting, id, &reason, check).await?;
    let mut response = tagged(&order).into_response();
    if order.status != Status::Cancelled {
        *response.status_mut() = StatusCode::ACCEPTED;
    }
    Ok(response.into())
}

/// Book goods that came back, as far as they have left. Money that came is owed back then.
#[utoipa::path(
    post, path = "/v1/orders/{id}/return", tag = "orders", request_body = ReturnInput,
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "The order as it is now", body = OrderView), Errors)
)]
pub async fn return_order(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Json(input): Json<ReturnInput>,
) -> Result<Tagged<OrderView>, Problem> {
    let back = GivenBack {
        items: input.items.map(items).transpose()?.unwrap_or_default(),
        reason: input.reason.map(Text::into_string),
        restock: input.restock,
    };
    let check = |order: &Order| may_see(&principal, order);
    Ok(tagged(&give_back(&orders.host, id, back, check).await?))
}
