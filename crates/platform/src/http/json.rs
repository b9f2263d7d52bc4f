//! `Json<T>`: request and answer bodies.
//!
//! As an extractor it says precisely what is wrong: 415 for another content type, 400 for what is
//! not JSON, 422 with the path of the field for JSON that is not a `T`.

use axum::body::{Body, Bytes};
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use kernel::ErrorKind;
use serde::Serialize;
use serde::de::{DeserializeOwned, IgnoredAny};

use super::body::read_whole;
use super::json_text::{self, Flaw};
use super::problem::Problem;
use super::serde_fault;

/// The content type of all JSON answers.
pub(super) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");

/// A JSON body of type `T`.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::new(
                ErrorKind::Unsupported,
                "UNSUPPORTED_MEDIA_TYPE",
                "send the body as application/json",
            ));
        }
        let bytes = read_whole(request.into_body()).await?;
        parse(&bytes).map(Json)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        match serde_json::to_vec(&self.0) {
            Ok(bytes) => json_response(bytes.into()),
            Err(fault) => Problem::bug(fault).into_response(),
        }
    }
}

fn json_response(bytes: Bytes) -> Response {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(header::CONTENT_TYPE, JSON);
    response
}

/// `application/json` and `application/*+json`, with any parameters.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(value)) = headers.get(header::CONTENT_TYPE).map(HeaderValue::to_str) else {
        return false;
    };
    let essence = value.split(';').next().unwrap_or_default().trim();
    let Some((kind, subtype)) = essence.split_once('/') else {
        return false;
    };
    kind.eq_ignore_ascii_case("application")
        && (subtype.eq_ignore_ascii_case("json")
            || subtype.len() > 5 && subtype[subtype.len() - 5..].eq_ignore_ascii_case("+json"))
}

/// Reads `T` from the text of a body.
pub(super) fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return Err(malformed("the body is not UTF-8"));
    };
    match json_text::check(text) {
        Ok(()) => {}
        Err(Flaw::TooDeep) => return Err(malformed("the body is nested too deeply")),
        Err(Flaw::Nul) => {
            return Err(Problem::invalid("the body contains the character U+0000"));
        }
    }
    match serde_json::from_str(text) {
        Ok(value) => Ok(value),
        Err(fault) if fault.is_data() => Err(explain::<T>(text)),
        // serde_json calls a number where a word of an enum should be a syntax error, too.
        Err(_) if serde_json::from_str::<IgnoredAny>(text).is_ok() => Err(explain::<T>(text)),
        Err(fault) => Err(malformed(format!(
            "the body is not JSON (line {}, column {})",
            fault.line(),
            fault.column()
        ))),
    }
}

/// Reads once more, slower, to learn which field is at fault.
fn explain<T: DeserializeOwned>(text: &str) -> Problem {
    let mut reader = serde_json::Deserializer::from_str(text);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => Problem::invalid("the body is not what this operation expects"),
        Err(fault) => {
            let message = fault.inner().to_string();
            // serde_json ends its messages with a position that the field path already gives.
            let message = message
                .rsplit_once(" at line ")
                .map_or(message.as_str(), |(m, _)| m);
            serde_fault::problem("the body", &fault.path().to_string(), message)
        }
    }
}

fn malformed(message: impl Into<std::borrow::Cow<'static, str>>) -> Problem {
    Problem::new(ErrorKind::Malformed, "MALFORMED_REQUEST", message)
}
