//! People through the front door, on both engines.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod audits;
mod bad_input;
mod client_access;
mod client_changes;
mod client_lists;
mod documents;
mod employees;
mod erasure;
mod import;
mod logins;
mod registration;
mod witness;

use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, TestApp};
use uuid::Uuid;

/// The context under test, and somebody who writes down what it publishes.
fn app(host: &Host) -> Vec<Module> {
    vec![people::module(host, None), witness::module()]
}

/// Enters a client as a clerk.
async fn enter(app: &TestApp, name: &str, email: &str) -> Answer {
    let body = json!({"name": name, "email": email});
    app.post("/v1/clients")
        .as_role(Role::Clerk)
        .json(body)
        .send()
        .await
        .expect(201)
}

/// Reads a path as a clerk.
async fn read(app: &TestApp, path: &str) -> Value {
    app.get(path)
        .as_role(Role::Clerk)
        .send()
        .await
        .expect(200)
        .json()
}

/// The UUID of an id.
fn uuid_of(id: &str) -> Uuid {
    id.parse::<kernel::ClientId>()
        .expect("the id of a client")
        .uuid()
}
