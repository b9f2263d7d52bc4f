//! Logs: short lines for people on a terminal in development, JSON lines for machines otherwise.
//!
//! Nothing that is secret or personal is ever given to `tracing`: passwords, tokens and keys live
//! in `secrecy` types that print as `[REDACTED]`, e-mail addresses and phone numbers have no
//! `Display`, errors of the database carry no bound values, and the HTTP layer logs routes, not
//! paths with queries, and marks `authorization` and `cookie` sensitive. Log ids instead.

use crate::config::Environment;
use std::io::IsTerminal as _;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::{SubscriberInitExt as _, TryInitError};

/// Starts logging to standard error, so that what commands print on standard output stays clean.
/// `filter` is in the syntax of tracing's `EnvFilter`; what it cannot read it leaves out.
pub fn start(environment: Environment, filter: &str) -> Result<(), TryInitError> {
    let filter = EnvFilter::builder().parse_lossy(filter);
    let registry = tracing_subscriber::registry().with(filter);
    let terminal = std::io::stderr().is_terminal();
    if environment == Environment::Development && terminal {
        let lines = tracing_subscriber::fmt::layer()
            .compact()
            .with_writer(std::io::stderr);
        return registry.with(lines.with_target(false)).try_init();
    }
    let json = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(std::io::stderr);
    registry
        .with(
            json.flatten_event(true)
                .with_current_span(true)
                .with_span_list(false),
        )
        .try_init()
}
