//! PayFast's notices (ITN).

use crate::payments::Payments;
use crate::provider::payfast::notice::{BadNotice, Notice};
use crate::webhook_payfast::receive;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::ErrorKind;
use platform::http::{Address, Errors, Problem};

/// PayFast tells how a payment ended.
///
/// Believed when it is signed with the shop's passphrase, comes from an address of PayFast's, and
/// PayFast confirms that it sent it; taken in once.
#[utoipa::path(post, path = "/v1/webhooks/payfast", tag = "payments",
    request_body(content = String, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Taken in, or of no interest"), Errors))]
pub(super) async fn payfast_webhook(
    State(payments): State<Payments>,
    address: Address,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(payfast) = &payments.payfast else {
        return Err(Problem::not_found());
    };
    if !payfast.knows_source(address.0) {
        tracing::warn!(from = %address.0, "a notice from an address that is not PayFast's");
        let message = "notices are taken from addresses of PayFast's only";
        return Err(Problem::new(
            ErrorKind::Malformed,
            "UNKNOWN_SOURCE",
            message,
        ));
    }
    let notice = match Notice::parse(&body) {
        Ok(notice) => notice,
        Err(BadNotice::Foreign) => return Ok(StatusCode::OK),
        Err(bad @ BadNotice::Malformed) => {
            let message = bad.to_string();
            return Err(Problem::new(
                ErrorKind::Malformed,
                "MALFORMED_REQUEST",
                message,
            ));
        }
    };
    receive(&payments, payfast, &notice).await?;
    Ok(StatusCode::OK)
}
