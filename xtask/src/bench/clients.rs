//! What the connections of the load ask for: orders of three lines, and products.
//! Made beforehand as far as it goes; only the key of an order is made when it is sent.

use std::net::SocketAddr;
use std::sync::Arc;

use http_body_util::Full;
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST, HeaderName, HeaderValue};
use hyper::http::uri::PathAndQuery;
use hyper::{HeaderMap, Method, Request, Uri};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};

use super::load::Requests;
use super::seed::Seeded;
use crate::outcome::Outcome;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// Different orders made beforehand; more would only take memory.
const BODIES: usize = 20_000;

/// What buyers want.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Demand {
    /// Three products of all, one from each third: as the uniform script of the reference.
    Random,
    /// The same three products, everybody.
    Hot,
}

/// The headers every request of a load carries.
pub fn headers(address: SocketAddr, bearer: Option<&str>) -> Outcome<HeaderMap> {
    let mut headers = HeaderMap::new();
    headers.insert(HOST, HeaderValue::try_from(address.to_string())?);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    if let Some(bearer) = bearer {
        headers.insert(
            AUTHORIZATION,
            HeaderValue::try_from(format!("Bearer {bearer}"))?,
        );
    }
    Ok(headers)
}

/// Orders of three lines in the one store: quantities 1 to 3, 1 and 1, as the reference does.
pub fn order_bodies(seeded: &Seeded, demand: Demand) -> Arc<[Bytes]> {
    bodies(seeded, demand, None)
}

/// The same for random products, paid by `method`.
pub fn paid_bodies(seeded: &Seeded, method: &str) -> Arc<[Bytes]> {
    bodies(seeded, Demand::Random, Some(json!({"method": method})))
}

fn bodies(seeded: &Seeded, demand: Demand, payment: Option<Value>) -> Arc<[Bytes]> {
    let mut dice = StdRng::seed_from_u64(7);
    let products = &seeded.products;
    let third = products.len() / 3;
    let mut body = || {
        let mut pick = |nth: usize| match demand {
            Demand::Random => &products[nth * third + dice.random_range(0..third)],
            Demand::Hot => &products[nth],
        };
        let wanted = [pick(0), pick(1), pick(2)];
        let quantities = [dice.random_range(1..=3), 1, 1];
        let items: Vec<_> = wanted
            .iter()
            .zip(quantities)
            .map(|(product, quantity)| json!({"product_id": product, "quantity": quantity}))
            .collect();
        let client = &seeded.clients[dice.random_range(0..seeded.clients.len())];
        let mut order = json!({"client_id": client, "store_id": seeded.store, "items": items});
        if let Some(payment) = &payment {
            order["payment"] = payment.clone();
        }
        Bytes::from(order.to_string())
    };
    (0..BODIES).map(|_| body()).collect()
}

/// One connection that places orders, each with a key of its own.
pub struct Orders {
    pub headers: HeaderMap,
    pub bodies: Arc<[Bytes]>,
    /// Differs between connections and measurements.
    pub prefix: String,
    pub sent: usize,
    pub start: usize,
}

impl Requests for Orders {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let body = self.bodies[(self.start + self.sent) % self.bodies.len()].clone();
        self.sent += 1;
        let key = format!("{}-{}", self.prefix, self.sent);
        Some(post("/v1/orders", &self.headers, &key, body))
    }
}

/// One connection that places the orders of a list, each once.
pub struct Once {
    pub headers: HeaderMap,
    pub bodies: std::vec::IntoIter<(String, Bytes)>,
}

impl Requests for Once {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        let (key, body) = self.bodies.next()?;
        Some(post("/v1/orders", &self.headers, &key, body))
    }
}

fn post(path: &'static str, headers: &HeaderMap, key: &str, body: Bytes) -> Request<Full<Bytes>> {
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = Method::POST;
    *request.uri_mut() = Uri::from(PathAndQuery::from_static(path));
    let mut headers = headers.clone();
    if let Ok(key) = HeaderValue::try_from(key) {
        headers.insert(IDEMPOTENCY_KEY, key);
    }
    *request.headers_mut() = headers;
    request
}

/// One connection that reads pages, one after the other, from a place of its own.
pub struct Reads {
    pub headers: HeaderMap,
    pub paths: Arc<[Uri]>,
    pub at: usize,
}

impl Requests for Reads {
    fn next(&mut self) -> Option<Request<Full<Bytes>>> {
        // A stride without a factor in common visits all of them, far from each other.
        self.at = (self.at + 7919) % self.paths.len();
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = self.paths[self.at].clone();
        *request.headers_mut() = self.headers.clone();
        Some(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seeded() -> Seeded {
        Seeded {
            store: "store_1".to_owned(),
            products: (0..30).map(|nth| format!("prod_{nth}")).collect(),
            clients: vec!["cli_1".to_owned()],
        }
    }

    fn products(body: &Bytes) -> Vec<String> {
        let order: serde_json::Value = serde_json::from_slice(body).unwrap();
        let items = order["items"].as_array().unwrap().iter();
        items
            .map(|item| item["product_id"].as_str().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn an_order_wants_three_different_products() {
        for body in order_bodies(&seeded(), Demand::Random).iter() {
            let mut wanted = products(body);
            wanted.sort();
            wanted.dedup();
            assert_eq!(wanted.len(), 3);
        }
    }

    #[test]
    fn when_demand_is_hot_everybody_wants_the_same() {
        for body in order_bodies(&seeded(), Demand::Hot).iter() {
            assert_eq!(products(body), ["prod_0", "prod_1", "prod_2"]);
        }
    }

    #[test]
    fn every_order_has_a_key_of_its_own() {
        let (headers, bodies) = (HeaderMap::new(), order_bodies(&seeded(), Demand::Hot));
        let mut orders = Orders {
            headers,
            bodies,
            prefix: "a".to_owned(),
            sent: 0,
            start: 5,
        };
        let mut key = || orders.next().unwrap().headers()[IDEMPOTENCY_KEY].clone();
        assert_ne!(key(), key());
    }
}
