//! What staff do with a payment: take, let go, give back.

use super::may_see;
use super::paying::amount;
use super::views::{PaymentView, RefundView};
use crate::case::Case;
use crate::handle::Refunding;
use crate::payments::Payments;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{MoneyInput, PaymentId, Text};
use platform::auth::Principal;
use platform::http::{Created, Errors, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// How much to take.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Capturing {
    /// Left out: all that is set aside. What is left over is let go of.
    pub amount: Option<MoneyInput>,
}

/// Nothing to be said.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Voiding {}

/// How much to give back.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRefund {
    /// Left out: all that is left.
    pub amount: Option<MoneyInput>,
    pub reason: Option<Text<200>>,
    /// It was given back already, in the dashboard of a provider that gives nothing back otherwise
    /// (`payfast`): it is written down, and nobody is told.
    #[serde(default)]
    pub recorded: bool,
}

/// A payment whose provider is being told.
type Accepted = (StatusCode, Json<PaymentView>);

fn accepted(case: &Case) -> Accepted {
    (StatusCode::ACCEPTED, Json(PaymentView::from(&case.payment)))
}

/// Take what is set aside; the provider is told at once.
#[utoipa::path(
    post, path = "/v1/payments/{id}/capture", tag = "payments", request_body = Capturing,
    params(("id" = PaymentId, Path, description = "The payment")),
    responses((status = 202, description = "The payment as it stands", body = PaymentView), Errors)
)]
pub async fn capture_payment(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<PaymentId>,
    Json(input): Json<Capturing>,
) -> Result<Accepted, Problem> {
    let amount = amount(input.amount, payments.host.settings.currency)?;
    let check = |case: &Case| may_see(&principal, &case.sale);
    Ok(accepted(&payments.capture(id, amount, check).await?))
}

/// Let go of what is set aside; the provider is told at once.
#[utoipa::path(
    post, path = "/v1/payments/{id}/void", tag = "payments", request_body = Voiding,
    params(("id" = PaymentId, Path, description = "The payment")),
    responses((status = 202, description = "The payment as it stands", body = PaymentView), Errors)
)]
pub async fn void_payment(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<PaymentId>,
    Json(Voiding {}): Json<Voiding>,
) -> Result<Accepted, Problem> {
    let check = |case: &Case| may_see(&principal, &case.sale);
    Ok(accepted(&payments.void(id, check).await?))
}

/// Give back all or a part of what was taken. Cash and invoices: write down that it was given back.
#[utoipa::path(
    post, path = "/v1/payments/{id}/refunds", tag = "payments", request_body = NewRefund,
    params(("id" = PaymentId, Path, description = "The payment")),
    responses((status = 201, description = "The refund", body = RefundView), Errors)
)]
pub async fn refund_payment(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<PaymentId>,
    Json(input): Json<NewRefund>,
) -> Result<Created<RefundView>, Problem> {
    let amount = amount(input.amount, payments.host.settings.currency)?;
    let refunding = Refunding {
        amount,
        reason: input.reason.map(Text::into_string),
        recorded: input.recorded,
    };
    let check = |case: &Case| may_see(&principal, &case.sale);
    let (case, _) = payments.refund(id, refunding, check).await?;
    let now = payments.host.source.now();
    let refund = case.changes.new_refunds.last();
    let refund = refund.ok_or_else(|| Problem::bug("a refund was made and is not there"))?;
    Ok(Created {
        location: format!("/v1/payments/{id}/refunds"),
        version: 1,
        body: RefundView::fresh(refund, id, now),
    })
}
