//! The headers of answers, held against the OpenAPI document: what is sent is declared, and what is
//! declared is sent. Refusals of a server that is too busy are platform's to show.

pub use crate::shop::app;

use super::operations::{expected, is_public_object};
use super::world::{Customer, Object, World};
use axum::http::{HeaderMap, Method};
use platform::auth::{Principal, Role};
use platform::http::RouteInfo;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use testkit::{Request, TestApp, on_both};

/// The headers that a program which calls the shop has to know of.
const TOLD: [&str; 10] = [
    "cart-token",
    "etag",
    "idempotency-replayed",
    "location",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
    "retry-after",
    "www-authenticate",
    "x-request-id",
];
/// Those that every answer bears which declares them.
const ALWAYS: [&str; 4] = ["etag", "location", "www-authenticate", "x-request-id"];
/// A version that no resource of a test has.
const STALE: i64 = 4711;

type Names = BTreeSet<String>;

/// What answers were seen to bear, beside what the document says of them.
struct Book {
    document: Value,
    seen: BTreeMap<String, Names>,
    faults: BTreeSet<String>,
}

impl Book {
    async fn open(app: &TestApp) -> Self {
        let document = app.get("/openapi.json").send().await.expect(200).json();
        let (seen, faults) = Default::default();
        Self {
            document,
            seen,
            faults,
        }
    }

    fn operation(&self, route: &RouteInfo) -> &Value {
        &self.document["paths"][&route.path][route.method.as_str().to_lowercase()]
    }

    fn takes_if_match(&self, route: &RouteInfo) -> bool {
        let parameters = self.operation(route)["parameters"].as_array();
        let mut parameters = parameters.into_iter().flatten();
        parameters.any(|one| one["name"] == "If-Match")
    }

    /// The headers that an answer declares; nothing when the document does not know the answer.
    fn declared(&self, answer: &Value) -> Option<Names> {
        let answer = match answer["$ref"].as_str() {
            Some(target) => self.document.pointer(target.trim_start_matches('#'))?,
            None => answer,
        };
        answer.as_object()?;
        let headers = answer["headers"].as_object().into_iter().flatten();
        Some(headers.map(|(name, _)| name.to_lowercase()).collect())
    }

    fn enter(&mut self, route: &RouteInfo, status: u16, headers: &HeaderMap) {
        let what = format!("{} {} {status}", route.method, route.path);
        let answer = &self.operation(route)["responses"][status.to_string()];
        let Some(declared) = self.declared(answer) else {
            self.faults.insert(format!("{what} is not declared"));
            return;
        };
        let told = TOLD.iter().filter(|name| headers.contains_key(**name));
        let sent: Names = told.map(|name| (*name).to_owned()).collect();
        for name in sent.difference(&declared) {
            self.faults
                .insert(format!("{what} bears {name} undeclared"));
        }
        for name in declared.difference(&sent) {
            if ALWAYS.contains(&name.as_str()) {
                self.faults
                    .insert(format!("{what} declares {name} in vain"));
            }
        }
        self.seen.entry(what).or_default().extend(sent);
    }

    /// Sends a request as it is.
    async fn ask(&mut self, route: &RouteInfo, request: Request) -> (u16, HeaderMap) {
        let answer = request.stream().await;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        self.enter(route, status, &headers);
        (status, headers)
    }

    /// Sends a request in every way that headers have a say in: with a version that is not there,
    /// as it is, once more with the same key, and with the tag that was seen. Answers the status
    /// it had as it is.
    async fn exercise(&mut self, route: &RouteInfo, request: Request) -> u16 {
        let what = format!("{} {}", route.method, route.path);
        let stale = request.clone().if_match(STALE);
        let request = match self.takes_if_match(route) {
            true => {
                let (status, _) = self.ask(route, stale).await;
                if status != 412 {
                    let fault = format!("{what} takes If-Match and answers {status}");
                    self.faults.insert(fault);
                }
                request
            }
            // Where it is not declared, it changes nothing.
            false => stale,
        };
        let request = match route.method == Method::POST {
            true => request.key("the-same-twice"),
            false => request,
        };
        let (status, headers) = self.ask(route, request.clone()).await;
        if route.method == Method::POST {
            self.ask(route, request).await;
        } else if let (true, Some(tag)) = (route.method == Method::GET, headers.get("etag")) {
            let again = request.header("if-none-match", tag.to_str().unwrap());
            let (unchanged, _) = self.ask(route, again).await;
            if unchanged != 304 {
                let fault = format!("{what} answers {unchanged} to its own tag");
                self.faults.insert(fault);
            }
        }
        status
    }

    /// Fails with all that does not agree.
    fn close(mut self) {
        let mut vain = Vec::new();
        for (path, methods) in self.document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                for (status, answer) in operation["responses"].as_object().unwrap() {
                    let what = format!("{} {path} {status}", method.to_uppercase());
                    let declared = self.declared(answer).unwrap();
                    vain.extend(self.in_vain(&what, status, &declared));
                }
            }
        }
        self.faults.extend(vain);
        let faults: Vec<_> = self.faults.into_iter().collect();
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    /// What a success declares and was never seen to bear.
    fn in_vain(&self, what: &str, status: &str, declared: &Names) -> Vec<String> {
        let success = status.parse::<u16>().is_ok_and(|status| status < 400);
        let nothing = Names::new();
        let seen = match (success, self.seen.get(what)) {
            (true, Some(seen)) => seen,
            // Of these, only what a version or a place comes with has to be shown here.
            (true, None) if declared.contains("etag") || declared.contains("location") => &nothing,
            _ => return Vec::new(),
        };
        if ELSEWHERE.contains(&what) {
            return Vec::new();
        }
        let missing = declared.difference(seen);
        missing
            .map(|name| format!("{what} declares {name}, which was never seen"))
            .collect()
    }
}

