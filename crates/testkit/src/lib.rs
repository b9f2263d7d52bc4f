//! What tests stand on: a database of their own on either engine, and the shop in-process behind
//! its real HTTP stack, and providers of payments, of mail and of text messages and receivers of
//! webhooks that fail when they are told to. A dev-dependency only; nothing in here ships.
//!
//! A test is one body that runs on both engines:
//!
//! ```text
//! fn app(host: &Host) -> Vec<Module> { vec![inventory::module(host)] }
//!
//! on_both! {
//!     async fn a_store_is_found_by_its_code(app: TestApp) {
//!         let answer = app.get("/v1/stores").as_role(Role::Clerk).send().await.expect(200);
//!         assert_eq!(answer.json()["items"], json!([]));
//!     }
//! }
//! ```
//!
//! When the body is over, every event must have been handled and every audit must be clean, or the
//! test fails, whatever it asserted itself.

#![expect(clippy::expect_used, reason = "a failed expectation is a failed test")]

mod app;
mod database;
mod dump;
mod harm;
mod log;
mod loopback;
mod message;
pub mod payfast;
mod postgres;
mod receiver;
mod request;
mod run;
pub mod smtp;
pub mod stripe;
pub mod twilio;

pub use app::{Setup, TestApp};
pub use database::{Modules, TestDatabase};
pub use harm::{Harm, every_audit_is_seen_red};
pub use log::{Log, listening};
pub use loopback::{Came, Fault};
pub use message::{Delivery, Message};
pub use receiver::{Received, Receiver};
pub use request::{Answer, Request};
pub use run::run;

/// Makes `::sqlite` and `::postgres` tests from each body. Wants `fn app(&Host) -> Vec<Module>`
/// in the calling module: the contexts under test.
#[macro_export]
macro_rules! on_both {
    ($($(#[$about:meta])* async fn $name:ident($app:ident: $kind:ty) $body:block)+) => {
        $(
            $(#[$about])*
            mod $name {
                use super::*;

                async fn body($app: $kind) $body

                #[test]
                fn sqlite() {
                    $crate::run($crate::Setup::new($crate::Engine::Sqlite, super::app), body);
                }

                #[test]
                fn postgres() {
                    $crate::run($crate::Setup::new($crate::Engine::Postgres, super::app), body);
                }
            }
        )+
    };
}

pub use platform::Engine;
