//! Taking over history: past sales as delivered orders, past credits as returns of them. Neither
//! moves stock, and doing it twice changes nothing.

mod matching;
mod returns;
mod sales;

pub use matching::{Purchase, Unmatched};
pub use returns::{CreditOutcome, PastReturn, PastReturnLine, import_returns};
pub use sales::{PastLine, PastOrder, TakenOver, import_history};

use crate::store;
use kernel::{ClientId, Currency, ErrorKind, Fault, MoneyError};
use platform::{DbError, Host};
use std::collections::{HashMap, HashSet};
use std::time::Duration;

/// How often a transaction is tried when others are in its way. On SQLite one try already waits
/// seconds for the writer, so this is minutes of patience beside a busy server.
const ATTEMPTS: u32 = 12;

/// Why history is not taken over. Nothing of the transaction in question has happened.
#[derive(Debug, thiserror::Error)]
pub enum HistoryError {
    #[error("{0} occurs twice")]
    DoubleReference(String),
    #[error("{0} has no lines")]
    NoLines(String),
    #[error("the amounts of {reference} cannot be added up: {fault}")]
    Amount {
        reference: String,
        fault: MoneyError,
    },
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for HistoryError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::DoubleReference(_) | Self::NoLines(_) | Self::Amount { .. } => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::DoubleReference(_) => "DUPLICATE_REFERENCE",
            Self::NoLines(_) => "NO_LINES",
            Self::Amount { .. } => "AMOUNT_TOO_LARGE",
            Self::Db(error) => error.code(),
        }
    }
}

/// What the database holds, read back for a reconciliation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    pub documents: u64,
    pub lines: u64,
    /// In minor units; the caller knows the currency.
    pub total_minor: i128,
}

/// A currency other than the shop's in which products are sold here: whoever takes over history
/// would mix two currencies.
pub async fn other_currency(host: &Host, shop: Currency) -> Result<Option<String>, DbError> {
    let mut tx = host.db.read().await?.unhurried();
    store::other_currency(&mut tx, shop).await
}

/// What is kept of the sales with these references.
pub async fn kept_sales(host: &Host, references: Vec<String>) -> Result<Kept, DbError> {
    let mut tx = host.db.read().await?.unhurried();
    store::sum_of_orders(&mut tx, references).await
}

/// What is kept of the credits with these references, given to these clients.
pub async fn kept_returns(host: &Host, credits: &[(ClientId, String)]) -> Result<Kept, DbError> {
    let mut tx = host.db.read().await?.unhurried();
    let clients: HashSet<ClientId> = credits.iter().map(|(client, _)| *client).collect();
    let wanted: HashSet<&str> = credits
        .iter()
        .map(|(_, reference)| reference.as_str())
        .collect();
    let (mut kept, mut seen) = (Kept::default(), HashSet::new());
    for line in store::returned_lines(&mut tx, clients).await? {
        let credit = returns::credit_of(&line.reference);
        if wanted.contains(credit) {
            kept.documents += u64::from(seen.insert(credit.to_owned()));
            kept.lines += 1;
            kept.total_minor += i128::from(line.unit_price_minor) * i128::from(line.quantity);
        }
    }
    Ok(kept)
}

/// Refuses a batch that names one document twice: which one is meant would depend on chance.
fn check_once<'a>(references: impl Iterator<Item = &'a str>) -> Result<(), HistoryError> {
    let mut count: HashMap<&str, u32> = HashMap::new();
    for reference in references {
        let seen = count.entry(reference).or_default();
        *seen += 1;
        if *seen > 1 {
            return Err(HistoryError::DoubleReference(reference.to_owned()));
        }
    }
    Ok(())
}

/// Tries `work` again while others are in its way: another import of the same file, or a shop that
/// is open meanwhile.
async fn patiently<T>(
    host: &Host,
    work: impl AsyncFn() -> Result<T, HistoryError>,
) -> Result<T, HistoryError> {
    let mut attempts = 1;
    loop {
        match work().await {
            Err(HistoryError::Db(error)) if attempts < ATTEMPTS && may_pass(&error) => {
                let jitter = u64::from(host.source.random::<1>()[0]);
                tokio::time::sleep(Duration::from_millis(jitter * u64::from(attempts))).await;
                attempts += 1;
            }
            outcome => return outcome,
        }
    }
}

fn may_pass(error: &DbError) -> bool {
    error.is_transient() || matches!(error, DbError::Unique(_))
}
