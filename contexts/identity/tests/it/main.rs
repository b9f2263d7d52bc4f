//! Identity over HTTP, on both engines, with its own authentication of tokens and keys.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failed expectation is a failed test"
)]

mod api_keys;
mod audits;
mod erasure;
mod first_start;
mod letters;
mod linked;
mod outside;
mod sessions;
mod signing_keys;
mod throttling;
mod usage_plans;
mod users;

use platform::{Host, Module};
use serde_json::{Value, json};
use testkit::{Answer, Setup, TestApp};

const PASSWORD: &str = "correct horse battery staple";

/// `::sqlite` and `::postgres` from one body, with the authentication that ships, and behind a
/// proxy of our own, so that requests can come from different addresses.
macro_rules! on_both {
    ($($(#[$about:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => {$(
        $(#[$about])*
        mod $name {
            use super::*;

            async fn body($app: testkit::TestApp) $body

            #[test]
            fn sqlite() {
                testkit::run(crate::setup(testkit::Engine::Sqlite), body);
            }

            #[test]
            fn postgres() {
                testkit::run(crate::setup(testkit::Engine::Postgres), body);
            }
        }
    )+};
}
pub(crate) use on_both;

fn setup(engine: testkit::Engine) -> Setup {
    fn app(host: &Host) -> Vec<Module> {
        vec![identity::module(host)]
    }
    let setup = Setup::new(engine, app).authenticate(identity::authenticator);
    setup.settings(|settings| settings.trusted_proxies = 1)
}

fn anna() -> Value {
    json!({"name": "Anna", "email": "anna@example.com", "password": PASSWORD})
}

/// Registers Anna; her user.
async fn register_anna(app: &TestApp) -> Value {
    app.post("/v1/auth/register")
        .json(anna())
        .send()
        .await
        .expect(201)
        .json()
}

async fn log_in(app: &TestApp, email: &str, password: &str) -> Answer {
    log_in_from(app, email, password, "192.0.2.1").await
}

async fn anna_logs_in(app: &TestApp) -> Answer {
    log_in(app, "anna@example.com", PASSWORD).await.expect(200)
}

async fn log_in_from(app: &TestApp, email: &str, password: &str, address: &str) -> Answer {
    let login = json!({"email": email, "password": password});
    let request = app
        .post("/v1/auth/login")
        .header("x-forwarded-for", address);
    request.json(login).send().await
}

async fn refresh(app: &TestApp, token: &str) -> Answer {
    app.post("/v1/auth/refresh")
        .json(json!({"refresh_token": token}))
        .send()
        .await
}
