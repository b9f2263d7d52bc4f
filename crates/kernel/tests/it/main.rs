//! The kernel's promises, one file per word.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

mod contacts;
mod events;
mod ids;
mod money;
mod pages;
mod quantities;
mod schemas;
mod texts;
mod timestamps;

/// Reads JSON text as a `T`.
fn json<T: serde::de::DeserializeOwned>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
