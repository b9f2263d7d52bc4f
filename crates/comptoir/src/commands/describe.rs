//! `comptoir openapi`, `asyncapi`, `graphql-schema`, `event-schemas`: what the code says of itself.
//! It depends on the code alone, so no shop is opened.

use super::CommandError;
use crate::asyncapi;
use crate::cli::DescribeCommand;
use crate::wiring::{AllSettings, Shop, host};
use contracts::kinds::KINDS;
use platform::Source;
use platform::db::{Db, DbOptions};
use platform::http::RouteTable;
use serde::Serialize;
use serde_json::{Map, Value};
use std::process::ExitCode;
use std::sync::Arc;

/// Prints the document that was asked for.
pub async fn print(what: &DescribeCommand) -> Result<ExitCode, CommandError> {
    println!("{}", document(what).await?);
    Ok(ExitCode::SUCCESS)
}

async fn document(what: &DescribeCommand) -> Result<String, CommandError> {
    match what {
        DescribeCommand::Openapi => pretty(&routes().await?.openapi()),
        DescribeCommand::Asyncapi => pretty(&asyncapi::document()),
        DescribeCommand::GraphqlSchema => Ok(routes().await?.graphql_schema().trim().to_owned()),
        DescribeCommand::EventSchemas => {
            let schemas = KINDS
                .iter()
                .map(|kind| (kind.kind.to_owned(), kind.schema()));
            pretty(&Value::Object(schemas.collect::<Map<_, _>>()))
        }
    }
}

/// Every route there is, over a database that nobody reads.
async fn routes() -> Result<RouteTable, CommandError> {
    let source = Source::system();
    let db = Db::connect("sqlite::memory:", DbOptions::default(), source.clone()).await?;
    let settings = AllSettings::for_tests();
    let mut shop = Shop::wire(host(Arc::clone(&settings.settings), source, db), settings)?;
    Ok(shop.take_routes())
}

fn pretty(document: &impl Serialize) -> Result<String, CommandError> {
    serde_json::to_string_pretty(document).map_err(|error| CommandError::Other(error.to_string()))
}
