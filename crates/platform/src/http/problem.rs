//! A request that was not served: the one error type of all handlers and its shape on the wire.
//!
//! The place where [`ErrorKind`] becomes an HTTP status. Business errors become a `Problem` by
//! `?`, because they implement [`Fault`].

use std::borrow::Cow;
use std::error::Error;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::{Detail, ErrorKind, Fault};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::exchange;
use super::json::JSON;

/// How long a caller should wait before it tries again, when nobody knows better, in seconds.
const RETRY_AFTER_S: u32 = 1;

/// A refusal or failure: what the handlers return as `Err`.
#[derive(Debug)]
pub struct Problem {
    kind: ErrorKind,
    status: StatusCode,
    code: Cow<'static, str>,
    message: Cow<'static, str>,
    details: Vec<Detail>,
    retry_after_s: Option<u32>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Problem {
    /// A problem with a stable code (`SCREAMING_SNAKE`) and a sentence for a human.
    pub fn new(
        kind: ErrorKind,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        let retry_after_s = match kind {
            ErrorKind::TooMany | ErrorKind::Busy | ErrorKind::Unavailable => Some(RETRY_AFTER_S),
            _ => None,
        };
        Self {
            kind,
            status: status_of(kind),
            code: code.into(),
            message: message.into(),
            details: Vec::new(),
            retry_after_s,
            cause: None,
        }
    }

    /// What is not there, or not there for this caller.
    pub fn not_found() -> Self {
        Self::new(
            ErrorKind::NotFound,
            "RESOURCE_NOT_FOUND",
            "there is no such resource",
        )
    }

    /// The caller has not said who it is, or not in a way that holds.
    pub fn unauthenticated(message: &'static str) -> Self {
        Self::new(ErrorKind::Unauthenticated, "UNAUTHENTICATED", message)
    }

    /// The caller is known and may not do this.
    pub fn forbidden() -> Self {
        Self::new(
            ErrorKind::Forbidden,
            "FORBIDDEN",
            "your role does not allow this",
        )
    }

    /// The request was understood and breaks a rule; say which with [`Problem::detail`].
    pub fn invalid(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorKind::Invalid, "VALIDATION_FAILED", message)
    }

    /// A defect of ours. The cause goes to the log, never to the caller.
    pub fn bug(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(ErrorKind::Bug, "INTERNAL_ERROR", GENERIC_BUG).caused_by(cause)
    }

    /// The path exists, the method does not.
    pub(super) fn method_not_allowed() -> Self {
        let mut problem = Self::new(
            ErrorKind::NotFound,
            "METHOD_NOT_ALLOWED",
            "this resource does not know that method; the Allow header lists those it knows",
        );
        problem.status = StatusCode::METHOD_NOT_ALLOWED;
        problem
    }

    /// Adds which field is at fault, as `items[0].quantity`.
    #[must_use]
    pub fn detail(
        mut self,
        field: impl Into<String>,
        code: impl Into<String>,
        message: impl Into<String>,
    ) -> Self {
        self.details.push(Detail::new(field, code, message));
        self
    }

    /// The same where the request's fields stand inside of `field`: `[0].quantity` is at
    /// `lines[0].quantity` then.
    #[must_use]
    pub fn within(mut self, field: &str) -> Self {
        for detail in &mut self.details {
            let dot = if detail.field.starts_with('[') {
                ""
            } else {
                "."
            };
            detail.field = format!("{field}{dot}{}", detail.field);
        }
        self
    }

    /// Tells the caller to wait this many seconds.
    #[must_use]
    pub fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Keeps what led here, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// What the caller can do about it.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The stable code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The sentence for a human.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The fields at fault.
    pub fn details(&self) -> &[Detail] {
        &self.details
    }

    /// Tells the log what led here.
    pub(super) fn log(&self) {
        let Some(cause) = &self.cause else { return };
        let (chain, id) = (chain(cause.as_ref()), exchange::request_id());
        match self.kind {
            ErrorKind::Bug => {
                tracing::error!(request_id = id, code = %self.code, cause = chain, "failed");
            }
            _ => tracing::warn!(request_id = id, code = %self.code, cause = chain, "not served"),
        }
    }
}

const GENERIC_BUG: &str = "something went wrong on our side; quote the request id when you ask";
const GENERIC_BUSY: &str = "the service is busy; try again shortly";
const GENERIC_UNAVAILABLE: &str = "the service is not available right now; try again shortly";

impl<F: Fault> From<F> for Problem {
    /// The words of a fault are for the caller, except where they could carry a driver's text.
    fn from(fault: F) -> Self {
        let (kind, code) = (fault.kind(), fault.code());
        let message = match kind {
            ErrorKind::Bug => return Self::bug(fault),
            ErrorKind::Busy => Cow::Borrowed(GENERIC_BUSY),
            ErrorKind::Unavailable => Cow::Borrowed(GENERIC_UNAVAILABLE),
            _ => {
                return Self {
                    details: fault.details(),
                    ..Self::new(kind, code, fault.to_string())
                };
            }
        };
        Self {
            details: fault.details(),
            ..Self::new(kind, code, message)
        }
        .caused_by(fault)
    }
}

/// The one place where kinds of errors become HTTP statuses.
fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Malformed => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict => StatusCode::CONFLICT,
        ErrorKind::Precondition => StatusCode::PRECONDITION_FAILED,
        ErrorKind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ErrorKind::Unsupported => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ErrorKind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Busy | ErrorKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::Bug => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}

/// The error shape on the wire.
#[derive(Serialize, Deserialize, ToSchema, Debug)]
pub struct ErrorBody {
    /// The refusal.
    pub error: ErrorContent,
}

/// What went wrong, for programs (`code`) and humans (`message`).
#[derive(Serialize, Deserialize, ToSchema, Debug)]
pub struct ErrorContent {
    /// Stable, for programs.
    #[schema(example = "RESOURCE_NOT_FOUND")]
    pub code: String,
    /// One sentence, for humans; may change.
    pub message: String,
    /// Quote it when you ask for help.
    pub request_id: String,
    /// The fields at fault, if it is about fields.
    pub details: Vec<Detail>,
}

/// The kind of the problem an answer was made from; lets the layers above look at it.
#[derive(Clone, Copy, Debug)]
pub(super) struct AnsweredKind(pub ErrorKind);

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        self.log();
        let body = ErrorBody {
            error: ErrorContent {
                code: self.code.into_owned(),
                message: self.message.into_owned(),
                request_id: exchange::request_id(),
                details: self.details,
            },
        };
        let bytes = serde_json::to_vec(&body).unwrap_or_default();
        let mut response = (self.status, bytes).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, JSON);
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.kind == ErrorKind::Unauthenticated {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response.extensions_mut().insert(AnsweredKind(self.kind));
        response
    }
}
