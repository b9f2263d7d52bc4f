//! Asking the shop something in a test, as somebody, and reading the answer.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, header};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use kernel::{Id, UserId};
use platform::Host;
use platform::auth::{Principal, Role, Roles};
use platform::http::Site;
use serde_json::Value;
use tower::ServiceExt as _;
use uuid::Uuid;

/// A request on its way; [`Request::send`] sends it.
#[derive(Clone)]
#[must_use = "a request does nothing until it is sent"]
pub struct Request {
    site: Site,
    host: Host,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl Request {
    pub(crate) fn new(site: Site, host: Host, method: Method, path: &str) -> Self {
        let (headers, body) = Default::default();
        Self {
            site,
            host,
            method,
            path: path.to_owned(),
            headers,
            body,
        }
    }

    /// As a user with this role and no other; the same user every time.
    pub fn as_role(self, role: Role) -> Self {
        self.signed(user_with(role), Roles::of(&[role]))
    }

    /// As the customer whose client has this uuid.
    pub fn as_customer(self, client: Uuid) -> Self {
        self.signed(client, Roles::of(&[Role::Customer]))
    }

    /// As a user with exactly these roles and stores.
    pub fn as_principal(self, principal: &Principal) -> Self {
        let Principal {
            subject,
            roles,
            client,
            ..
        } = *principal;
        let user: UserId = Id::from_uuid(subject);
        let stores = principal.stores.clone();
        let token = self.host.tokens.issue(user, client, roles, stores);
        let token = token.expect("the test app has a key to sign with");
        self.bearer(&token)
    }

    /// With any bearer: an API key, or a token made by hand.
    pub fn bearer(self, token: &str) -> Self {
        self.header(header::AUTHORIZATION.as_str(), &format!("Bearer {token}"))
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// Any body under any content type.
    pub fn body(mut self, content_type: &str, body: impl Into<Bytes>) -> Self {
        self.body = body.into();
        self.header(header::CONTENT_TYPE.as_str(), content_type)
    }

    /// With an `Idempotency-Key`.
    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// Only if the resource still has this version.
    pub fn if_match(self, version: i64) -> Self {
        self.header(header::IF_MATCH.as_str(), &format!("\"{version}\""))
    }

    /// Sends it and reads the whole answer.
    pub async fn send(self) -> Answer {
        let what = format!("{} {}", self.method, self.path);
        let (parts, body) = self.stream().await.into_parts();
        let body = body
            .collect()
            .await
            .expect("the answer's body can be read")
            .to_bytes();
        Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
            what,
        }
    }

    /// Sends it and hands out the answer with its body unread, for endless ones.
    pub async fn stream(self) -> axum::response::Response {
        let mut request = axum::http::Request::builder()
            .method(self.method)
            .uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request
            .body(Body::from(self.body))
            .expect("the request is well formed");
        let peer = SocketAddr::from(([127, 0, 0, 1], 9));
        request.extensions_mut().insert(ConnectInfo(peer));
        self.site
            .oneshot(request)
            .await
            .expect("the site is infallible")
    }

    fn signed(self, user: Uuid, roles: Roles) -> Self {
        let user: UserId = Id::from_uuid(user);
        let token = self.host.tokens.issue(user, None, roles, None);
        let token = token.expect("the test app has a key to sign with");
        self.bearer(&token)
    }
}

/// The one user that stands for a role.
pub(crate) fn user_with(role: Role) -> Uuid {
    let number = Role::ALL
        .iter()
        .position(|other| *other == role)
        .unwrap_or_default();
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0100 + number as u128)
}

/// An answer, whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    what: String,
}

impl Answer {
    /// The answer itself if it has this status; else the test fails with the body in its message.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.what, self.text());
        self
    }

    /// The body as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let read = serde_json::from_slice(&self.body);
        read.unwrap_or_else(|error| panic!("{} is no JSON ({error}): {}", self.what, self.text()))
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The text of a top-level field, such as `id`.
    #[track_caller]
    pub fn field(&self, name: &str) -> String {
        let json = self.json();
        let text = json[name].as_str();
        text.unwrap_or_else(|| panic!("{} has no text `{name}`: {json}", self.what))
            .to_owned()
    }

    /// The code of an error.
    #[track_caller]
    pub fn code(&self) -> String {
        let json = self.json();
        let code = json["error"]["code"].as_str();
        code.unwrap_or_else(|| panic!("{} is no error: {json}", self.what))
            .to_owned()
    }
}
