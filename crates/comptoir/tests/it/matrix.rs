//! The authorisation matrix, made from the route table: every operation, as nobody and as every
//! role, on objects that are the caller's, somebody else's, or not there. A route the matrix does
//! not know how to call fails it, so that a new route is decided about and not forgotten.

mod headers;
mod operations;
mod sights;
mod world;

pub use crate::shop::app;

use self::operations::{Bound, bound, expected, is_public_object};
use self::sights::{Sight, sight, sold};
use self::world::{Customer, Object, World};
use platform::auth::{Principal, Role};
use platform::http::RouteInfo;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use testkit::{Answer, Request, TestApp, on_both};

/// What is said about a call, so that a failure names its cell of the matrix.
fn cell(route: &RouteInfo, who: &str, what: &str) -> String {
    format!("{} {} as {who}, {what}", route.method, route.path)
}

/// Only the status of a stream can be waited for.
async fn status(route: &RouteInfo, request: Request) -> (u16, String) {
    if route.path.ends_with("/stream") {
        return (request.stream().await.status().as_u16(), String::new());
    }
    let answer = request.send().await;
    (answer.status, answer.text())
}

/// An answer without what differs between any two requests.
fn told(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body["error"]["request_id"] = Value::Null;
    (answer.status, body)
}

on_both! {
    /// Nobody comes in but where everybody may, and nobody with a role the route does not name.
    async fn every_route_admits_whom_it_declares_and_nobody_else(app: TestApp) {
        let world = World::new(&app).await;
        let routes = app.routes().to_vec();
        assert!(routes.len() > 60, "the table holds every route, not {}", routes.len());
        for route in &routes {
            let path = world.path(route, Object::Absent).await;
            let request = || world.bare(route, &path);
            let (status_of_nobody, text) = status(route, request()).await;
            match route.allow.is_public() {
                true => assert!(![401, 403].contains(&status_of_nobody), "{} {text}", route.path),
                false => assert_eq!(status_of_nobody, 401, "{}", cell(route, "nobody", &text)),
            }
            if !route.allow.is_public() {
                let (of_a_forger, text) = status(route, request().bearer("eyJ.eyJ.x")).await;
                assert_eq!(of_a_forger, 401, "{}", cell(route, "a forger", &text));
            }
            for role in Role::ALL {
                let (status, text) = status(route, request().as_role(role)).await;
                let cell = cell(route, role.as_str(), &format!("absent: {status} {text}"));
                match route.allow.admits(role) {
                    true => assert!(![401, 403].contains(&status) && status < 500, "{cell}"),
                    false => assert_eq!(status, 403, "{cell}"),
                }
            }
        }
    }

    async fn no_operation_documents_a_parameter_twice(app: TestApp) {
        let document = app.get("/openapi.json").send().await.expect(200).json();
        let paths = document["paths"].as_object().unwrap();
        assert!(paths.len() > 60, "all of it is there: {}", paths.len());
        for (path, methods) in paths {
            for (method, operation) in methods.as_object().unwrap() {
                let mut seen = BTreeSet::new();
                for one in operation["parameters"].as_array().into_iter().flatten() {
                    let named = (one["in"].as_str(), one["name"].as_str());
                    assert!(seen.insert(named), "{method} {path} has {named:?} twice");
                }
            }
        }
    }

    /// The other half: who is admitted really gets through to what is there.
    async fn whoever_is_admitted_can_do_what_the_route_is_for(app: TestApp) {
        let world = World::new(&app).await;
        for route in &app.routes().to_vec() {
            let admitted = |role: &Role| {
                let only_own = route.allow.covers_own() && *role == Role::Customer;
                route.allow.admits(*role) && !only_own && !route.allow.is_public()
            };
            for role in Role::ALL.into_iter().filter(admitted) {
                let caller = world.caller(route, role).await;
                let somebody = world.customer_of(route).await;
                let path = world.path(route, Object::Of(&somebody)).await;
                let request = world.request(route, &path, &somebody).await;
                let (status, text) = status(route, request.as_principal(&caller)).await;
                let cell = cell(route, role.as_str(), &format!("existing: {status} {text}"));
                assert_eq!(status, expected(route), "{cell}");
            }
        }
    }

    async fn what_is_public_is_there_for_everybody(app: TestApp) {
        let world = World::new(&app).await;
        let somebody = world.customer().await;
        for route in app.routes().iter().filter(|route| route.allow.is_public()) {
            if !is_public_object(route) {
                continue;
            }
            let there = world.path(route, Object::Of(&somebody)).await;
            let absent = world.path(route, Object::Absent).await;
            app.get(&there).send().await.expect(200);
            app.get(&absent).send().await.expect(404);
            for role in Role::ALL {
                app.get(&there).as_role(role).send().await.expect(200);
                app.get(&absent).as_role(role).send().await.expect(404);
            }
        }
    }

    /// Another's object and one that is not there are the same to a customer, and nothing happens
    /// to the other's.
    async fn customers_reach_what_is_theirs_and_learn_nothing_of_the_rest(app: TestApp) {
        let world = World::new(&app).await;
        let theirs = app.routes().iter().filter(|route| route.allow.covers_own());
        for route in theirs.filter(|route| route.path.contains('{')) {
            let (ann, bob) = (world.customer_of(route).await, world.customer_of(route).await);
            let own = world.path(route, Object::Of(&ann)).await;
            let others = world.path(route, Object::Of(&bob)).await;
            let absent = world.path(route, Object::Absent).await;

            let before = world.state(&others).await;
            let refused = world.request(route, &others, &ann).await.as_principal(&ann.principal);
            let refused = refused.send().await;
            let missing = world.request(route, &absent, &ann).await.as_principal(&ann.principal);
            let missing = missing.send().await;
            let cell_of_other = cell(route, "customer", "another's");
            assert_eq!(refused.status, 404, "{cell_of_other}: {}", refused.text());
            assert_eq!(told(&refused), told(&missing), "{cell_of_other}");
            assert_eq!(world.state(&others).await, before, "{cell_of_other}");

            let request = world.request(route, &own, &ann).await.as_principal(&ann.principal);
            let (status, text) = status(route, request).await;
            let cell = cell(route, "customer", &format!("their own: {status} {text}"));
            assert_eq!(status, expected(route), "{cell}");
        }
    }

    /// Routes for customers that name no object in their path: what they may say instead.
    async fn customers_list_and_order_for_themselves_only(app: TestApp) {
        let world = World::new(&app).await;
        let without_object = |route: &&RouteInfo| {
            route.allow.covers_own() && !route.path.contains('{')
        };
        let routes: BTreeSet<String> = app.routes().iter().filter(without_object)
            .map(|route| format!("{} {}", route.method, route.path)).collect();
        let known = ["GET /v1/orders", "POST /v1/orders", "POST /v1/cart/checkout"];
        let known = known.map(str::to_owned);
        let unknown: Vec<_> = routes.iter().filter(|route| !known.contains(route)).collect();
        assert!(unknown.is_empty(), "say here what is a customer's own in {unknown:?}");

        let (ann, bob) = (world.customer().await, world.customer().await);
        let (own, others) = (world.order(&ann, None).await, world.order(&bob, None).await);
        let list = app.get("/v1/orders?limit=100&count=true").as_principal(&ann.principal);
        let list = list.send().await.expect(200).json();
        let ids: Vec<_> = list["items"].as_array().unwrap().iter().map(|o| &o["id"]).collect();
        assert_eq!((ids, &list["total"]), (vec![&json!(own)], &json!(1)));
        let number = app.get(&format!("/v1/orders/{others}")).as_role(Role::Clerk).send().await;
        let number = number.field("number");
        for filter in [format!("client_id={}", bob.client), format!("number={number}")] {
            let answer = app.get(&format!("/v1/orders?{filter}")).as_principal(&ann.principal);
            let answer = answer.send().await;
            let nothing = answer.status == 200 && answer.json()["items"] == json!([]);
            assert!(nothing || answer.status == 403, "{filter}: {}", answer.text());
        }

        let mut order = world.new_order(&bob);
        let refused = app.post("/v1/orders").as_principal(&ann.principal).json(order.clone());
        refused.send().await.expect(403);
        order["client_id"] = json!(ann.client);
        order["employee_id"] = json!(world.employee(None).await);
        let refused = app.post("/v1/orders").as_principal(&ann.principal).json(order.clone());
        refused.send().await.expect(403);
        order.as_object_mut().unwrap().remove("employee_id");
        let placed = app.post("/v1/orders").as_principal(&ann.principal).json(order);
        assert_eq!(placed.send().await.expect(201).json()["client_id"], json!(ann.client));
        let buy = |body: Value| {
            app.post("/v1/cart/checkout").as_principal(&ann.principal).json(body).send()
        };
        let put = json!({"product_id": world.product});
        app.post("/v1/cart/items").as_principal(&bob.principal).json(put.clone()).send().await
            .expect(200);
        assert_eq!(buy(json!({})).await.expect(409).code(), "CART_EMPTY", "bob's is not ann's");
        app.post("/v1/cart/items").as_principal(&ann.principal).json(put).send().await.expect(200);
        buy(json!({"client_id": bob.client})).await.expect(422);
        assert_eq!(buy(json!({})).await.expect(201).json()["client_id"], json!(ann.client));

        let bobs = app.get("/v1/orders").as_principal(&bob.principal).send().await.json();
        assert_eq!(bobs["items"].as_array().map(Vec::len), Some(1), "nothing was made for bob");
    }

    /// Clerks and managers who are limited to stores act in those; of each changing route it is
    /// written down whether stores bound it.
    async fn staff_of_one_store_act_in_no_other(app: TestApp) {
        let world = World::new(&app).await;
        let other = world.store().await;
        for role in [Role::Clerk, Role::Manager] {
            let changing = |route: &&RouteInfo| {
                !route.allow.is_public() && !route.method.is_safe() && route.allow.admits(role)
            };
            let routes: Vec<_> = app.routes().iter().filter(changing).cloned().collect();
            for route in routes {
                let refusal = match bound(&route) {
                    Bound::ToNoStore => continue,
                    Bound::Forbids => 403,
                    Bound::Hides => 404,
                };
                let (mine, somebody) = (world.store().await, world.customer().await);
                let caller = world.staff_of(role, &mine);
                let (answer, said) = in_store(&world, &route, &other, &caller, &somebody).await;
                let cell_of_other = cell(&route, role.as_str(), "in another store");
                assert_eq!(answer, refusal, "{cell_of_other}: {said}");
                if route.path == "/v1/stores" {
                    continue;
                }
                let (answer, said) = in_store(&world, &route, &mine, &caller, &somebody).await;
                let cell = cell(&route, role.as_str(), "in their own store");
                assert_eq!(answer, expected(&route), "{cell}: {said}");
            }
        }
    }

    /// They see no sale of another store, nor anything that came of one; of each route that shows
    /// something it is written down whether stores bound it. Administrators are never limited.
    async fn staff_of_one_store_see_no_sale_of_another(app: TestApp) {
        let world = World::new(&app).await;
        let (mine, other) = (world.store().await, world.store().await);
        let names = |text: &str, all: &[String]| all.iter().any(|name| text.contains(name));
        for role in [Role::Clerk, Role::Manager, Role::Admin] {
            let (caller, buyer) = (world.staff_of(role, &mine), world.customer().await);
            let shown = sold(&world, &buyer, &mine).await;
            let elsewhere = sold(&world, &buyer, &other).await;
            let showing = |route: &&RouteInfo| {
                !route.allow.is_public() && route.method.is_safe() && route.allow.admits(role)
            };
            for route in app.routes().iter().filter(showing) {
                let cell = cell(route, role.as_str(), "limited to a store");
                let hides = role != Role::Admin;
                match sight(route) {
                    Sight::Own => {}
                    Sight::Narrowed => {
                        let list = app.get(&format!("{}?limit=100", route.path));
                        let list = list.as_principal(&caller).send().await.expect(200).text();
                        assert!(names(&list, &shown), "{cell}, their own: {list}");
                        assert_eq!(names(&list, &elsewhere), !hides, "{cell}, another's: {list}");
                    }
                    known => {
                        let hidden = hides && known == Sight::Hidden;
                        let of_other = if hidden { 404 } else { 200 };
                        for (store, wanted) in [(&mine, 200), (&other, of_other)] {
                            let somebody = world.customer_of(route).await;
                            let of = in_store(&world, route, store, &caller, &somebody).await;
                            assert_eq!(of.0, wanted, "{cell}: {}", of.1);
                        }
                    }
                }
            }
        }
    }
}

async fn in_store(
    world: &World,
    route: &RouteInfo,
    store: &str,
    caller: &Principal,
    somebody: &Customer,
) -> (u16, String) {
    let path = world.path(route, Object::In(store, somebody)).await;
    let request = world.request_in(route, &path, somebody, store).await;
    status(route, request.as_principal(caller)).await
}
