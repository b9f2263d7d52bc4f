//! The HTTP layer as callers see it: a small shop behind the whole stack, called in-process.

mod bodies;
mod documents;
mod limits;
mod permissions;
mod requests;
mod retries;
mod shop;
mod sockets;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, Request};
use serde_json::Value;

/// What came back.
#[derive(Debug)]
struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("not JSON: {:?}", String::from_utf8_lossy(&self.body)))
    }

    fn code(&self) -> String {
        self.json()["error"]["code"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn field(&self) -> String {
        self.json()["error"]["details"][0]["field"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map(|value| value.to_str().unwrap())
            .unwrap_or_default()
    }
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).unwrap()
}

fn post(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path).header("content-type", "application/json");
    request.body(body.into()).unwrap()
}

/// Adds a header.
fn with(mut request: Request<Body>, name: &'static str, value: &str) -> Request<Body> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

/// `role` is the token of a principal with that role, see [`shop::Tokens`].
fn as_role(request: Request<Body>, role: &str) -> Request<Body> {
    with(request, "authorization", &format!("Bearer {role}"))
}
