//! Calls to Stripe's API, and what its refusals mean.

use super::wire::{ApiError, ErrorBody, Refused};
use crate::provider::hosted::{self, Answer, NoClient, lost, rejected};
use crate::provider::stripe::StripeSettings;
use crate::provider::{CallError, Told};
use reqwest::StatusCode;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;

/// The dialect we speak; a newer one at Stripe does not change what we are told.
const VERSION: &str = "2024-06-20";
/// Codes of refusals that the buyer may hear. The others (`fraudulent`, `stolen_card`, …) tell a
/// thief too much, and are all just "declined".
const SPEAKABLE: &[&str] = &[
    "insufficient_funds",
    "expired_card",
    "incorrect_cvc",
    "incorrect_number",
    "processing_error",
    "authentication_required",
    "card_not_supported",
    "currency_not_supported",
];

/// Parameters of a call, in the order they are sent.
pub(super) type Form = Vec<(String, String)>;

/// Speaks for one account of Stripe.
pub(super) struct Client {
    http: hosted::Client,
    url: String,
    key: SecretString,
}

/// Why a call has no result.
#[derive(Debug)]
pub(super) enum Failure {
    /// Whoever asked must deal with it.
    Call(CallError),
    /// The buyer's bank says no.
    Declined(String),
    /// The payment is not in the state that the call needs: somebody was there before us.
    Overtaken,
    /// A parameter of this name, or with this name before its brackets, is not known there.
    UnknownParameter(String),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl Failure {
    /// For calls that nobody can overtake: what is left is an error or a no.
    pub fn told(self) -> Result<Told, CallError> {
        match self {
            Self::Call(error) => Err(error),
            Self::Declined(reason) => Ok(Told::Declined { reason }),
            Self::Overtaken => Err(rejected("unexpected_state")),
            Self::UnknownParameter(_) => Err(rejected(PARAMETER_UNKNOWN)),
        }
    }

    /// For calls that only read.
    pub fn error(self) -> CallError {
        match self {
            Self::Call(error) => error,
            Self::Declined(_) | Self::Overtaken => rejected("unexpected_answer"),
            Self::UnknownParameter(_) => rejected(PARAMETER_UNKNOWN),
        }
    }
}

impl Client {
    pub fn new(settings: &StripeSettings) -> Result<Self, NoClient> {
        Ok(Self {
            http: hosted::Client::new(settings.patience)?,
            url: settings.url.trim_end_matches('/').to_owned(),
            key: settings.secret_key.clone(),
        })
    }

    /// Reads something.
    pub async fn get<T: DeserializeOwned>(&self, path: &str, query: Form) -> Result<T, Failure> {
        let url = format!("{}/v1/{path}?{}", self.url, encoded(&query));
        let request = self.http.get(&url);
        self.read(request).await
    }

    /// Does something, once for each key.
    pub async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        form: Form,
        key: &str,
    ) -> Result<T, Failure> {
        let url = format!("{}/v1/{path}", self.url);
        let request = self.http.post(&url, encoded(&form));
        self.read(request.header("idempotency-key", key)).await
    }

    async fn read<T: DeserializeOwned>(
        &self,
        request: reqwest::RequestBuilder,
    ) -> Result<T, Failure> {
        let request = request
            .bearer_auth(self.key.expose_secret())
            .header("stripe-version", VERSION);
        let answer = hosted::send(request).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer));
        }
        let read = serde_json::from_slice(&answer.body);
        // It was done, so no retry may take it for a refusal.
        read.map_err(|_| lost("an answer that cannot be read").into())
    }
}

fn encoded(form: &Form) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish()
}

/// One segment of a path, or a refusal: what the database holds was told by Stripe, but is not
/// trusted to be no path of its own.
pub(super) fn segment(id: &str) -> Result<&str, CallError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let fits = !id.is_empty() && id.len() <= 255 && id.chars().all(plain);
    fits.then_some(id).ok_or_else(|| rejected("bad_reference"))
}

fn refusal(answer: &Answer) -> Failure {
    let refused = serde_json::from_slice::<ErrorBody>(&answer.body);
    let refused = refused.map(|body| body.error).unwrap_or_default();
    if answer.status == StatusCode::BAD_REQUEST
        && let Some(name) = unknown_parameter(&refused)
    {
        return Failure::UnknownParameter(name.to_owned());
    }
    let error = refused.why;
    let code = error.code.as_deref().unwrap_or_default();
    match answer.status.as_u16() {
        402 => Failure::Declined(reason(&error)),
        // Somebody uses the key right now; the answer will be there later.
        409 => lost("the same call is being worked on").into(),
        429 => Failure::Call(CallError::NotSent {
            reason: "too many calls".to_owned(),
            after: answer.retry_after,
        }),
        _ if OVERTAKEN.contains(&code) => Failure::Overtaken,
        400..=499 => rejected(plain_code(&error)).into(),
        status => lost(format!("status {status}")).into(),
    }
}

const PARAMETER_UNKNOWN: &str = "parameter_unknown";

