//! HTTP: the words handlers are written in, the route table, and everything around a request.
//!
//! A context uses [`Routes`], [`Allow`], the extractors and answers, and [`Problem`]. The binary
//! turns all tables into one [`RouteTable`], makes a [`site`] of it and [`serve`]s that.

mod address;
mod allow;
mod answers;
mod authenticate;
mod body;
mod conditional;
mod cors;
mod docs;
mod errors;
mod events;
mod exchange;
mod fallback;
mod gate;
mod graphiql;
pub mod graphql;
mod gzip;
mod health;
mod if_match;
mod jobs;
mod json;
mod json_text;
pub mod metrics;
mod operation;
mod page;
mod patch;
mod path;
mod pipeline;
mod principal;
mod problem;
mod query;
mod rate_limit;
mod request_id;
pub mod retry;
mod routes;
mod security;
mod serde_fault;
mod server;
mod site;
mod spec;
mod spec_headers;
mod streams;
#[cfg(test)]
mod tests;

pub use address::Address;
pub use allow::{ADMINS, Allow, CLERKS, MANAGERS, STAFF};
pub use answers::{
    Answer, Bearing, Bears, Created, NoContent, Tagged, WithLocation, WithTag, WithTagAndLocation,
};
pub use authenticate::{Authenticate, GUEST_HEADER};
pub use body::unreadable;
pub use errors::Errors;
pub use exchange::{request_id, within_request};
pub use if_match::IfMatch;
pub use jobs::jobs;
pub use json::Json;
pub use operation::{Handles, Operation};
pub use page::Page;
pub use patch::Patch;
pub use path::Path;
pub use problem::{ErrorBody, ErrorContent, Problem};
pub use query::Query;
pub use retry::{RetryKey, StoredAnswer};
pub use routes::{Limits, RouteInfo, RouteTable, Routes};
pub use server::serve;
pub use site::{Site, all_routes, site};

pub use crate::auth::{Caller, Principal, Role};
