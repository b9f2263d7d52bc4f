//! Paying for an order beside its placing.

use super::may_see;
use super::views::PaymentView;
use crate::pay::Paying;
use crate::payments::Payments;
use crate::provider::routing::is_by_hand;
use axum::extract::State;
use kernel::{Currency, Money, MoneyInput, OrderId, Text};
use platform::auth::Principal;
use platform::http::{Created, Errors, Json, Path, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// A payment to begin or to write down.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPayment {
    /// `cash` and `invoice` write down money that came, which staff do; any other method asks its
    /// provider.
    #[schema(value_type = String, example = "invoice")]
    pub method: Text<40>,
    /// Left out: all that is due.
    pub amount: Option<MoneyInput>,
}

/// Pay for an order: again after a payment failed, or by money that staff received.
#[utoipa::path(
    post, path = "/v1/orders/{id}/payments", tag = "payments", request_body = NewPayment,
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 201, description = "The payment", body = PaymentView), Errors)
)]
pub async fn pay_order(
    State(payments): State<Payments>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Json(input): Json<NewPayment>,
) -> Result<Created<PaymentView>, Problem> {
    let method = input.method.into_string();
    let shop = payments.host.settings.currency;
    let amount = amount(input.amount, shop)?;
    let by_hand = is_by_hand(&method);
    let case = payments
        .pay(id, Paying { method, amount }, |sale| {
            may_see(&principal, sale)?;
            match by_hand && !principal.is_staff() {
                true => Err(Problem::forbidden()),
                false => Ok(()),
            }
        })
        .await?;
    let payment = &case.payment;
    Ok(Created {
        location: format!("/v1/payments/{}", payment.id),
        version: payment.version,
        body: PaymentView::from(payment),
    })
}

/// An amount in the shop's currency.
pub fn amount(input: Option<MoneyInput>, shop: Currency) -> Result<Option<Money>, Problem> {
    let amount = input.map(|input| input.in_currency(shop)).transpose();
    amount.map_err(|error| {
        let message = error.to_string();
        Problem::invalid("no amount").detail("amount", "INVALID_AMOUNT", message)
    })
}
