//! What a provider tells a shop unasked, and what may happen to it on the way.

use std::time::Duration;

use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, HOST};
use bytes::Bytes;
use http_body_util::Full;
use hyper::client::conn::http1::handshake;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

/// A webhook or notice, ready to be posted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub content_type: &'static str,
    /// Its signature, where that is a header.
    pub header: Option<(&'static str, String)>,
    pub body: String,
}

/// What happens to messages on their way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    Prompt,
    /// They come after so long.
    Late(Duration),
    Lost,
    /// Each comes twice.
    Doubled,
    /// The last comes first.
    Reversed,
    /// Somebody else has changed what they say.
    Forged,
}

impl Delivery {
    /// What arrives of these messages, in the order of arrival.
    pub fn plan(self, mut messages: Vec<Message>) -> Vec<Message> {
        match self {
            Self::Prompt | Self::Late(_) => messages,
            Self::Lost => Vec::new(),
            Self::Doubled => messages.into_iter().flat_map(|m| [m.clone(), m]).collect(),
            Self::Reversed => {
                messages.reverse();
                messages
            }
            Self::Forged => messages.into_iter().map(Message::forged).collect(),
        }
    }

    pub(crate) fn pause(self) -> Duration {
        match self {
            Self::Late(pause) => pause,
            _ => Duration::ZERO,
        }
    }
}

impl Message {
    /// With another amount, under the signature of the true one.
    #[must_use]
    pub fn forged(mut self) -> Self {
        let digit = |c: char| c.is_ascii_digit();
        let at = self.body.find("amount").expect("it speaks of an amount");
        let first = self.body[at..].find(digit).expect("an amount has digits") + at;
        let other = if &self.body[first..=first] == "9" {
            "8"
        } else {
            "9"
        };
        self.body.replace_range(first..=first, other);
        self
    }

    /// Posts it to `http://host:port/path`; the status, or `None` when nobody answers.
    pub async fn post(&self, url: &str) -> Option<u16> {
        let (host, path) = url.strip_prefix("http://")?.split_once('/')?;
        let stream = TcpStream::connect(host).await.ok()?;
        let (mut sender, connection) = handshake(TokioIo::new(stream)).await.ok()?;
        tokio::spawn(connection);
        let mut request = Request::post(format!("/{path}"))
            .header(HOST, host)
            .header(CONTENT_TYPE, self.content_type);
        if let Some((name, value)) = &self.header {
            request = request.header(*name, value);
        }
        let body = Full::new(Bytes::from(self.body.clone()));
        let response = sender.send_request(request.body(body).ok()?).await.ok()?;
        Some(response.status().as_u16())
    }
}
