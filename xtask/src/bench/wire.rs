//! A small HTTP client for everything that is not measured: signing in, seeding, counting.
//! One connection, JSON in and out, every answer checked.

use std::net::SocketAddr;

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Method, Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::outcome::{Because, Outcome};

pub const JSON: &str = "application/json";

/// Opens a connection; whoever holds the sender holds it open.
pub async fn connect(address: SocketAddr) -> Outcome<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address)
        .await
        .because(|| format!("connecting to {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move {
        // The sender hears of a broken connection too, and knows what it was about.
        connection.await.ok();
    });
    Ok(sender)
}

/// A signed-in caller.
pub struct Client {
    sender: SendRequest<Full<Bytes>>,
    address: SocketAddr,
    bearer: Option<String>,
}

impl Client {
    pub async fn open(address: SocketAddr) -> Outcome<Self> {
        let sender = connect(address).await?;
        Ok(Self {
            sender,
            address,
            bearer: None,
        })
    }

    pub fn with_bearer(self, token: &str) -> Self {
        Self {
            bearer: Some(format!("Bearer {token}")),
            ..self
        }
    }

    pub async fn get(&mut self, path: &str) -> Outcome<Value> {
        let answer = self.send(Method::GET, path, JSON, Bytes::new()).await?;
        read_json(path, StatusCode::OK, answer)
    }

    /// The bytes of an answer, as they came.
    pub async fn get_bytes(&mut self, path: &str) -> Outcome<Bytes> {
        Ok(self.send(Method::GET, path, JSON, Bytes::new()).await?.1)
    }

    pub async fn post(&mut self, path: &str, body: &Value, expected: u16) -> Outcome<Value> {
        let body = Bytes::from(body.to_string());
        self.post_bytes(path, JSON, body, expected).await
    }

    pub async fn post_bytes(
        &mut self,
        path: &str,
        kind: &str,
        body: Bytes,
        expected: u16,
    ) -> Outcome<Value> {
        let answer = self.send(Method::POST, path, kind, body).await?;
        read_json(path, StatusCode::from_u16(expected)?, answer)
    }

    async fn send(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: Bytes,
    ) -> Outcome<(StatusCode, Bytes)> {
        let mut request = Request::builder().method(method).uri(path);
        request = request
            .header(HOST, self.address.to_string())
            .header(CONTENT_TYPE, kind);
        if let Some(bearer) = &self.bearer {
            request = request.header(AUTHORIZATION, bearer);
        }
        self.sender.ready().await?;
        let response = self
            .sender
            .send_request(request.body(Full::new(body))?)
            .await?;
        let status = response.status();
        Ok((status, response.into_body().collect().await?.to_bytes()))
    }
}

fn read_json(path: &str, expected: StatusCode, answer: (StatusCode, Bytes)) -> Outcome<Value> {
    let (status, body) = answer;
    if status != expected {
        let said = String::from_utf8_lossy(&body);
        return Err(format!("{path} answered {status} instead of {expected}: {said}").into());
    }
    serde_json::from_slice(&body).because(|| format!("reading the answer of {path}"))
}

/// The text in a field of an answer.
pub fn text_of(value: &Value, field: &str) -> Outcome<String> {
    let text = value[field]
        .as_str()
        .ok_or_else(|| format!("no `{field}` in {value}"))?;
    Ok(text.to_owned())
}
