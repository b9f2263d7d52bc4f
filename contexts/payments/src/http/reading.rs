//! Reading payments: one, those of an order, lists, refunds.

use super::may_see;
use super::views::{OrderPayments, PaymentStatus, PaymentView, RefundView, Refunds};
use crate::payment::Payment;
use crate::payments::Payments;
use crate::refusal::PaymentError;
use crate::store::{lists, sales};
use axum::extract::State;
use kernel::{Cursor, Limit, OrderId, Page, PaymentId, Timestamp};
use platform::Tx;
use platform::auth::Principal;
use platform::http::{Errors, Json, Path, Problem, Query, Tagged};
use serde::Deserialize;
use utoipa::IntoParams;

/// Which payments.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListParams {
    #[serde(default)]
    pub limit: Limit,
    pub cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    pub count: bool,
    pub status: Option<PaymentStatus>,
    pub order_id: Option<OrderId>,
    /// `cash`, `invoice`, `sandbox`, …
    pub method: Option<String>,
    /// Begun at or after.
    pub from: Option<Timestamp>,
    /// Begun before.
    pub to: Option<Timestamp>,
}

/// List payments, newest first.
#[utoipa::path(
    get, path = "/v1/payments", tag = "payments", params(ListParams),
    responses((status = 200, description = "A page of payments", body = Page<PaymentView>), Errors)
)]
pub async fn list_payments(
    State(payments): State<Payments>,
    principal: Principal,
    Query(params): Query<ListParams>,
) -> Result<Json<Page<PaymentView>>, Problem> {
    let filter = lists::Filter {
        statuses: params.status.map(PaymentStatus::rows).unwrap_or_default(),
        order_id: params.order_id,
        method: params.method,
        from: params.from,
        to: params.to,
        only_stores: principal.only_stores().map(<[_]>::to_vec),
    };
    let after = params.cursor.as_ref().map(Cursor::read).transpose()?;
    let mut tx = payments.host.db.read().await?;
    let total = match params.count {
        true => Some(lists::count(&mut tx, &filter).await?),
        false => None,
    };
    let rows = lists::list(&mut tx, &filter, after, params.limit).await?;
    let page = Page::cut(rows, params.limit, |one: &Payment| Cursor::of(&one.id));
    let page = page.with_total(total);
    Ok(Json(page.map(|one| PaymentView::from(&one))))
}

/// The payments of an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}/payments", tag = "payments",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "Its payments", body = OrderPayments), Errors)
)]
pub async fn list_order_payments(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderPayments>, Problem> {
    let mut tx = payments.host.db.read().await?;
    let sale = sales::find(&mut tx, id).await?;
    let sale = sale.filter(|sale| sale.placed.is_some());
    may_see(&principal, &sale.ok_or(PaymentError::NotFound)?)?;
    let found = lists::of_order(&mut tx, id).await?;
    let items = found.iter().map(PaymentView::from).collect();
    Ok(Json(OrderPayments { items }))
}

/// Read a payment with its history.
#[utoipa::path(
    get, path = "/v1/payments/{id}", tag = "payments",
    params(("id" = PaymentId, Path, description = "The payment")),
    responses((status = 200, description = "The payment", body = PaymentView), Errors)
)]
pub async fn read_payment(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<PaymentId>,
) -> Result<Tagged<PaymentView>, Problem> {
    let mut tx = payments.host.db.read().await?;
    let payment = visible(&mut tx, &principal, id).await?;
    let history = lists::history(&mut tx, id).await?;
    Ok(Tagged {
        version: payment.version,
        body: PaymentView::from(&payment).with_history(&payment, history),
    })
}

/// The refunds of a payment.
#[utoipa::path(
    get, path = "/v1/payments/{id}/refunds", tag = "payments",
    params(("id" = PaymentId, Path, description = "The payment")),
    responses((status = 200, description = "Its refunds", body = Refunds), Errors)
)]
pub async fn list_refunds(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<PaymentId>,
) -> Result<Json<Refunds>, Problem> {
    let mut tx = payments.host.db.read().await?;
    visible(&mut tx, &principal, id).await?;
    let items = lists::refunds(&mut tx, id).await?;
    let items = items.into_iter().map(RefundView::from).collect();
    Ok(Json(Refunds { items }))
}

async fn visible(tx: &mut Tx, principal: &Principal, id: PaymentId) -> Result<Payment, Problem> {
    let found = lists::find(tx, id).await?;
    let (payment, sale) = found.ok_or(PaymentError::NotFound)?;
    may_see(principal, &sale)?;
    Ok(payment)
}
