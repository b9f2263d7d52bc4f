//! GraphQL: one schema out of what each context brings, behind one POST in the same pipeline.
//!
//! A context writes its types in SDL (`extend type Query { … }`) and brings a function for each
//! field that is more than a look into its parent ([`Part`]). No context names another's code: it
//! may extend another's type by the name of the type, and refer to another's entity by its id.
//! What refers to a type that nobody in this process has is left out.

mod answer;
mod connection;
mod limits;
mod loader;
mod model;
mod part;
mod refused;
mod schema;
mod serve;
mod words;

pub use connection::Connection;
pub use part::{Asked, Part};

pub(super) use part::Parts;
pub(super) use serve::routes;
