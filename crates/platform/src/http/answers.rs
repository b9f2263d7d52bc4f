//! What handlers answer besides plain [`Json`]: a resource with its version, a new one, nothing.
//! The type of an answer says which headers it bears, to the OpenAPI document as well.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response, Sse};
use serde::Serialize;

use super::json::Json;
use super::page::Page;
use super::problem::Problem;

/// 200 with an `ETag` made of the version. `If-None-Match` is answered by the pipeline.
#[derive(Debug)]
pub struct Tagged<T> {
    /// The version of the resource.
    pub version: i64,
    /// The resource.
    pub body: T,
}

/// 201 with `Location` and `ETag`.
#[derive(Debug)]
pub struct Created<T> {
    /// The path of the new resource, `/v1/stores/store_…`.
    pub location: String,
    /// The version of the resource.
    pub version: i64,
    /// The resource.
    pub body: T,
}

/// 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

/// A success made by hand, from a cache or by a queue, that bears an `ETag`, a `Location` or both.
#[derive(Debug)]
pub struct Bearing<const TAG: bool, const LOCATION: bool>(Response);

/// A success that bears an `ETag`.
pub type WithTag = Bearing<true, false>;
/// A success that bears a `Location`.
pub type WithLocation = Bearing<false, true>;
/// A success that bears both.
pub type WithTagAndLocation = Bearing<true, true>;

/// Which headers a success bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bears {
    /// An `ETag`.
    pub tag: bool,
    /// A `Location`.
    pub location: bool,
}

impl Bears {
    pub(super) const NOTHING: Self = Self {
        tag: false,
        location: false,
    };
}

/// What a handler may answer.
pub trait Answer {
    /// The headers of its successes.
    const BEARS: Bears = Bears::NOTHING;
}

impl Answer for () {}
impl Answer for NoContent {}
impl Answer for Response {}
impl Answer for StatusCode {}
impl Answer for String {}
impl Answer for Page {}
impl<T> Answer for Json<T> {}
impl<T> Answer for Sse<T> {}

impl<T> Answer for Tagged<T> {
    const BEARS: Bears = WithTag::BEARS;
}

impl<T> Answer for Created<T> {
    const BEARS: Bears = WithTagAndLocation::BEARS;
}

impl<const TAG: bool, const LOCATION: bool> Answer for Bearing<TAG, LOCATION> {
    const BEARS: Bears = Bears {
        tag: TAG,
        location: LOCATION,
    };
}

impl<T: Answer, E> Answer for Result<T, E> {
    const BEARS: Bears = T::BEARS;
}

/// An answer with a status or headers before it.
impl<Before, T: Answer> Answer for (Before, T) {
    const BEARS: Bears = T::BEARS;
}

impl<const TAG: bool, const LOCATION: bool> From<Response> for Bearing<TAG, LOCATION> {
    fn from(response: Response) -> Self {
        Self(response)
    }
}

impl<const TAG: bool, const LOCATION: bool> IntoResponse for Bearing<TAG, LOCATION> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<T: Serialize> IntoResponse for Tagged<T> {
    fn into_response(self) -> Response {
        tagged(self.version, self.body)
    }
}

impl<T: Serialize> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        let location = match HeaderValue::try_from(self.location) {
            Ok(location) => location,
            Err(fault) => return Problem::bug(fault).into_response(),
        };
        let mut response = tagged(self.version, self.body);
        if response.status() == StatusCode::OK {
            *response.status_mut() = StatusCode::CREATED;
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

impl IntoResponse for NoContent {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

fn tagged<T: Serialize>(version: i64, body: T) -> Response {
    let mut response = Json(body).into_response();
    if response.status() == StatusCode::OK
        && let Ok(tag) = HeaderValue::try_from(format!("\"{version}\""))
    {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
