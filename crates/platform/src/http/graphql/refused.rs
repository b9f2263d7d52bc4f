//! A [`Problem`] as GraphQL tells it: the same code, the same words, the same request id.

use std::sync::Arc;

use async_graphql::{Error, ErrorExtensionValues, Pos, ServerError, Value};
use axum::http::StatusCode;
use kernel::{Detail, ErrorKind};

use super::super::exchange;
use super::super::problem::Problem;
use super::words;

/// A refusal that several fields may share; what led to it is in the log by now.
#[derive(Clone, Debug)]
pub(super) struct Refused {
    pub standing: Standing,
    code: String,
    message: String,
    details: Vec<Detail>,
}

/// What the answer as a whole is made from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Standing {
    pub kind: ErrorKind,
    pub status: StatusCode,
}

impl From<Problem> for Refused {
    fn from(problem: Problem) -> Self {
        problem.log();
        let standing = Standing {
            kind: problem.kind(),
            status: problem.status(),
        };
        let camel = |detail: &Detail| Detail {
            field: words::path(&detail.field),
            ..detail.clone()
        };
        Self {
            standing,
            code: problem.code().to_owned(),
            message: problem.message().to_owned(),
            details: problem.details().iter().map(camel).collect(),
        }
    }
}

impl Refused {
    /// As the error of a field.
    pub fn error(self) -> Error {
        let mut extensions = ErrorExtensionValues::default();
        extensions.set("code", self.code);
        extensions.set("request_id", exchange::request_id());
        if !self.details.is_empty() {
            let details = async_graphql::to_value(&self.details).unwrap_or(Value::Null);
            extensions.set("details", details);
        }
        Error {
            message: self.message,
            source: Some(Arc::new(self.standing)),
            extensions: Some(extensions),
        }
    }

    /// As the error of a request that was not begun.
    pub fn of_request(self, at: Option<Pos>) -> ServerError {
        let mut error = self.error().into_server_error(at.unwrap_or_default());
        error.locations.retain(|_| at.is_some());
        error
    }
}
