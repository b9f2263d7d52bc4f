//! A small HTTP client for rigs: one connection, explicit failures, nothing retried behind one's
//! back. Programs that should behave like a browser need another one.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::outcome::Outcome;

/// The server's own deadline is 5 s; an answer that takes longer than this will not come.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Before the same is asked again.
const PAUSE: Duration = Duration::from_millis(20);

/// What to ask. A `key` becomes the `Idempotency-Key`.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: &'static str,
    pub path: String,
    pub key: Option<String>,
    /// Beside those that follow from the rest.
    pub headers: Vec<(String, String)>,
    pub body: Option<String>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self {
            method: "GET",
            path: path.into(),
            key: None,
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn post(path: impl Into<String>, body: &serde_json::Value) -> Self {
        Self {
            method: "POST",
            path: path.into(),
            key: None,
            headers: Vec::new(),
            body: Some(body.to_string()),
        }
    }

    pub fn key(self, key: impl Into<String>) -> Self {
        Self {
            key: Some(key.into()),
            ..self
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
    /// The server asks to come again: it has not decided anything.
    pub retry_after: bool,
}

impl Answer {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> Outcome<serde_json::Value> {
        Ok(serde_json::from_slice(&self.body)?)
    }

    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Nothing was decided: the same may be asked again.
    pub fn wants_another_try(&self) -> bool {
        matches!(self.status, 429 | 503) || (self.status == 409 && self.retry_after)
    }
}

/// No answer came; whether the request was done is unknown.
#[derive(Debug)]
pub struct Lost(pub String);

/// Calls one server as one bearer, over one connection that is made anew when it breaks.
pub struct Caller {
    address: SocketAddr,
    bearer: Option<String>,
    connection: Option<SendRequest<Full<Bytes>>>,
}

impl Caller {
    pub fn new(address: SocketAddr, bearer: Option<String>) -> Self {
        Self {
            address,
            bearer,
            connection: None,
        }
    }

    pub async fn call(&mut self, call: &Call) -> Result<Answer, Lost> {
        self.call_within(call, TIMEOUT).await
    }

    /// Hangs up when no answer came in time, without waiting for it.
    pub async fn call_within(&mut self, call: &Call, limit: Duration) -> Result<Answer, Lost> {
        let answer = match tokio::time::timeout(limit, self.send(call)).await {
            Ok(answer) => answer,
            Err(_) => Err(Lost(format!("no answer within {limit:?}"))),
        };
        if answer.is_err() {
            self.connection = None;
        }
        answer
    }

    /// Asks until the answer is definite; every time with the same key.
    pub async fn insist(&mut self, call: &Call, patience: Duration) -> Outcome<Answer> {
        let deadline = Instant::now() + patience;
        while Instant::now() < deadline {
            match self.call(call).await {
                Ok(answer) if !answer.wants_another_try() => return Ok(answer),
                _ => tokio::time::sleep(PAUSE).await,
            }
        }
        Err(format!("{} was not answered in {patience:?}", call.path).into())
    }

    /// An answer that must be a success, as JSON; for setting up and reading back.
    pub async fn need(&mut self, call: &Call) -> Outcome<serde_json::Value> {
        let answer = self.call(call).await;
        let answer = answer.map_err(|lost| format!("{} {}: {}", call.method, call.path, lost.0))?;
        if !answer.is_success() {
            let (status, text) = (answer.status, answer.text());
            return Err(format!("{} {}: {status} {text}", call.method, call.path).into());
        }
        answer.json()
    }

    async fn send(&mut self, call: &Call) -> Result<Answer, Lost> {
        let request = self.request(call).map_err(lost)?;
        let connection = self.connected().await?;
        let response = connection.send_request(request).await.map_err(lost)?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(lost)?.to_bytes();
        let retry_after = parts.headers.contains_key("retry-after");
        Ok(Answer {
            status: parts.status.as_u16(),
            body,
            retry_after,
        })
    }

    fn request(&self, call: &Call) -> hyper::http::Result<hyper::Request<Full<Bytes>>> {
        let mut request = hyper::Request::builder()
            .method(call.method)
            .uri(&call.path);
        request = request.header(HOST, self.address.to_string());
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if let Some(key) = &call.key {
            request = request.header("idempotency-key", key);
        }
        for (name, value) in &call.headers {
            request = request.header(name, value);
        }
        let has_type = request
            .headers_ref()
            .is_some_and(|set| set.contains_key(CONTENT_TYPE));
        if call.body.is_some() && !has_type {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        request.body(Full::new(Bytes::from(
            call.body.clone().unwrap_or_default(),
        )))
    }

    async fn connected(&mut self) -> Result<&mut SendRequest<Full<Bytes>>, Lost> {
        if self.connection.as_ref().is_none_or(SendRequest::is_closed) {
            let stream = TcpStream::connect(self.address).await.map_err(lost)?;
            stream.set_nodelay(true).map_err(lost)?;
            let (sender, connection) = handshake(TokioIo::new(stream)).await.map_err(lost)?;
            tokio::spawn(connection);
            self.connection = Some(sender);
        }
        let connection = self
            .connection
            .as_mut()
            .ok_or_else(|| lost("no connection"))?;
        connection.ready().await.map_err(lost)?;
        Ok(connection)
    }
}

fn lost(error: impl std::fmt::Display) -> Lost {
    Lost(error.to_string())
}