/// The one parameter that is not known. Stripe has a code for it and names it; localstripe has
/// nothing but a message that begins like this. Without either it was refused for another reason,
/// such as a value.
fn unknown_parameter(refused: &Refused) -> Option<&str> {
    let named = match (refused.why.code.as_deref(), refused.param.as_deref()) {
        (Some(PARAMETER_UNKNOWN), param) => param?,
        (None, None) => refused.message.as_deref()?.strip_prefix("Unexpected ")?,
        _ => return None,
    };
    let name = named.split('[').next()?;
    let plain = |c: char| c.is_ascii_lowercase() || c == '_';
    let fits = !name.is_empty() && name.len() <= 64 && name.chars().all(plain);
    fits.then_some(name)
}

/// Refusals of what somebody else has done, undone or let expire meanwhile.
const OVERTAKEN: &[&str] = &[
    "payment_intent_unexpected_state",
    "charge_expired_for_capture",
    "charge_already_captured",
    "charge_already_refunded",
    "resource_already_exists",
];

/// Why a bank said no, as far as it may be repeated.
pub(super) fn reason(error: &ApiError) -> String {
    let codes = [&error.decline_code, &error.code];
    let mut codes = codes.into_iter().flatten();
    let said = codes.find(|code| SPEAKABLE.contains(&code.as_str()));
    said.map_or("declined", String::as_str).to_owned()
}

/// A code that is one word of Stripe's own; anything else could hold what was sent.
fn plain_code(error: &ApiError) -> String {
    let code = error.code.as_deref().unwrap_or(&error.kind);
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let fits = !code.is_empty() && code.len() <= 64 && code.chars().all(plain);
    let digits = code.chars().filter(char::is_ascii_digit).count();
    if fits && digits < 4 {
        code.to_owned()
    } else {
        "refused".to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn answered(status: u16, error: &str) -> Failure {
        refusal(&Answer {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after: Some(Duration::from_secs(7)),
            body: format!("{{\"error\": {error}}}").into_bytes(),
        })
    }

    #[test]
    fn a_no_of_the_bank_is_definite_and_says_no_more_than_the_buyer_may_hear() {
        for (code, heard) in [
            ("insufficient_funds", "insufficient_funds"),
            ("stolen_card", "declined"),
        ] {
            let error = format!(r#"{{"code": "card_declined", "decline_code": "{code}"}}"#);
            let Failure::Declined(reason) = answered(402, &error) else {
                panic!("402 is a no")
            };
            assert_eq!(reason, heard);
        }
    }

    #[test]
    fn what_may_have_been_done_is_lost_and_what_was_not_may_be_sent_again() {
        for status in [409, 500, 502, 503, 504, 302] {
            let failure = answered(status, "{}");
            let lost = matches!(failure, Failure::Call(CallError::AnswerLost { .. }));
            assert!(lost, "{status}: {failure:?}");
        }
        let seven = Some(Duration::from_secs(7));
        assert!(matches!(
            answered(429, r#"{"code": "rate_limit"}"#),
            Failure::Call(CallError::NotSent { after, .. }) if after == seven
        ));
    }

    #[test]
    fn a_refusal_is_named_by_its_code_and_never_by_what_was_sent() {
        let named = |error: &str| match answered(400, error) {
            Failure::Call(CallError::Rejected { code }) => code,
            other => panic!("{other:?}"),
        };
        assert_eq!(named(r#"{"code": "amount_too_small"}"#), "amount_too_small");
        assert_eq!(
            named(r#"{"type": "idempotency_error"}"#),
            "idempotency_error"
        );
        assert_eq!(named(r#"{"code": "4242424242424242"}"#), "refused");
        assert_eq!(named(r#"{"code": "No such key: sk_live_x"}"#), "refused");
        assert_eq!(named("5"), "refused");
    }

    #[test]
    fn a_parameter_is_unknown_where_that_is_said_of_it_and_nowhere_else() {
        let unknown = |status: u16, error: &str| match answered(status, error) {
            Failure::UnknownParameter(name) => Some(name),
            _ => None,
        };
        let stripe = r#"{"type": "invalid_request_error", "code": "parameter_unknown",
            "param": "created[gte]", "message": "Received unknown parameter: created[gte]"}"#;
        let localstripe = r#"{"type": "invalid_request_error", "message": "Unexpected created"}"#;
        for said in [stripe, localstripe] {
            assert_eq!(unknown(400, said).as_deref(), Some("created"), "{said}");
            assert_eq!(unknown(402, said), None, "{said}");
        }
        for other in [
            r#"{"type": "invalid_request_error", "message": "Bad request"}"#,
            r#"{"type": "invalid_request_error", "message": "Unexpected created, limit"}"#,
            r#"{"type": "invalid_request_error", "message": "Invalid timestamp",
                "param": "created[gte]"}"#,
            r#"{"type": "invalid_request_error", "code": "parameter_invalid_integer",
                "message": "Unexpected created", "param": "created[gte]"}"#,
            r#"{"type": "invalid_request_error", "code": "parameter_unknown"}"#,
            r#"{"type": "invalid_request_error"}"#,
            "5",
        ] {
            assert_eq!(unknown(400, other), None, "{other}");
        }
        let limit = r#"{"code": "parameter_unknown", "param": "limit"}"#;
        assert_eq!(unknown(400, limit).as_deref(), Some("limit"));
    }

    #[test]
    fn a_reference_is_one_segment_of_a_path() {
        assert!(segment("pi_3MtwBwLkdIwHu7ix28a3tqPa").is_ok());
        for bad in ["", "pi_1/../../refunds", "pi_1?x=1", "pi 1"] {
            assert!(segment(bad).is_err(), "{bad:?}");
        }
    }
}
