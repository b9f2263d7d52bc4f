//! The answer to a query on the wire.

use async_graphql::parser::Error as NotRead;
use async_graphql::{Pos, Response as Executed, ServerError, Value};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use kernel::ErrorKind;
use serde::Serialize;

use super::super::json::Json;
use super::super::problem::{AnsweredKind, Problem};
use super::refused::{Refused, Standing};

#[derive(Serialize)]
struct Body {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<ServerError>,
}

/// A query that was not begun.
pub(super) fn refuse(problem: Problem) -> Response {
    refuse_at(problem, None)
}

/// A text that is no query.
pub(super) fn not_read(fault: &NotRead) -> Response {
    let at = fault.positions().next();
    let place = at.map_or_else(String::new, |at| {
        format!(" (line {}, column {})", at.line, at.column)
    });
    let message = format!("the query is not GraphQL{place}");
    refuse_at(
        Problem::new(ErrorKind::Malformed, "MALFORMED_QUERY", message),
        at,
    )
}

fn refuse_at(problem: Problem, at: Option<Pos>) -> Response {
    let refused = Refused::from(problem);
    let standing = refused.standing;
    let body = Body {
        data: None,
        errors: vec![refused.of_request(at)],
    };
    respond(body, Some(standing))
}

/// What came of a query. It is 200 as long as there is something in it; when every field was
/// refused, the first refusal says what kind of answer it is, as in REST.
pub(super) fn executed(response: Executed) -> Response {
    let begun = response.data != Value::Null;
    let errors: Vec<_> = response
        .errors
        .into_iter()
        .map(|error| coded(error, begun))
        .collect();
    let empty = match &response.data {
        Value::Object(fields) => fields.values().all(|value| *value == Value::Null),
        _ => true,
    };
    let first = errors
        .first()
        .and_then(|error| error.source::<Standing>())
        .copied();
    let body = Body {
        data: begun.then_some(response.data),
        errors,
    };
    respond(body, first.filter(|_| empty))
}

/// The library's own errors have no code: before the query is begun they tell that it does not fit
/// the schema, after that they are slips of ours.
fn coded(error: ServerError, begun: bool) -> ServerError {
    if error.source::<Standing>().is_some() {
        return error;
    }
    let problem = match begun {
        true => Problem::bug(error.message.clone()),
        false => Problem::new(ErrorKind::Invalid, "INVALID_QUERY", error.message.clone()),
    };
    let told = Refused::from(problem).of_request(None);
    ServerError {
        locations: error.locations,
        path: error.path,
        ..told
    }
}

fn respond(body: Body, standing: Option<Standing>) -> Response {
    let mut response = Json(body).into_response();
    let Some(Standing { kind, status }) = standing else {
        return response;
    };
    *response.status_mut() = status;
    response.extensions_mut().insert(AnsweredKind(kind));
    if status == StatusCode::SERVICE_UNAVAILABLE {
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
    }
    response
}
