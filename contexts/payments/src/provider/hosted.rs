//! What providers on the other side of the internet have in common: an HTTP client that waits no
//! longer than the port allows, and what its failures mean for money.

use super::{CONNECT, CallError, TOTAL};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, StatusCode, redirect};
use std::time::Duration;

/// No answer of a provider is longer; a hundred bookings of Stripe have about 200 KiB.
const LONGEST: usize = 4 * 1024 * 1024;

/// How long a provider is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    pub connect: Duration,
    pub total: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: CONNECT,
            total: TOTAL,
        }
    }
}

/// Calls a provider over HTTP. Follows no redirect: whoever answers one is not who we know.
#[derive(Clone, Debug)]
pub(super) struct Client(reqwest::Client);

/// An answer, whole.
pub(super) struct Answer {
    pub status: StatusCode,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

/// The HTTP client could not be made: the machine lists no certificates to trust.
#[derive(Debug, thiserror::Error)]
#[error("no HTTPS client can be made (are there CA certificates on this machine?): {0}")]
pub struct NoClient(#[from] reqwest::Error);

impl Client {
    pub fn new(patience: Patience) -> Result<Self, NoClient> {
        let client = reqwest::Client::builder()
            .connect_timeout(patience.connect)
            .timeout(patience.total)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("comptoir/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self(client))
    }

    pub fn get(&self, url: &str) -> RequestBuilder {
        self.0.get(url)
    }

    /// A POST of an encoded form.
    pub fn post(&self, url: &str, form: String) -> RequestBuilder {
        let form_type = "application/x-www-form-urlencoded";
        self.0.post(url).header(CONTENT_TYPE, form_type).body(form)
    }
}

/// Sends a request and reads the whole answer.
pub(super) async fn send(request: RequestBuilder) -> Result<Answer, CallError> {
    let mut response = request.send().await.map_err(|error| failure(&error))?;
    let status = response.status();
    let retry_after = retry_after(response.headers());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(&error))? {
        if body.len() + chunk.len() > LONGEST {
            return Err(lost("an answer without end"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer {
        status,
        retry_after,
        body,
    })
}

/// It may have been done.
pub(super) fn lost(reason: impl Into<String>) -> CallError {
    let reason = reason.into();
    CallError::AnswerLost { reason }
}

/// The provider will never do it.
pub(super) fn rejected(code: impl Into<String>) -> CallError {
    CallError::Rejected { code: code.into() }
}

/// What no answer means. The library's own text holds addresses, so it stays out.
fn failure(error: &reqwest::Error) -> CallError {
    if error.is_builder() {
        return rejected("bad_address");
    }
    if error.is_connect() {
        let reason = "no connection".to_owned();
        return CallError::NotSent {
            reason,
            after: None,
        };
    }
    lost(if error.is_timeout() {
        "no answer in time"
    } else {
        "the connection was lost"
    })
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}
