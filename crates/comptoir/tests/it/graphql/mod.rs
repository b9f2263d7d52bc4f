//! GraphQL over the whole shop: what it shows to whom, what it refuses, and what it costs.

mod limits;
mod orders;
mod reading;
mod reports;
mod restock;
mod schema;

pub use crate::shop::app;

use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{Answer, Request, TestApp};

/// A query on its way.
pub fn query(app: &TestApp, text: &str) -> Request {
    app.post("/graphql").json(json!({"query": text}))
}

/// What a query is answered by, asked as this role.
pub async fn ask(app: &TestApp, role: Role, text: &str) -> Answer {
    query(app, text).as_role(role).send().await
}

/// What a query that meets no refusal tells.
pub async fn data(app: &TestApp, role: Role, text: &str) -> Value {
    let answer = ask(app, role, text).await.expect(200).json();
    assert_eq!(answer["errors"], Value::Null, "{text}: {answer:#}");
    answer["data"].clone()
}

/// The code of the first refusal.
pub fn code(answer: &Answer) -> String {
    let code = &answer.json()["errors"][0]["extensions"]["code"];
    code.as_str().unwrap_or_default().to_owned()
}
