//! `comptoir reports rebuild|show`.

use super::CommandError;
use crate::cli::{Period, ReportCommand, ReportsCommand};
use crate::wiring::Shop;
use ::reports::{Asked, Day, Kind, Scope, Shown, begin_rebuild, close_months, show as read};
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use indicatif::{ProgressBar, ProgressStyle};
use platform::DbError;
use platform::events::Rebuild;
use std::process::ExitCode;
use std::time::Duration;

/// How often a step is tried when an open shop is in the way, and the pause before the next try.
const TRIES: u32 = 12;
const PAUSE: Duration = Duration::from_millis(200);
/// How long to wait for events that another process left without a number: three times its lease.
const PATIENCE: Duration = Duration::from_secs(30);
/// Days of a report, when nothing is said.
const USUAL_DAYS: i64 = 30;

/// Does what was asked for.
pub async fn run(shop: &Shop, command: ReportsCommand) -> Result<ExitCode, CommandError> {
    match command {
        ReportsCommand::Rebuild => rebuild(shop).await,
        ReportsCommand::Show(report) => show(shop, report).await,
    }
}

/// Counts everything anew from the log, while the shop may be open.
async fn rebuild(shop: &Shop) -> Result<ExitCode, CommandError> {
    let db = &shop.host().db;
    let wait = async || Rebuild::wait_for_numbers(db, PATIENCE, say_waiting).await;
    if !patiently(wait).await? {
        return Err(CommandError::Other(NO_NUMBERS.to_owned()));
    }
    let rebuild = patiently(async || begin_rebuild(shop.host()).await).await?;
    let bar = bar();
    let counted = deliver_all(&rebuild, &bar).await;
    bar.finish_and_clear();
    match counted {
        Ok(events) => {
            close_months(shop.host()).await?;
            println!("counted anew, up to event {events} of the log");
        }
        Err(error) => {
            rebuild.give_up().await?;
            return Err(error.into());
        }
    }
    Ok(ExitCode::SUCCESS)
}

const NO_NUMBERS: &str = "events of the log have no number yet, so they would not be counted: \
    nothing was changed\n  hint: a process holds the lease of the sequencer and does not number; \
    stop it and try again";

fn say_waiting() {
    eprintln!(
        "waiting: events of the log have no number yet, and the process that gives numbers does \
         not answer; its lease ends within 10 s"
    );
}

async fn deliver_all(rebuild: &Rebuild, bar: &ProgressBar) -> Result<i64, DbError> {
    let mut counted = 0;
    while let Some(progress) = patiently(async || rebuild.step().await).await? {
        counted = progress.position;
        bar.set_length(progress.last.unsigned_abs());
        bar.set_position(progress.position.unsigned_abs());
    }
    Ok(counted)
}

async fn patiently<T>(work: impl AsyncFn() -> Result<T, DbError>) -> Result<T, DbError> {
    let mut tries = 1;
    loop {
        match work().await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE).await;
            }
            outcome => return outcome,
        }
    }
}

/// Drawn on a terminal only.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{pos} of {len} {wide_bar} {percent:>3} % {elapsed}");
    let bar = ProgressBar::new(1);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

/// Prints a report.
async fn show(shop: &Shop, report: ReportCommand) -> Result<ExitCode, CommandError> {
    let (kind, period) = match report {
        ReportCommand::BestSellers { period } => (Kind::BestSellers, period),
        ReportCommand::HighestSpenders { period } => (Kind::HighestSpenders, period),
        ReportCommand::Sales { by, period } => (Kind::Sales(by), period),
        ReportCommand::AverageBasket { period } => (Kind::AverageBasket, period),
        ReportCommand::StockOverview { period } => (Kind::StockOverview, period),
        ReportCommand::LowStock { period } => (Kind::LowStock, period),
    };
    let shown = read(shop.host(), kind, &asked(shop, &period)).await?;
    println!("{}", table(&shown));
    println!("{}", as_of(&shown));
    Ok(ExitCode::SUCCESS)
}

fn asked(shop: &Shop, period: &Period) -> Asked {
    let to = period
        .to
        .unwrap_or_else(|| Day::of(shop.host().source.now()));
    Asked {
        from: period.from.unwrap_or_else(|| to.before(USUAL_DAYS - 1)),
        to,
        scope: Scope::default(),
        category: None,
        limit: usize::from(period.limit),
    }
}

fn table(shown: &Shown) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(shown.columns);
    for row in &shown.rows {
        table.add_row(row);
    }
    table
}

fn as_of(shown: &Shown) -> String {
    let more = if shown.more { "there is more; " } else { "" };
    let counted = match shown.as_of {
        Some(at) => format!("counted until {at}"),
        None => "nothing was counted yet".to_owned(),
    };
    match shown.waiting {
        0 => format!("{more}{counted}"),
        many => format!("{more}{counted}; {many} events wait"),
    }
}
