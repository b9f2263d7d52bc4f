//! What is answered where no route is, or not with this method.

use super::problem::Problem;

pub(super) async fn no_route() -> Problem {
    Problem::not_found()
}

/// axum adds the `Allow` header.
pub(super) async fn no_method() -> Problem {
    Problem::method_not_allowed()
}
