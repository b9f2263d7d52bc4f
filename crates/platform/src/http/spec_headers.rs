//! The headers of answers in the OpenAPI document: by the rules that send them, never by hand.

use std::collections::BTreeMap;

use axum::http::{Method, StatusCode};
use utoipa::openapi::header::{Header, HeaderBuilder};
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Required, Response, ResponseBuilder, Type};

use super::answers::Bears;
use super::errors;
use super::retry::StoredAnswer;

const TAG: &str = "ETag";
const LOCATION: &str = "Location";
const REPLAYED: &str = "Idempotency-Replayed";
const REQUEST_ID: &str = "X-Request-Id";
const RETRY_AFTER: &str = "Retry-After";
const WHO: &str = "WWW-Authenticate";
const RATE: [&str; 3] = ["RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"];

/// Every header there is a rule for, with its type and its meaning.
const HEADERS: [(&str, Type, &str); 9] = [
    (
        TAG,
        Type::String,
        "Which state of the resource this is; send it as If-Match or If-None-Match",
    ),
    (
        LOCATION,
        Type::String,
        "Where what came of it is, or where to go on",
    ),
    (
        REPLAYED,
        Type::String,
        "`true` when this answer was given before, to the same Idempotency-Key",
    ),
    (
        REQUEST_ID,
        Type::String,
        "The id the request came with, or one made for it; quote it when you ask for help",
    ),
    (
        RETRY_AFTER,
        Type::Integer,
        "Seconds to wait before the same is asked again",
    ),
    (WHO, Type::String, "`Bearer`"),
    (
        RATE[0],
        Type::Integer,
        "How many requests may come at once, or today, whichever runs out first",
    ),
    (RATE[1], Type::Integer, "How many of them are left"),
    (RATE[2], Type::Integer, "Seconds until all of them are back"),
];

/// What an answer with this status bears.
pub(super) fn sent(status: StatusCode, method: &Method, bears: Bears) -> Vec<&'static str> {
    let (success, post) = (status.is_success(), *method == Method::POST);
    let unchanged = status == StatusCode::NOT_MODIFIED;
    let elsewhere = status == StatusCode::SEE_OTHER;
    let waits = match status {
        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => true,
        // While the first request with the same key is being worked on.
        StatusCode::CONFLICT => post,
        _ => false,
    };
    let rules = [
        (TAG, success && bears.tag || unchanged),
        (LOCATION, success && bears.location || elsewhere),
        (REPLAYED, post && StoredAnswer::is_outcome(status)),
        (REQUEST_ID, true),
        (RETRY_AFTER, waits),
        (WHO, status == StatusCode::UNAUTHORIZED),
    ];
    let mut names: Vec<_> = rules
        .into_iter()
        .filter_map(|(name, applies)| applies.then_some(name))
        .collect();
    if status == StatusCode::TOO_MANY_REQUESTS {
        names.extend(RATE);
    }
    names
}

/// Declares what an answer bears.
pub(super) fn write(response: &mut Response, status: &str, method: &Method, bears: Bears) {
    let Ok(status) = status.parse() else { return };
    for name in sent(status, method, bears) {
        let known = RefOr::Ref(Ref::new(format!("#/components/headers/{name}")));
        response.headers.insert(name.to_owned(), known);
    }
}

/// Declares the headers of all answers of an operation, and the answers that come of headers: 304
/// where there is a tag, 412 only where there is an `If-Match`.
pub(super) fn declare(operation: &mut Operation, method: &Method, bears: Bears) {
    let answers = &mut operation.responses.responses;
    if bears.tag && *method == Method::GET {
        let unchanged = ResponseBuilder::new().description("It is what you saw");
        answers.insert("304".to_owned(), RefOr::T(unchanged.build()));
        let parameters = operation.parameters.get_or_insert_default();
        parameters.push(RefOr::T(if_none_match()));
    }
    if !takes_if_match(operation.parameters.as_deref()) {
        answers.remove("412");
    }
    for (status, answer) in answers {
        match answer {
            RefOr::T(response) => write(response, status, method, bears),
            RefOr::Ref(_) if *method == Method::POST => {
                if let Some(other) = errors::of_post(status) {
                    *answer = other;
                }
            }
            RefOr::Ref(_) => {}
        }
    }
}

fn takes_if_match(parameters: Option<&[RefOr<Parameter>]>) -> bool {
    let mut parameters = parameters.into_iter().flatten();
    parameters.any(|one| matches!(one, RefOr::T(parameter) if parameter.name == "If-Match"))
}

fn if_none_match() -> Parameter {
    ParameterBuilder::new()
        .name("If-None-Match")
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(
            "The ETag you saw; 304 without a body while it is still the same",
        ))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build()
}

/// The headers as the document keeps them, by name.
pub(super) fn components() -> BTreeMap<String, RefOr<Header>> {
    let described = |(name, kind, text): (&str, Type, &str)| {
        let schema = ObjectBuilder::new().schema_type(kind).build();
        let header = HeaderBuilder::new()
            .schema(Some(schema))
            .description(Some(text));
        (name.to_owned(), RefOr::T(header.build()))
    };
    HEADERS.into_iter().map(described).collect()
}
