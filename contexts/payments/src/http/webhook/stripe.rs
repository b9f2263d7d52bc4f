//! Stripe's webhooks.

use crate::payments::Payments;
use crate::provider::stripe::signature::{BadSignature, verify};
use crate::provider::stripe::wire::Event;
use crate::webhook_receive::{Hint, receive};
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use kernel::ErrorKind;
use platform::http::{Errors, Problem};

/// The kinds of events that bear on payments; the others are taken and passed over.
const KINDS: &[&str] = &["checkout.session.", "payment_intent.", "charge.", "refund."];

/// Stripe tells that something happened.
///
/// Believed when signed over the raw body with one of the shop's webhook secrets within five
/// minutes; taken in once. What is true about the payment is then asked of Stripe.
#[utoipa::path(post, path = "/v1/webhooks/stripe", tag = "payments",
    request_body(content = String, content_type = "application/json"),
    params(("Stripe-Signature" = Option<String>, Header, description = "Time and signatures.")),
    responses((status = 200, description = "Taken in, or of no interest"), Errors))]
pub(super) async fn stripe_webhook(
    State(payments): State<Payments>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<StatusCode, Problem> {
    let Some(settings) = &payments.settings.stripe else {
        return Err(Problem::not_found());
    };
    let header = headers.get("stripe-signature");
    let header = header
        .and_then(|header| header.to_str().ok())
        .unwrap_or_default();
    let now = payments.host.source.now();
    verify(header, &body, &settings.webhook_secrets, now).map_err(unbelieved)?;
    let event: Event = serde_json::from_slice(&body).map_err(|_| unreadable())?;
    if KINDS.iter().any(|kind| event.kind.starts_with(kind)) {
        receive(&payments, &hint(event)).await?;
    }
    Ok(StatusCode::OK)
}

fn hint(event: Event) -> Hint {
    let subject = event.data.object;
    let words = subject.metadata.unwrap_or_default();
    let ours = words.get("payment_id").and_then(|id| id.parse().ok());
    Hint {
        provider: "stripe",
        event_id: event.id,
        payment_id: ours,
        references: subject
            .payment_intent
            .into_iter()
            .chain(subject.id)
            .collect(),
    }
}

fn unbelieved(bad: BadSignature) -> Problem {
    let code = match bad {
        BadSignature::Malformed | BadSignature::Wrong => "BAD_SIGNATURE",
        BadSignature::Stale => "STALE_SIGNATURE",
    };
    Problem::new(ErrorKind::Malformed, code, bad.to_string())
}

fn unreadable() -> Problem {
    let message = "this is no event of Stripe's";
    Problem::new(ErrorKind::Malformed, "MALFORMED_REQUEST", message)
}
