//! `Errors`: the refusals every operation may answer with, for the OpenAPI document.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

use super::answers::Bears;
use super::spec_headers;

/// Write it once in `responses(…, Errors)` of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Errors;

/// Status, name among the components of the document, and meaning.
const COMMON: [(&str, &str, &str); 12] = [
    ("400", "Malformed", "The request cannot be read"),
    (
        "401",
        "Unauthenticated",
        "Who are you? No token, or one that does not hold",
    ),
    ("403", "Forbidden", "Your role does not allow this"),
    (
        "404",
        "NotFound",
        "There is no such resource, or not for you",
    ),
    ("409", "Conflict", "It contradicts the state of things"),
    (
        "412",
        "PreconditionFailed",
        "The resource has changed since you saw it",
    ),
    ("413", "TooLarge", "The body is too large"),
    (
        "415",
        "UnsupportedMediaType",
        "The body is not application/json",
    ),
    (
        "422",
        "Invalid",
        "Understood, and refused: a rule or a field is broken",
    ),
    (
        "429",
        "TooMany",
        "Too many requests; see Retry-After and RateLimit-*",
    ),
    ("500", "Bug", "Our fault; quote the request id"),
    (
        "503",
        "Unavailable",
        "Busy or not available; see Retry-After",
    ),
];

/// Before the names of the refusals of a POST that differ: a retry may get them again.
const OF_POST: &str = "Post";

impl IntoResponses for Errors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let common = COMMON.iter();
        common
            .map(|(status, name, _)| ((*status).to_owned(), named(name)))
            .collect()
    }
}

/// Every common refusal, with its shape.
pub(super) fn refusals() -> BTreeMap<String, Response> {
    let common = COMMON.iter();
    common
        .map(|(status, _, text)| ((*status).to_owned(), refusal(text)))
        .collect()
}

/// The common refusal of a POST that takes the place of another operation's, where they differ.
pub(super) fn of_post(status: &str) -> Option<RefOr<Response>> {
    let (_, name, _) = COMMON.iter().find(|(known, _, _)| *known == status)?;
    differs(status).then(|| named(&format!("{OF_POST}{name}")))
}

/// What the document keeps of the common refusals, by name, with their headers.
pub(super) fn components() -> BTreeMap<String, RefOr<Response>> {
    let mut all = BTreeMap::new();
    for (status, name, text) in COMMON {
        let of = |method| {
            let mut response = refusal(text);
            spec_headers::write(&mut response, status, &method, Bears::NOTHING);
            RefOr::T(response)
        };
        all.insert(name.to_owned(), of(Method::GET));
        if differs(status) {
            all.insert(format!("{OF_POST}{name}"), of(Method::POST));
        }
    }
    all
}

fn differs(status: &str) -> bool {
    let Ok(status) = status.parse::<StatusCode>() else {
        return false;
    };
    let of = |method| spec_headers::sent(status, &method, Bears::NOTHING);
    of(Method::GET) != of(Method::POST)
}

fn named(name: &str) -> RefOr<Response> {
    RefOr::Ref(Ref::from_response_name(name))
}

/// One refusal in the shape all of them share.
fn refusal(description: &str) -> Response {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorBody")))
        .build();
    let response = ResponseBuilder::new().description(description);
    response.content("application/json", body).build()
}