/// What other tests show: an outcome that does not come in time, goods that come back, and PayFast,
/// which is not here.
const ELSEWHERE: [&str; 5] = [
    "POST /v1/orders 202",
    "POST /v1/cart/checkout 202",
    "POST /v1/orders/{id}/cancel 202",
    "POST /v1/orders/{id}/return 200",
    "GET /v1/payments/{id}/pay 303",
];

/// Somebody whom the route lets in: an administrator where that is possible.
async fn caller(world: &World, route: &RouteInfo, somebody: &Customer) -> Principal {
    let staff = [Role::Admin].into_iter().chain(Role::ALL);
    let mut staff = staff.filter(|role| *role != Role::Customer);
    match staff.find(|role| route.allow.admits(*role)) {
        Some(role) => world.caller(route, role).await,
        None => somebody.principal.clone(),
    }
}

fn route(app: &TestApp, method: &Method, path: &str) -> RouteInfo {
    let mut routes = app.routes().iter();
    let found = routes.find(|route| route.method == method && route.path == path);
    found
        .unwrap_or_else(|| panic!("no {method} {path}"))
        .clone()
}

/// What is open to everybody and needs a story: an account, a cart, a payment at the sandbox.
async fn tell(world: &World, book: &mut Book) {
    let (app, buyer) = (world.app(), world.customer().await);
    let register = route(app, &Method::POST, "/v1/auth/register");
    let person = world.new_user(world.next(), &[]);
    let person = json!({"name": person["name"], "email": person["email"],
        "password": person["password"]});
    let request = app.post("/v1/auth/register").json(person);
    assert_eq!(book.exercise(&register, request).await, 201);

    let put = json!({"product_id": world.product});
    let items = route(app, &Method::POST, "/v1/cart/items");
    let (_, headers) = book
        .ask(&items, app.post("/v1/cart/items").json(put.clone()))
        .await;
    let token = headers["cart-token"].to_str().unwrap().to_owned();
    let line = format!("/v1/cart/items/{}", world.product);
    let (later, back) = (
        format!("{line}/save-for-later"),
        format!("{line}/move-to-cart"),
    );
    let steps = [
        (Method::POST, "/v1/cart/items", "/v1/cart/items", Some(put)),
        (
            Method::PUT,
            "/v1/cart/items/{product_id}",
            &line,
            Some(json!({"quantity": 2})),
        ),
        (
            Method::POST,
            "/v1/cart/items/{product_id}/save-for-later",
            &later,
            None,
        ),
        (
            Method::POST,
            "/v1/cart/items/{product_id}/move-to-cart",
            &back,
            None,
        ),
        (Method::GET, "/v1/cart", "/v1/cart", None),
        (Method::POST, "/v1/cart/share", "/v1/cart/share", None),
    ];
    for (method, template, path, body) in steps {
        let mut request = app
            .request(method.clone(), path)
            .header("cart-token", &token);
        if let Some(body) = body {
            request = request.json(body);
        }
        let status = book.exercise(&route(app, &method, template), request).await;
        assert!(status < 300, "{method} {template}: {status}");
    }
    let checkout = route(app, &Method::POST, "/v1/cart/checkout");
    let request = app
        .post("/v1/cart/checkout")
        .header("cart-token", &token)
        .json(json!({}));
    let request = request.as_principal(&buyer.principal);
    assert_eq!(book.exercise(&checkout, request).await, 201);

    for end in ["approve", "decline"] {
        let decide = route(app, &Method::POST, &format!("/v1/sandbox/{{token}}/{end}"));
        let path = world.path(&decide, Object::Of(&buyer)).await;
        assert_eq!(book.exercise(&decide, app.post(&path)).await, 303);
    }
}

on_both! {
    async fn answers_bear_the_headers_that_the_document_declares(app: TestApp) {
        let world = World::new(&app).await;
        let mut book = Book::open(&app).await;
        for route in &app.routes().to_vec() {
            let absent = world.path(route, Object::Absent).await;
            book.ask(route, world.bare(route, &absent)).await;
            book.ask(route, world.bare(route, &absent).as_role(Role::Customer)).await;
            book.ask(route, world.bare(route, &absent).as_role(Role::Admin)).await;
            let somebody = world.customer_of(route).await;
            let path = match is_public_object(route) || !route.allow.is_public() {
                true => world.path(route, Object::Of(&somebody)).await,
                false => absent,
            };
            match (route.allow.is_public(), route.method == Method::GET) {
                (true, true) => {
                    book.exercise(route, app.get(&path)).await;
                }
                // Told below.
                (true, false) => {}
                (false, _) if route.path == "/v1/cart/checkout" => {}
                (false, _) => {
                    let caller = caller(&world, route, &somebody).await;
                    let request = world.request(route, &path, &somebody).await;
                    let status = book.exercise(route, request.as_principal(&caller)).await;
                    if status != expected(route) {
                        let fault = format!("{} {}: {status}", route.method, route.path);
                        book.faults.insert(fault);
                    }
                }
            }
        }
        tell(&world, &mut book).await;
        book.close();
    }
}
