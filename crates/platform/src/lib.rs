//! The machinery under every context: the database, events, HTTP, authentication, configuration.
//! Not one word of retail is spoken here.

pub mod auth;
pub mod cells;
pub mod config;
pub mod db;
pub mod events;
pub mod http;
pub mod load;
pub mod module;
pub mod source;
pub mod telemetry;
pub mod vault;

pub use db::{Db, DbError, Engine, Rows, Tx};
pub use events::{Cause, Delivered, Holds, Reaction, Subscriptions, Turn};
pub use load::Load;
pub use module::{Audit, Finding, Host, Job, Module};
pub use source::Source;
