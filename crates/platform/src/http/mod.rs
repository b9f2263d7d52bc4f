//! HTTP: the words handlers are written in, the route table, and everything around a request.
//!
//! A context uses [`Routes`], [`Allow`], the extractors and answers, and [`Problem`]. The binary
//! turns all tables into one [`RouteTable`] and serves it.

mod allow;
mod answers;
mod body;
mod errors;
mod exchange;
mod gate;
mod if_match;
mod json;
mod json_text;
mod patch;
mod path;
mod principal;
mod problem;
mod query;
pub mod retry;
mod routes;
mod serde_fault;
mod spec;

pub use allow::{ADMINS, Allow, CLERKS, MANAGERS, STAFF};
pub use answers::{Created, NoContent, Tagged};
pub use body::unreadable;
pub use errors::Errors;
pub use if_match::IfMatch;
pub use json::Json;
pub use patch::Patch;
pub use path::Path;
pub use problem::{ErrorBody, ErrorContent, Problem};
pub use query::Query;
pub use retry::{RetryKey, StoredAnswer};
pub use routes::{Limits, RouteInfo, RouteTable, Routes};

pub use crate::auth::{Principal, Role};
