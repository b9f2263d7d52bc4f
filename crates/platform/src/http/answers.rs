//! What handlers answer besides plain [`Json`]: a resource with its version, a new one, nothing.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::json::Json;
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
