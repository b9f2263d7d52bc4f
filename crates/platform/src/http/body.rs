//! Reading a request's body as a whole, within the limit its route sets.

use std::error::Error;

use axum::body::{Body, Bytes};
use http_body_util::{BodyExt, LengthLimitError};
use kernel::ErrorKind;
use tower_http::timeout::TimeoutError;

use super::gate::too_slow;
use super::problem::Problem;

/// Collects the body. The limit itself is put around the body by the route (see `gate`).
pub(super) async fn read_whole(body: Body) -> Result<Bytes, Problem> {
    match body.collect().await {
        Ok(whole) => Ok(whole.to_bytes()),
        Err(fault) => Err(unreadable(&fault)),
    }
}

/// Why a body could not be read: too large, too slow, or cut off on the way.
pub fn unreadable(fault: &(dyn Error + 'static)) -> Problem {
    let mut next = Some(fault);
    while let Some(error) = next {
        if error.is::<LengthLimitError>() {
            return too_large();
        }
        if error.is::<TimeoutError>() {
            return too_slow();
        }
        next = error.source();
    }
    Problem::new(
        ErrorKind::Malformed,
        "MALFORMED_REQUEST",
        "the body ended early",
    )
}

pub(super) fn too_large() -> Problem {
    Problem::new(
        ErrorKind::TooLarge,
        "PAYLOAD_TOO_LARGE",
        "the body is larger than allowed here",
    )
}
