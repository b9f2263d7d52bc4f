//! The command line.

use crate::variables;
use clap::{Args, Parser, Subcommand};
use kernel::{NotificationId, OrderId};
use notifications::Status;
use orders::SagaState;
use payments::Day;
use platform::auth::Role;
use platform::config::{Options, RateLimit};
use reports::{By, Day as ReportDay};
use std::num::NonZeroU32;
use std::path::PathBuf;

/// A shop in one command: catalogue, stock in many stores, orders that never oversell.
#[derive(Debug, Parser)]
#[command(name = "comptoir", version, about)]
#[command(after_help = AFTER_HELP, after_long_help = variables::HELP)]
pub struct Cli {
    #[command(flatten)]
    pub options: Options,
    #[command(subcommand)]
    pub command: Command,
}

const AFTER_HELP: &str = "Start here:  comptoir serve --demo
--help tells more, also of the settings of payments, notifications and webhooks.";

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Serve the API
    #[command(after_help = AFTER_HELP, after_long_help = variables::HELP)]
    Serve {
        /// Fill an empty development shop with demo content, and print how to place an order
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database schema up to date and stop
    Migrate,
    /// Run every audit; prints what it finds and fails when there is anything
    Verify,
    /// Keys for machine clients
    #[command(subcommand, name = "api-key")]
    ApiKey(ApiKeyCommand),
    /// Take over content from files
    #[command(subcommand)]
    Import(ImportCommand),
    /// Deliveries of events that failed
    #[command(subcommand)]
    Events(EventsCommand),
    /// Sales that wait for something
    #[command(subcommand)]
    Sagas(SagasCommand),
    /// Money at the providers
    #[command(subcommand)]
    Payments(PaymentsCommand),
    /// What people are told
    #[command(subcommand)]
    Notifications(NotificationsCommand),
    /// What was sold, and what lies in the stores
    #[command(subcommand)]
    Reports(ReportsCommand),
    #[command(flatten)]
    Describe(DescribeCommand),
}

/// What the code says of itself; needs no shop.
#[derive(Debug, Subcommand)]
pub enum DescribeCommand {
    /// Print the OpenAPI document
    Openapi,
    /// Print the AsyncAPI document of all events
    Asyncapi,
    /// Print the GraphQL schema
    GraphqlSchema,
    /// Print the JSON Schema of every event, by its type
    EventSchemas,
}

#[derive(Debug, Subcommand)]
pub enum ApiKeyCommand {
    /// Make a key and print its secret, once
    Create {
        /// What the key is for
        #[arg(long)]
        name: String,
        /// What it may do: customer, clerk, manager, supplier, admin or service (repeatable)
        #[arg(long = "role", required = true)]
        roles: Vec<Role>,
        /// Requests per second and burst, like 20/40 [default: the shop's limit]
        #[arg(long, value_name = "RATE/BURST")]
        rate: Option<RateLimit>,
        /// Requests per day of UTC [default: as many as the rate allows]
        #[arg(long, value_name = "N")]
        per_day: Option<NonZeroU32>,
    },
}

#[derive(Debug, Subcommand)]
pub enum ImportCommand {
    /// Products from a CSV file: sku, name, category, price, …; known SKUs are updated
    Products {
        file: PathBuf,
        /// All or nothing
        #[arg(long)]
        atomic: bool,
    },
    /// A history of sales from a CSV file, plain or gzip
    ///
    /// Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate, UnitPrice, CustomerID,
    /// Country. Stock is not touched; running it twice imports nothing twice.
    Sales {
        file: PathBuf,
        /// Currency of the file, which must be the shop's [default: the shop's]
        #[arg(long = "currency", id = "file_currency", value_name = "CODE")]
        currency: Option<String>,
        /// Write every line that was not imported to this CSV file
        #[arg(long)]
        report: Option<PathBuf>,
    },
}

#[derive(Debug, Subcommand)]
pub enum EventsCommand {
    /// List parked and dead deliveries
    Parked,
    /// Try every parked and dead delivery again
    Replay,
}

#[derive(Debug, Subcommand)]
pub enum SagasCommand {
    /// List them: those that are not done, or those in one state
    List {
        /// running, compensating, stuck or done
        #[arg(long)]
        state: Option<SagaState>,
    },
    /// Tell in words what a sale waits for, and what was heard of it
    Explain {
        /// The id of its order
        order: OrderId,
    },
    /// Give a sale its whole time again, and ask again for what it waits for
    Retry {
        /// The id of its order
        order: OrderId,
    },
}

#[derive(Debug, Subcommand)]
pub enum NotificationsCommand {
    /// List notifications, newest first
    List {
        /// queued, sending, sent, dead, skipped or erased [default: dead]
        #[arg(long, default_value = "dead", hide_default_value = true)]
        status: Status,
    },
    /// Try one again, or all that are dead
    Replay {
        /// Left out: all that are dead
        id: Option<NotificationId>,
    },
}

#[derive(Debug, Subcommand)]
pub enum PaymentsCommand {
    /// Compare a day with what the providers have, in both directions; fails when they differ
    Reconcile {
        /// A day in UTC, like 2026-11-20 [default: yesterday]
        #[arg(long)]
        date: Option<Day>,
        /// Ask the providers about what differs, and take the truth in
        #[arg(long)]
        heal: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum ReportsCommand {
    /// Count everything anew from the log of events; the shop may stay open
    Rebuild,
    /// Print a report
    #[command(subcommand)]
    Show(ReportCommand),
}

#[derive(Debug, Subcommand)]
pub enum ReportCommand {
    /// The products that sold best
    BestSellers {
        #[command(flatten)]
        period: Period,
    },
    /// The clients who spent most
    HighestSpenders {
        #[command(flatten)]
        period: Period,
    },
    /// Sales by day, month, store, category, employee or country
    Sales {
        #[arg(long, default_value = "day")]
        by: By,
        #[command(flatten)]
        period: Period,
    },
    /// What an order is worth
    AverageBasket {
        #[command(flatten)]
        period: Period,
    },
    /// What lies in the stores, as it is now
    StockOverview {
        #[command(flatten)]
        period: Period,
    },
    /// What is at or below its threshold now
    LowStock {
        #[command(flatten)]
        period: Period,
    },
}

/// Which days, and how many rows.
#[derive(Debug, Args)]
pub struct Period {
    /// The first day in UTC, like 2026-11-01 [default: 29 days before the last]
    #[arg(long)]
    pub from: Option<ReportDay>,
    /// The last day [default: today]
    #[arg(long)]
    pub to: Option<ReportDay>,
    /// Rows at most
    #[arg(long, default_value_t = 20)]
    pub limit: u16,
}
