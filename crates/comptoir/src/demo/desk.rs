//! Asks the shop's own HTTP operations, in-process, as an administrator or a client of the moment.

use super::{DemoError, text};
use crate::wiring::Shop;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{Method, Request, header};
use kernel::{ClientId, UserId};
use platform::auth::{Role, Roles};
use platform::http::Site;
use serde_json::Value;
use std::net::SocketAddr;
use tower::ServiceExt as _;

/// No answer here is longer.
const ANSWER_MAX: usize = 4 * 1024 * 1024;

pub struct Desk {
    site: Site,
    bearer: String,
}

impl Desk {
    /// The token ends by itself after a few minutes; no user and no key stay behind.
    pub fn open(shop: &Shop, site: Site) -> Result<Self, DemoError> {
        Self::sit(shop, site, shop.host().source.id(), Role::Admin)
    }

    /// As this client, who has no user to sign in with.
    pub fn of_client(shop: &Shop, site: Site, client: &Value) -> Result<Self, DemoError> {
        let client: ClientId = text(Some(client))
            .parse()
            .map_err(|_| DemoError::Access(format!("{client} is no client")))?;
        Self::sit(shop, site, UserId::from_uuid(client.uuid()), Role::Customer)
    }

    fn sit(shop: &Shop, site: Site, user: UserId, role: Role) -> Result<Self, DemoError> {
        let token = shop
            .host()
            .tokens
            .issue(user, None, Roles::of(&[role]), None);
        let token = token.map_err(|error| DemoError::Access(error.to_string()))?;
        Ok(Self {
            site,
            bearer: format!("Bearer {token}"),
        })
    }

    pub async fn is_empty(&self, path: &str) -> Result<bool, DemoError> {
        let page = self.get(path).await?;
        Ok(page["items"].as_array().is_none_or(Vec::is_empty))
    }

    pub async fn get(&self, path: &str) -> Result<Value, DemoError> {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Result<Value, DemoError> {
        self.send(Method::POST, path, Body::from(body.to_string()))
            .await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Result<Value, DemoError> {
        self.send(Method::PATCH, path, Body::from(body.to_string()))
            .await
    }

    /// Makes a resource; answers its id.
    pub async fn make(&self, path: &str, body: Value) -> Result<Value, DemoError> {
        Ok(self.post(path, body).await?["id"].clone())
    }

    /// Asks for what must be refused with 409 and this code.
    pub async fn refused(&self, path: &str, body: Value, code: &str) -> Result<(), DemoError> {
        match self.post(path, body).await {
            Err(DemoError::Refused {
                status: 409,
                answer,
                ..
            }) if answer.contains(code) => Ok(()),
            Err(other) => Err(other),
            Ok(answer) => Err(DemoError::Late {
                what: format!("POST {path}"),
                wanted: "refused",
                seen: text(Some(&answer["status"])),
            }),
        }
    }

    async fn send(&self, method: Method, path: &str, body: Body) -> Result<Value, DemoError> {
        let what = format!("{method} {path}");
        let lost = |error: &dyn std::fmt::Display| DemoError::Refused {
            what: what.clone(),
            status: 0,
            answer: error.to_string(),
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, &self.bearer)
            .header(header::CONTENT_TYPE, "application/json")
            .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 0))))
            .body(body)
            .map_err(|error| lost(&error))?;
        let answer = self
            .site
            .clone()
            .oneshot(request)
            .await
            .map_err(|error| lost(&error))?;
        let status = answer.status();
        let bytes = to_bytes(answer.into_body(), ANSWER_MAX).await;
        let bytes = bytes.map_err(|error| lost(&error))?;
        if !status.is_success() {
            let (status, answer) = (
                status.as_u16(),
                String::from_utf8_lossy(&bytes).into_owned(),
            );
            return Err(DemoError::Refused {
                what,
                status,
                answer,
            });
        }
        serde_json::from_slice(&bytes).map_err(|error| lost(&error))
    }
}
