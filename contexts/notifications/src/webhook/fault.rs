//! Why webhooks say no, in words their callers understand.

use super::address::BadUrl;
use kernel::{Detail, ErrorKind, Fault};
use platform::DbError;

#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    #[error("there is no such resource")]
    NotFound,
    #[error("the url {0}")]
    Url(#[from] BadUrl),
    #[error("an endpoint has 1 to 50 event types")]
    CountOfTypes,
    #[error("some event types are of no event")]
    UnknownTypes(Vec<Detail>),
    #[error("the endpoint is paused: resume it first")]
    Paused,
    #[error("an event cannot be told: {0}")]
    Untold(#[from] serde_json::Error),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for WebhookError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            Self::Url(_) | Self::CountOfTypes | Self::UnknownTypes(_) => ErrorKind::Invalid,
            Self::Paused => ErrorKind::Conflict,
            Self::Untold(_) => ErrorKind::Bug,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::Url(BadUrl::NotPublic) => "URL_NOT_PUBLIC",
            Self::Url(_) => "INVALID_URL",
            Self::CountOfTypes => "COUNT_OF_EVENT_TYPES",
            Self::UnknownTypes(_) => "UNKNOWN_EVENT_TYPE",
            Self::Paused => "ENDPOINT_PAUSED",
            Self::Untold(_) => "INTERNAL_ERROR",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        let one = |field: &str| vec![Detail::new(field, self.code(), self.to_string())];
        match self {
            Self::Url(_) => one("url"),
            Self::CountOfTypes => one("event_types"),
            Self::UnknownTypes(details) => details.clone(),
            _ => Vec::new(),
        }
    }
}
