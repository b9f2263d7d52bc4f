//! Why stock is not moved by hand: what adjusting, restocking, transferring and setting a level
//! have in common. Pure.

use crate::lines::Lines;
use crate::stock::Refused;
use kernel::{Detail, ErrorKind, Fault};
use platform::DbError;

/// The details name every line at fault; nothing of the request has happened.
#[derive(Debug, thiserror::Error)]
pub enum StockError {
    #[error("the catalogue knows no such product")]
    UnknownProduct(Vec<Detail>),
    #[error("there is no such store, or it is archived")]
    UnknownStore(Vec<Detail>),
    #[error("not enough is free: what is reserved for orders stays")]
    Insufficient(Vec<Detail>),
    #[error("a level would hold more than {} pieces", crate::stock::MOST_ON_HAND)]
    Overfull(Vec<Detail>),
    #[error("the stock is not what you expected any more; read it again")]
    LevelChanged(Vec<Detail>),
    #[error("the request contradicts itself")]
    Invalid(Vec<Detail>),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl Fault for StockError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::UnknownProduct(_) | Self::UnknownStore(_) | Self::Invalid(_) => {
                ErrorKind::Invalid
            }
            Self::Insufficient(_) | Self::Overfull(_) | Self::LevelChanged(_) => {
                ErrorKind::Conflict
            }
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::UnknownProduct(_) => "UNKNOWN_PRODUCT",
            Self::UnknownStore(_) => "UNKNOWN_STORE",
            Self::Insufficient(_) => "INSUFFICIENT_STOCK",
            Self::Overfull(_) => "LEVEL_TOO_LARGE",
            Self::LevelChanged(_) => "LEVEL_CHANGED",
            Self::Invalid(_) => "VALIDATION_FAILED",
            Self::Db(error) => error.code(),
        }
    }

    fn details(&self) -> Vec<Detail> {
        match self {
            Self::UnknownProduct(details)
            | Self::UnknownStore(details)
            | Self::Insufficient(details)
            | Self::Overfull(details)
            | Self::LevelChanged(details)
            | Self::Invalid(details) => details.clone(),
            Self::Db(_) => Vec::new(),
        }
    }
}

/// Collects what the rules say to the lines of a request: all of them pass, or none.
#[derive(Debug, Default)]
pub struct Verdict {
    short: Vec<Detail>,
    overfull: Vec<Detail>,
}

impl Verdict {
    /// Notes what came of the `nth` line, which wanted so many pieces.
    pub fn note<T>(
        &mut self,
        lines: &Lines<T>,
        nth: usize,
        wanted: i64,
        outcome: Result<(), Refused>,
    ) {
        match outcome {
            Ok(()) => {}
            Err(Refused::Short { available }) => {
                let message = format!("{wanted} wanted, {available} available");
                let fault = lines.fault(nth, "quantity", "INSUFFICIENT_STOCK", message);
                self.short.push(fault);
            }
            Err(Refused::Overfull) => {
                let message = "more than a level can hold".to_owned();
                let fault = lines.fault(nth, "quantity", "LEVEL_TOO_LARGE", message);
                self.overfull.push(fault);
            }
        }
    }

    pub fn reach(self) -> Result<(), StockError> {
        if !self.short.is_empty() {
            return Err(StockError::Insufficient(self.short));
        }
        if !self.overfull.is_empty() {
            return Err(StockError::Overfull(self.overfull));
        }
        Ok(())
    }
}
