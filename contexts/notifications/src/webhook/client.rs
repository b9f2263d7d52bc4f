//! Calls receivers: over HTTPS to public addresses, looked at when the connection is made and not
//! before, without redirects and without proxies, and reads little of what they answer.

use super::address::Reach;
use super::verdict::{Attempted, Outcome};
use kernel::Timestamp;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, redirect};
use std::error::Error;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

/// Bytes of an answer that are read and kept; a receiver has nothing more to tell us.
const ANSWER_BYTES: usize = 1024;

/// Calls receivers. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    /// Made for the first call: a shop without endpoints opens where no certificates are trusted.
    http: Arc<OnceLock<Option<reqwest::Client>>>,
    reach: Reach,
    patience: Duration,
}

/// A webhook, ready to be sent.
#[derive(Debug)]
pub struct Call<'a> {
    pub url: &'a str,
    pub id: String,
    pub at: Timestamp,
    pub signature: String,
    pub body: &'a str,
}

impl Client {
    pub fn new(reach: Reach, patience: Duration) -> Self {
        Self {
            http: Arc::default(),
            reach,
            patience,
        }
    }

    fn http(&self) -> Option<&reqwest::Client> {
        let made = || match self.make() {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!(%error, "no webhook is sent: are there CA certificates here?");
                None
            }
        };
        self.http.get_or_init(made).as_ref()
    }

    fn make(&self) -> Result<reqwest::Client, reqwest::Error> {
        reqwest::Client::builder()
            .dns_resolver(Arc::new(Resolver(self.reach)))
            .no_proxy()
            .redirect(redirect::Policy::none())
            .retry(reqwest::retry::never())
            .https_only(self.reach == Reach::Public)
            .connect_timeout(self.patience)
            .timeout(self.patience)
            .user_agent(concat!("comptoir/", env!("CARGO_PKG_VERSION")))
            .build()
    }

    /// Sends it once.
    pub async fn send(&self, call: &Call<'_>) -> Attempted {
        let began = Instant::now();
        let mut attempted = self.answered(call).await;
        attempted.took = began.elapsed();
        attempted
    }

    async fn answered(&self, call: &Call<'_>) -> Attempted {
        let none = |outcome| Attempted {
            at: call.at,
            outcome,
            status: None,
            took: Duration::ZERO,
            answer: None,
            retry_after: None,
        };
        // A number in a URL is connected to without being looked up.
        let Ok(url) = self.reach.check(call.url) else {
            return none(Outcome::PrivateAddress);
        };
        let Some(http) = self.http() else {
            return none(Outcome::NoConnection);
        };
        let response = match request(http.post(url), call).send().await {
            Ok(response) => response,
            Err(error) => return none(failure(&error)),
        };
        let status = response.status().as_u16();
        Attempted {
            outcome: Outcome::of_status(status),
            status: Some(status),
            retry_after: retry_after(response.headers()),
            answer: beginning(response).await,
            ..none(Outcome::Lost)
        }
    }
}

fn request(request: RequestBuilder, call: &Call<'_>) -> RequestBuilder {
    request
        .header(CONTENT_TYPE, "application/cloudevents+json; charset=utf-8")
        .header("webhook-id", &call.id)
        .header("webhook-timestamp", call.at.unix_seconds().to_string())
        .header("webhook-signature", &call.signature)
        .body(call.body.to_owned())
}

/// What no answer means. The library's own text holds the address, so it stays out.
fn failure(error: &reqwest::Error) -> Outcome {
    let mut causes = std::iter::successors(error.source(), |cause| (*cause).source());
    if causes.any(|cause| cause.is::<NotPublic>()) {
        Outcome::PrivateAddress
    } else if error.is_timeout() {
        Outcome::TimedOut
    } else if error.is_connect() {
        Outcome::NoConnection
    } else {
        Outcome::Lost
    }
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(seconds))
}

/// The beginning of the body as text that a database takes; the rest is not read.
async fn beginning(mut response: Response) -> Option<String> {
    let mut body = Vec::new();
    while body.len() < ANSWER_BYTES {
        match response.chunk().await {
            Ok(Some(part)) => body.extend_from_slice(&part),
            Ok(None) | Err(_) => break,
        }
    }
    body.truncate(ANSWER_BYTES);
    let text = String::from_utf8_lossy(&body).replace('\0', "");
    Some(text).filter(|text| !text.is_empty())
}

/// Looks names up, and leaves out addresses that may not be reached. The connection is made to
/// what is left, so a name cannot lead elsewhere between the look and the call.
struct Resolver(Reach);

/// All addresses of a name are behind walls.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to no public address")]
struct NotPublic;

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed = found.filter(|address| reach.allows(address.ip()));
            let allowed: Vec<SocketAddr> = allowed.collect();
            if allowed.is_empty() {
                return Err(NotPublic.into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn outcome(reach: Reach, url: &str) -> Outcome {
        let client = Client::new(reach, Duration::from_secs(2));
        let call = Call {
            url,
            id: "evt_x".to_owned(),
            at: Timestamp::from_unix_micros(0),
            signature: String::new(),
            body: "{}",
        };
        client.send(&call).await.outcome
    }

    /// What listens here must not be reached; that it could be is shown by the second test.
    fn listening() -> (std::net::TcpListener, u16) {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        listener.set_nonblocking(true).unwrap();
        (listener, port)
    }

    #[tokio::test]
    async fn a_name_that_leads_behind_the_walls_is_not_connected_to() {
        let (listener, port) = listening();
        let resolver = Resolver(Reach::Public);
        let Err(refused) = resolver.resolve("localhost".parse().unwrap()).await else {
            panic!("localhost is not public");
        };
        assert!(refused.is::<NotPublic>());
        for host in ["localhost", "127.0.0.1", "[::ffff:127.0.0.1]", "2130706433"] {
            let url = format!("https://{host}:{port}/");
            assert_eq!(
                outcome(Reach::Public, &url).await,
                Outcome::PrivateAddress,
                "{url}"
            );
        }
        assert!(listener.accept().is_err(), "nobody came");
    }

    #[tokio::test]
    async fn the_refusal_of_the_resolver_is_told_apart() {
        // Past the look at the URL's text: as a name of somebody else's that leads here.
        let client = Client::new(Reach::Public, Duration::from_secs(2));
        let http = client.http().unwrap();
        let error = http.post("https://localhost/").send().await.unwrap_err();
        assert_eq!(failure(&error), Outcome::PrivateAddress);
    }

    #[tokio::test]
    async fn development_connects_to_this_machine() {
        let (listener, port) = listening();
        let url = format!("http://localhost:{port}/");
        assert_eq!(
            outcome(Reach::PublicAndLoopback, &url).await,
            Outcome::TimedOut
        );
        assert!(listener.accept().is_ok(), "somebody came");
        drop(listener);
        assert_eq!(
            outcome(Reach::PublicAndLoopback, &url).await,
            Outcome::NoConnection
        );
    }
}
