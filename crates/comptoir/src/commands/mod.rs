//! The commands of the binary, one file each.

mod api_key;
mod describe;
mod events;
mod notifications;
mod payments;
mod reports;
mod sagas;
mod verify;

use crate::cli::{ApiKeyCommand, Cli, Command, EventsCommand, ImportCommand, PaymentsCommand};
use crate::import_products::{self, ProductsError};
use crate::import_sales::{self, SalesError, SalesImport};
use crate::serve;
use crate::wiring::{AllSettings, Shop, StartError};
use platform::Source;
use platform::auth::UsagePlan;
use platform::config::ConfigFaults;
use std::process::ExitCode;

/// Why a command failed, said to whoever typed it.
#[derive(Debug, thiserror::Error)]
pub enum CommandError {
    #[error("{0}")]
    Config(#[from] ConfigFaults),
    #[error("{0}\n  hint: {hint}", hint = .0.hint())]
    Start(#[from] StartError),
    #[error("{0}")]
    Db(#[from] platform::DbError),
    #[error("{0}")]
    Sales(#[from] SalesError),
    #[error("{0}")]
    Products(#[from] ProductsError),
    #[error("{0}")]
    Other(String),
}

/// A variable of the process's environment.
#[expect(clippy::disallowed_methods, reason = "this is where settings come in")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// Runs what was asked for.
pub async fn run(cli: Cli) -> Result<ExitCode, CommandError> {
    if let Command::Describe(what) = &cli.command {
        return describe::print(what).await;
    }
    let settings = AllSettings::load(&cli.options, &environment)?;
    platform::telemetry::start(settings.settings.environment, &settings.settings.log)
        .map_err(|error| CommandError::Other(error.to_string()))?;
    let source = Source::system();
    match cli.command {
        Command::Serve { demo } => serve::serve(settings, source, demo).await,
        Command::Migrate => migrate(settings, source).await,
        Command::Verify => verify::run(&Shop::open(settings, source).await?).await,
        Command::ApiKey(ApiKeyCommand::Create {
            name,
            roles,
            rate,
            per_day,
        }) => {
            let plan = UsagePlan { rate, per_day };
            let shop = Shop::open(settings, source).await?;
            api_key::create(&shop, &name, &roles, plan).await
        }
        Command::Import(ImportCommand::Products { file, atomic }) => {
            let shop = Shop::open(settings, source).await?;
            Ok(import_products::run(&shop, &file, atomic).await?)
        }
        Command::Import(ImportCommand::Sales {
            file,
            currency,
            report,
        }) => {
            let shop = Shop::open(settings, source).await?;
            let import = SalesImport {
                file,
                currency,
                report,
            };
            Ok(import_sales::run(&shop, import).await?)
        }
        Command::Events(EventsCommand::Parked) => {
            events::parked(&Shop::open(settings, source).await?).await
        }
        Command::Events(EventsCommand::Replay) => {
            events::replay(&Shop::open(settings, source).await?).await
        }
        Command::Sagas(command) => sagas::run(&Shop::open(settings, source).await?, command).await,
        Command::Payments(PaymentsCommand::Reconcile { date, heal }) => {
            payments::reconcile(&Shop::open(settings, source).await?, date, heal).await
        }
        Command::Notifications(command) => {
            notifications::run(&Shop::open(settings, source).await?, command).await
        }
        Command::Reports(command) => {
            reports::run(&Shop::open(settings, source).await?, command).await
        }
        Command::Describe(_) => Ok(ExitCode::SUCCESS),
    }
}

async fn migrate(settings: AllSettings, source: Source) -> Result<ExitCode, CommandError> {
    let (_, migrated) = Shop::open_migrating(settings, source).await?;
    let steps = migrated.iter().flat_map(|(context, steps)| {
        steps
            .iter()
            .map(move |step| format!("applied {context}/{step}"))
    });
    let lines: Vec<String> = steps.collect();
    match lines.is_empty() {
        true => println!("the schema is up to date"),
        false => println!("{}", lines.join("\n")),
    }
    Ok(ExitCode::SUCCESS)
}
