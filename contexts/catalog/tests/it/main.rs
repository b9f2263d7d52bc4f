//! The catalogue through the front door, on both engines.

#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod audits;
mod categories;
mod graphql;
mod history;
mod kept;
mod levels;
mod lists;
mod prices;
mod products;
mod search;
mod sheets;
mod witness;

use platform::http::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, TestApp};

/// The context under test, and somebody who writes down what it publishes.
fn app(host: &Host) -> Vec<Module> {
    vec![catalog::module(host, levels::slot()), witness::module()]
}

/// Makes a category; answers its id.
async fn category(app: &TestApp, name: &str) -> String {
    let body = json!({ "name": name });
    let answer = app
        .post("/v1/categories")
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await;
    answer.expect(201).field("id")
}

/// A product's body with the fields of `more` set over the usual ones.
fn fields(category: &str, sku: &str, more: Value) -> Value {
    let mut body = json!({ "sku": sku, "name": sku, "category_id": category, "price": "19.99" });
    for (field, value) in more.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// Makes a product as a manager.
async fn product(app: &TestApp, category: &str, sku: &str, more: Value) -> Answer {
    post(app, "/v1/products", fields(category, sku, more))
        .await
        .expect(201)
}

async fn post(app: &TestApp, path: &str, body: Value) -> Answer {
    app.post(path)
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await
}

async fn patch(app: &TestApp, path: &str, body: Value) -> Answer {
    app.patch(path)
        .as_role(Role::Manager)
        .json(body)
        .send()
        .await
}

/// Reads a path as nobody in particular.
async fn get(app: &TestApp, path: &str) -> Answer {
    app.get(path).send().await
}

/// Reads a path as a clerk.
async fn staff(app: &TestApp, path: &str) -> Answer {
    app.get(path).as_role(Role::Clerk).send().await
}

/// The values of one field of a list's items.
fn column(page: &Value, field: &str) -> Vec<String> {
    let items = page["items"].as_array().unwrap();
    items
        .iter()
        .map(|item| item[field].as_str().unwrap().to_owned())
        .collect()
}

/// Walks through all pages of a list; answers one field of all items.
async fn walk(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut next = path.to_owned();
    loop {
        let page = staff(app, &next).await.expect(200).json();
        found.extend(column(&page, field));
        match page["next_cursor"].as_str() {
            Some(cursor) => next = format!("{path}&cursor={cursor}"),
            None => return found,
        }
    }
}
