//! Whatever is sent, it is refused or taken; nothing breaks, and nothing refused is written.

use crate::{app, read};
use platform::auth::Role;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// How many requests of each kind are tried on each engine.
const TRIES: usize = 60;

/// Texts that people and machines send.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,120}",
        "[a-z]{1,8}@[a-z]{1,8}\\.[a-z]{2}",
        "[+(]?[0-9 ().-]{0,20}",
        any::<String>(),
    ]
}

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => any::<i64>().prop_map(Value::from),
        1 => Just(json!([])),
        1 => Just(json!({"a": 1})),
    ]
}

fn object() -> impl Strategy<Value = Value> {
    let field = prop_oneof![
        Just("name"),
        Just("email"),
        Just("phone"),
        Just("address"),
        Just("position"),
        Just("store_id"),
        Just("user_id"),
        Just("archived"),
        Just("version"),
    ];
    prop::collection::btree_map(field, value(), 0..5)
        .prop_map(|fields| fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())
}

fn samples<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    let mut sample = || strategy.new_tree(&mut runner).expect("a sample").current();
    (0..count).map(|_| sample()).collect()
}

fn percent_encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

on_both! {
    async fn no_query_breaks_a_list(app: TestApp) {
        for text in samples(&text(), TRIES) {
            let text = percent_encoded(&text);
            for list in ["clients", "employees"] {
                for name in ["q", "cursor", "email", "limit", "sort", "store_id", "user_id"] {
                    let path = format!("/v1/{list}?{name}={text}");
                    let answer = app.get(&path).as_role(Role::Clerk).send().await;
                    let fine = [200, 422].contains(&answer.status);
                    assert!(fine, "{path}: {} {}", answer.status, answer.text());
                }
            }
        }
    }

    async fn no_body_breaks_a_write(app: TestApp) {
        let made = json!({"name": "Anna", "email": "first@example.com"});
        let made = app.post("/v1/clients").as_role(Role::Admin).json(made).send().await.expect(201);
        let client = format!("/v1/clients/{}", made.field("id"));
        let mut written = 1;
        for body in samples(&object(), TRIES) {
            for path in ["/v1/clients", "/v1/employees"] {
                let answer = app.post(path).as_role(Role::Admin).json(body.clone()).send().await;
                let fine = [201, 409, 422].contains(&answer.status);
                assert!(fine, "{path} {body}: {} {}", answer.status, answer.text());
                written += i64::from(path == "/v1/clients" && answer.status == 201);
            }
            let answer = app.patch(&client).as_role(Role::Admin).json(body.clone()).send().await;
            let fine = [200, 409, 422].contains(&answer.status);
            assert!(fine, "{client} {body}: {} {}", answer.status, answer.text());
        }
        assert_eq!(read(&app, "/v1/clients?count=true").await["total"], written);
    }

    async fn every_field_is_checked_and_named(app: TestApp) {
        let long = "x".repeat(101);
        for (body, field) in [
            (json!({"email": "a@example.com"}), "name"),
            (json!({"name": "Anna"}), "email"),
            (json!({"name": "", "email": "a@example.com"}), "name"),
            (json!({"name": long, "email": "a@example.com"}), "name"),
            (json!({"name": "Anna", "email": "anna"}), "email"),
            (json!({"name": "Anna", "email": "a@example.com", "phone": "no"}), "phone"),
            (json!({"name": "Anna", "email": "a@example.com", "address": "\u{7}"}), "address"),
            (json!({"name": "Anna", "email": "a@example.com", "archived": true}), "archived"),
            (json!({"name": "Anna", "email": "a@example.com", "id": "cli_1"}), "id"),
        ] {
            let post = app.post("/v1/clients").as_role(Role::Clerk).json(body.clone()).send().await;
            assert_eq!(post.status, 422, "{body}: {}", post.text());
            assert_eq!(post.json()["error"]["details"][0]["field"], field, "{body}");
        }
        let post = app.post("/v1/clients").as_role(Role::Clerk);
        post.body("text/plain", "name=Anna").send().await.expect(415);
        let post = app.post("/v1/clients").as_role(Role::Clerk);
        post.body("application/json", "{").send().await.expect(400);
        assert_eq!(read(&app, "/v1/clients").await["items"], json!([]));
    }
}
