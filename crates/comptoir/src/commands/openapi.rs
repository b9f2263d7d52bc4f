//! `comptoir openapi`: the document of the whole API, without a shop.

use super::CommandError;
use crate::wiring::{AllSettings, Shop, host};
use platform::Source;
use platform::db::{Db, DbOptions};
use std::process::ExitCode;
use std::sync::Arc;

/// Prints the document. It depends on the code alone, so no database of a shop is opened.
pub async fn print() -> Result<ExitCode, CommandError> {
    println!("{}", document().await?);
    Ok(ExitCode::SUCCESS)
}

/// The document as JSON text.
pub async fn document() -> Result<String, CommandError> {
    let source = Source::system();
    let db = Db::connect("sqlite::memory:", DbOptions::default(), source.clone()).await?;
    let settings = AllSettings::for_tests();
    let mut shop = Shop::wire(host(Arc::clone(&settings.settings), source, db), settings)?;
    let api = shop.take_routes().openapi();
    serde_json::to_string_pretty(&api).map_err(|error| CommandError::Other(error.to_string()))
}
