//! The sandbox's page, where a buyer approves or declines, as at a bank. The address is the proof:
//! nobody can guess it. It shows no more than the number of the order and the amount.

use crate::payments::Payments;
use crate::provider::Charge;
use crate::provider::sandbox::Decision;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use platform::http::{Errors, Page, Path, Problem};

/// The page of a sandbox payment.
#[utoipa::path(
    get, path = "/v1/sandbox/{token}", tag = "payments",
    params(("token" = String, Path, description = "As in the payment's redirect_url")),
    responses((status = 200, description = "A page for browsers", content_type = "text/html",
        body = String), Errors)
)]
pub async fn show_sandbox_page(
    State(payments): State<Payments>,
    Path(token): Path<String>,
) -> Result<Page, Problem> {
    let sandbox = payments.sandbox().ok_or_else(Problem::not_found)?;
    let charge = sandbox.page(&token).ok_or_else(Problem::not_found)?;
    Ok(page(&token, &charge))
}

/// Approve a sandbox payment.
#[utoipa::path(
    post, path = "/v1/sandbox/{token}/approve", tag = "payments",
    params(("token" = String, Path, description = "As in the payment's redirect_url")),
    responses((status = 303, description = "Back to the shop"), Errors)
)]
pub async fn approve_on_sandbox_page(
    State(payments): State<Payments>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    decide(&payments, &token, Decision::Approve).await
}

/// Decline a sandbox payment.
#[utoipa::path(
    post, path = "/v1/sandbox/{token}/decline", tag = "payments",
    params(("token" = String, Path, description = "As in the payment's redirect_url")),
    responses((status = 303, description = "Back to the shop"), Errors)
)]
pub async fn decline_on_sandbox_page(
    State(payments): State<Payments>,
    Path(token): Path<String>,
) -> Result<Response, Problem> {
    decide(&payments, &token, Decision::Decline).await
}

async fn decide(payments: &Payments, token: &str, what: Decision) -> Result<Response, Problem> {
    let sandbox = payments.sandbox().ok_or_else(Problem::not_found)?;
    let charge = sandbox.decide(token, what).ok_or_else(Problem::not_found)?;
    let asked = payments.ask(charge.payment_id).await;
    asked.map_err(Problem::bug)?;
    let back = match what {
        Decision::Approve => charge.urls.success,
        Decision::Decline => charge.urls.cancel,
    };
    Ok((StatusCode::SEE_OTHER, [(header::LOCATION, back)]).into_response())
}

/// Token, number and amount are made of letters and digits of ours; nothing needs escaping.
fn page(token: &str, charge: &Charge) -> Page {
    let (number, amount) = (&charge.order_number, charge.amount);
    let currency = amount.currency().code();
    let content = format!(
        r#"<p class="amount">{amount} {currency}</p>
<p class="soft">{number}</p>
<form method="post" action="/v1/sandbox/{token}/approve"><button class="go">Approve</button></form>
<form method="post" action="/v1/sandbox/{token}/decline"><button>Decline</button></form>
<p class="note">No money moves here.</p>"#
    );
    Page::new("Sandbox payment", content)
}
