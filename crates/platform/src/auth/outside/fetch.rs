//! Asks an outside issuer for its keys: over HTTPS, without following redirects, for two seconds
//! and so many bytes at most.

use crate::config::OidcIssuer;
use reqwest::{Client, redirect};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::sync::OnceLock;
use std::time::Duration;

/// For discovery and keys together: somebody waits.
const PATIENCE: Duration = Duration::from_secs(2);
/// Key sets have a few kilobytes.
const LONGEST: usize = 256 * 1024;

pub struct Fetcher {
    issuer: String,
    jwks_url: Option<String>,
    client: OnceLock<Client>,
}

#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    #[error("no HTTPS client can be made (are there CA certificates on this machine?): {0}")]
    Client(reqwest::Error),
    #[error("{0} does not answer: {1}")]
    Unreachable(String, reqwest::Error),
    #[error("no answer within two seconds")]
    TooSlow,
    #[error("{0} answers {1}")]
    Status(String, u16),
    #[error("{0} answers with more than 256 KiB")]
    TooLong(String),
    #[error("{0} does not answer what it should: {1}")]
    NotUnderstood(String, serde_json::Error),
    #[error("the discovery document is that of {0:?}")]
    AnotherIssuer(String),
    #[error("the keys are not offered over HTTPS: {0}")]
    NotSecure(String),
}

/// What is asked of OpenID Connect Discovery 1.0.
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

#[derive(Deserialize)]
struct KeySet {
    keys: Vec<Value>,
}

impl Fetcher {
    pub fn new(issuer: &OidcIssuer) -> Self {
        Self {
            issuer: issuer.issuer.clone(),
            jwks_url: issuer.jwks_url.clone(),
            client: OnceLock::new(),
        }
    }

    /// The keys as published, unread.
    pub async fn fetch(&self) -> Result<Vec<Value>, FetchError> {
        let asked = tokio::time::timeout(PATIENCE, self.ask());
        asked.await.map_err(|_| FetchError::TooSlow)?
    }

    async fn ask(&self) -> Result<Vec<Value>, FetchError> {
        let client = self.client()?;
        let url = match &self.jwks_url {
            Some(url) => url.clone(),
            None => self.discover(client).await?,
        };
        get::<KeySet>(client, &url).await.map(|set| set.keys)
    }

    async fn discover(&self, client: &Client) -> Result<String, FetchError> {
        let base = self.issuer.trim_end_matches('/');
        let url = format!("{base}/.well-known/openid-configuration");
        let found: Discovery = get(client, &url).await?;
        if found.issuer != self.issuer {
            return Err(FetchError::AnotherIssuer(found.issuer));
        }
        // As secure as what was configured: the settings allow plain HTTP in development only.
        let plain = self.issuer.starts_with("http://") && found.jwks_uri.starts_with("http://");
        if found.jwks_uri.starts_with("https://") || plain {
            return Ok(found.jwks_uri);
        }
        Err(FetchError::NotSecure(found.jwks_uri))
    }

    /// Made at first use: reading the machine's certificates takes a while.
    fn client(&self) -> Result<&Client, FetchError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let client = Client::builder()
            .timeout(PATIENCE)
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .user_agent(concat!("comptoir/", env!("CARGO_PKG_VERSION")))
            .build()
            .map_err(FetchError::Client)?;
        Ok(self.client.get_or_init(|| client))
    }
}

async fn get<T: DeserializeOwned>(client: &Client, url: &str) -> Result<T, FetchError> {
    let named = || url.to_owned();
    let unreachable = |error: reqwest::Error| FetchError::Unreachable(named(), error.without_url());
    let mut response = client.get(url).send().await.map_err(unreachable)?;
    let status = response.status();
    if !status.is_success() {
        return Err(FetchError::Status(named(), status.as_u16()));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
        if body.len() + chunk.len() > LONGEST {
            return Err(FetchError::TooLong(named()));
        }
        body.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&body).map_err(|error| FetchError::NotUnderstood(named(), error))
}
