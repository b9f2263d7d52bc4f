//! `comptoir import sales`: takes over a history of sales from a CSV file.
//!
//! Each invoice becomes a delivered order with the file's date and prices; an invoice that starts
//! with `C` becomes returns of what the client bought before, where that is found. Every line ends
//! up in exactly one row of the reconciliation, which is compared with the file's own sum and with
//! what the database has. Nothing is rounded: a price the currency cannot say is left out.
//! Running it again imports nothing twice: sales are known by their invoice number.

mod amount;
mod codes;
mod columns;
mod file;
mod invoices;
mod line;
mod reason;
mod report;
mod survey;
mod takeover;
mod tally;

pub use amount::Exact;
pub use file::Input;
pub use reason::Reason;
pub use survey::Survey;
pub use tally::{Count, LeftOuts, Taken, Tally};

use crate::wiring::Shop;
use indicatif::{ProgressBar, ProgressStyle};
use kernel::{Currency, Timestamp};
use orders::HistoryError;
use platform::{DbError, Host};
use report::LeftOutFile;
use std::path::PathBuf;
use std::process::ExitCode;
use takeover::Takeover;

/// What `comptoir import sales` is told.
#[derive(Clone, Debug)]
pub struct SalesImport {
    pub file: PathBuf,
    /// Currency of the file; `None`: the shop's.
    pub currency: Option<String>,
    /// Where to list the lines that were left out.
    pub report: Option<PathBuf>,
}

/// How lines are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The currency the prices are written in: how many digits they may have.
    pub written_in: Currency,
    /// The shop's currency. Another one only for a demonstration, where a penny becomes a cent.
    pub sold_in: Currency,
    /// Nothing was sold after this.
    pub now: Timestamp,
}

/// Why the import stopped.
#[derive(Debug, thiserror::Error)]
pub enum SalesError {
    #[error("{name}: {error}")]
    File { name: String, error: std::io::Error },
    #[error("line {line}: {error}")]
    Line { line: u64, error: std::io::Error },
    #[error("the first line must name the columns; missing: {0}")]
    MissingColumns(String),
    #[error("{0} is not a currency code like GBP")]
    NoCurrency(String),
    #[error(
        "the file is in {file} and this shop sells in {shop}: nothing was imported\n  hint: a shop \
         has one currency; for a {file} shop start every command with COMPTOIR_CURRENCY={file}"
    )]
    OtherCurrency { file: Currency, shop: Currency },
    #[error(
        "this shop has products in {found} already, so it cannot sell in {shop}: nothing was \
         imported\n  hint: start every command with COMPTOIR_CURRENCY={found}, or take an empty \
         database"
    )]
    ShopOfOtherCurrency { found: String, shop: Currency },
    #[error("the file changed while it was read: import it again")]
    FileChanged,
    #[error("the report cannot be written: {0}")]
    Report(std::io::Error),
    #[error("products: {0}")]
    Products(#[from] catalog::UpsertError),
    #[error("orders: {0}")]
    Orders(#[from] HistoryError),
    #[error(transparent)]
    Db(#[from] DbError),
}

/// What an import did. Its `Display` is the reconciliation.
#[derive(Debug)]
pub struct Outcome {
    pub currency: Currency,
    pub survey: Survey,
    pub tally: Tally,
    /// Clients that were not there before.
    pub new_clients: u64,
    /// Where the figures do not agree; none when everything adds up.
    pub contradictions: Vec<String>,
}

/// Imports, prints the reconciliation; fails when it does not add up.
pub async fn run(shop: &Shop, import: SalesImport) -> Result<ExitCode, SalesError> {
    let host = shop.host();
    let shops = host.settings.currency;
    let currency = match &import.currency {
        Some(code) => code
            .parse()
            .map_err(|_| SalesError::NoCurrency(code.clone()))?,
        None => shops,
    };
    if currency != shops {
        return Err(SalesError::OtherCurrency {
            file: currency,
            shop: shops,
        });
    }
    let input = Input::File(import.file);
    let rules = Rules {
        written_in: currency,
        sold_in: shops,
        now: host.source.now(),
    };
    let progress = bar(2 * input.bytes()?);
    let report = import.report.as_deref().map(LeftOutFile::create);
    let report = report.transpose().map_err(SalesError::Report)?;
    let outcome = take_over(host, &input, rules, (progress.clone(), report)).await;
    progress.finish_and_clear();
    let outcome = outcome?;
    print!("{outcome}");
    Ok(match outcome.contradictions.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

/// Imports without a word.
pub async fn import(host: &Host, input: &Input, rules: Rules) -> Result<Outcome, SalesError> {
    take_over(host, input, rules, (ProgressBar::hidden(), None)).await
}

async fn take_over(
    host: &Host,
    input: &Input,
    rules: Rules,
    (progress, report): (ProgressBar, Option<LeftOutFile>),
) -> Result<Outcome, SalesError> {
    let shop = rules.sold_in;
    if let Some(found) = orders::other_currency(host, shop).await? {
        return Err(SalesError::ShopOfOtherCurrency { found, shop });
    }
    let tally = Tally::default();
    let mut takeover = Takeover {
        host,
        input,
        rules,
        progress,
        report,
        tally,
    };
    let mut survey = takeover.survey()?;
    let products = takeover.products(&survey).await?;
    let new_clients = takeover.clients(&survey).await?;
    let expected = std::mem::take(&mut survey.invoices);
    takeover.invoices(expected, &products).await?;
    let Takeover { tally, report, .. } = takeover;
    if let Some(report) = report {
        report.finish().map_err(SalesError::Report)?;
    }
    let currency = rules.written_in;
    let contradictions = tally.contradictions(&survey, currency);
    Ok(Outcome {
        currency,
        survey,
        tally,
        new_clients,
        contradictions,
    })
}

/// Drawn on a terminal only.
fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg:>9} {wide_bar} {percent:>3} % {elapsed}");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
