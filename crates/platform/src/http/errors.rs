//! `Errors`: the refusals every operation may answer with, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response, ResponseBuilder};

/// Write it once in `responses(…, Errors)` of a handler.
#[derive(Debug, Clone, Copy)]
pub struct Errors;

const COMMON: [(&str, &str); 12] = [
    ("400", "The request cannot be read"),
    ("401", "Who are you? No token, or one that does not hold"),
    ("403", "Your role does not allow this"),
    ("404", "There is no such resource, or not for you"),
    ("409", "It contradicts the state of things"),
    ("412", "The resource has changed since you saw it"),
    ("413", "The body is too large"),
    ("415", "The body is not application/json"),
    (
        "422",
        "Understood, and refused: a rule or a field is broken",
    ),
    ("429", "Too many requests; see Retry-After and RateLimit-*"),
    ("500", "Our fault; quote the request id"),
    ("503", "Busy or not available; see Retry-After"),
];

impl IntoResponses for Errors {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        COMMON
            .iter()
            .map(|(status, text)| ((*status).to_owned(), refusal(text)))
            .collect()
    }
}

/// One refusal in the shape all of them share.
pub(super) fn refusal(description: &str) -> RefOr<Response> {
    let body = ContentBuilder::new()
        .schema(Some(Ref::from_schema_name("ErrorBody")))
        .build();
    let response = ResponseBuilder::new().description(description);
    RefOr::T(response.content("application/json", body).build())
}
