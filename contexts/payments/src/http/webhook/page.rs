//! The page that sends a buyer's browser on to PayFast with its signed form. The form holds the
//! merchant key, so it is made when it is asked for and stored nowhere.

use crate::ask::AskError;
use crate::payments::Payments;
use crate::provider::payfast::PayFast;
use crate::provider::payfast::signature::Fields;
use crate::webhook_page::{Payable, payable};
use axum::extract::State;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kernel::PaymentId;
use platform::http::{Errors, Path, Problem, Query};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;
use utoipa::IntoParams;

/// Without a script the buyer presses the button.
const SCRIPT: &str = "document.forms[0].submit()";

#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct Link {
    /// Shows that the link came from this shop; part of a payment's `redirect_url`.
    proof: String,
}

/// Go on to PayFast.
///
/// The `redirect_url` of a payment by `payfast`: a page that posts a signed form to PayFast. A
/// buyer whose payment is made, or not wanted any more, is sent back to the shop.
#[utoipa::path(get, path = "/v1/payments/{id}/pay", tag = "payments",
    params(("id" = PaymentId, Path), Link),
    responses((status = 200, description = "The form", body = String, content_type = "text/html"),
        (status = 303, description = "There is nothing to pay any more"), Errors))]
pub(super) async fn pay(
    State(payments): State<Payments>,
    Path(id): Path<PaymentId>,
    Query(link): Query<Link>,
) -> Result<Response, Problem> {
    let payfast = payments.payfast.as_ref().ok_or_else(Problem::not_found)?;
    if !payfast.proves(id, &link.proof) {
        return Err(Problem::not_found());
    }
    let settings = &payments.settings;
    match payable(&payments, id, "payfast").await? {
        None => Err(Problem::not_found()),
        Some(Payable::Paid) => back(&settings.success_url),
        Some(Payable::Over) => back(&settings.cancel_url),
        Some(Payable::Yes) => match payments.charge_of(id).await {
            Ok((charge, _)) => form(payfast, &payfast.form(&charge)),
            Err(AskError::Db(error)) => Err(error.into()),
            Err(_) => Err(Problem::not_found()),
        },
    }
}

fn back(url: &str) -> Result<Response, Problem> {
    let url = HeaderValue::try_from(url).map_err(Problem::bug)?;
    Ok((StatusCode::SEE_OTHER, [(LOCATION, url)]).into_response())
}

fn form(payfast: &PayFast, fields: &Fields) -> Result<Response, Problem> {
    let action = payfast.form_action();
    let mut inputs = String::new();
    for (name, value) in fields {
        let (name, value) = (escaped(name), escaped(value));
        let _ = writeln!(
            inputs,
            r#"<input type="hidden" name="{name}" value="{value}">"#
        );
    }
    let page = format!(
        r#"<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>On to PayFast</title></head>
<body>
<form method="post" action="{}">
{inputs}<button>Pay at PayFast</button>
</form>
<script>{SCRIPT}</script>
</body>
</html>
"#,
        escaped(&action)
    );
    let policy = HeaderValue::try_from(policy(&action)).map_err(Problem::bug)?;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    Ok((
        [(CONTENT_TYPE, html), (CONTENT_SECURITY_POLICY, policy)],
        page,
    )
        .into_response())
}

/// This script, this form, and nothing else. PayFast sends the browser on to other hosts of its
/// own, and browsers hold that against the form too.
fn policy(action: &str) -> String {
    let script = STANDARD.encode(Sha256::digest(SCRIPT));
    let origin: Vec<_> = action.splitn(4, '/').take(3).collect();
    format!(
        "default-src 'none'; script-src 'sha256-{script}'; form-action https: {}; \
         base-uri 'none'; frame-ancestors 'none'",
        origin.join("/")
    )
}

/// Text in an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_form_stays_in_its_attribute() {
        assert_eq!(escaped(r#"a"><b>&"#), "a&quot;&gt;&lt;b&gt;&amp;");
    }

    #[test]
    fn the_page_runs_its_one_script_and_posts_to_whom_it_is_told() {
        let policy = policy("http://127.0.0.1:4711/eng/process");
        assert!(
            policy.contains("form-action https: http://127.0.0.1:4711;"),
            "{policy}"
        );
        assert!(
            policy.contains("default-src 'none'; script-src 'sha256-"),
            "{policy}"
        );
    }
}
