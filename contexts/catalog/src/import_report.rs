//! What an import tells: how far it is, and in the end what became of every line.

use crate::sheet::{Column, Fault, SheetError};
use kernel::{Detail, ErrorKind};
use platform::DbError;
use serde::Serialize;
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// Above this many only the counts go on: a report must fit on a screen and in memory.
const ERRORS_MAX: usize = 1000;

/// How an import is to be done.
#[derive(Clone, Copy, Debug, Default)]
pub struct ImportOptions {
    /// All lines or none.
    pub atomic: bool,
    /// Make categories that are not there, instead of refusing their lines.
    pub create_categories: bool,
}

/// How far an import has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub lines: u64,
    /// Bytes of the file that are behind it.
    pub bytes: u64,
}

/// What became of the lines of a sheet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct ImportReport {
    /// Lines read, without the header.
    pub lines: u64,
    pub created: u64,
    pub updated: u64,
    /// Lines that say what is known already.
    pub unchanged: u64,
    /// Lines that were not imported.
    pub failed: u64,
    /// Categories that were made on the way.
    pub categories_created: u64,
    /// How many lines failed for which reason.
    pub failed_by_code: BTreeMap<&'static str, u64>,
    /// The first thousand lines that failed.
    #[schema(max_items = 1000)]
    pub errors: Vec<LineError>,
}

/// A line that was not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct LineError {
    /// Where the line begins in the file; the header is line 1.
    pub line: u64,
    /// The column at fault, when it is one.
    #[schema(required)]
    pub column: Option<&'static str>,
    /// A stable name for the fault.
    pub code: &'static str,
    /// The same for people.
    pub message: String,
}

impl ImportReport {
    pub(crate) fn fail(&mut self, line: u64, fault: Fault) {
        self.failed += 1;
        *self.failed_by_code.entry(fault.code).or_default() += 1;
        if self.errors.len() < ERRORS_MAX {
            let Fault {
                column,
                code,
                message,
            } = fault;
            self.errors.push(LineError {
                line,
                column: column.map(Column::name),
                code,
                message,
            });
        }
    }
}

/// Why an import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Sheet(#[from] SheetError),
    /// Lines failed and all or none were wanted: none was imported.
    #[error("{} of {} lines cannot be imported, so none was", .0.failed, .0.lines)]
    Refused(Box<ImportReport>),
    #[error(transparent)]
    Db(#[from] DbError),
}

impl kernel::Fault for ImportError {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Sheet(SheetError::Read(_)) => ErrorKind::Malformed,
            Self::Sheet(_) | Self::Refused(_) => ErrorKind::Invalid,
            Self::Db(error) => error.kind(),
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Sheet(SheetError::Read(_)) => "MALFORMED_REQUEST",
            Self::Sheet(SheetError::Empty | SheetError::NoSku) => "MISSING_COLUMN",
            Self::Sheet(SheetError::UnknownColumn(_)) => "UNKNOWN_COLUMN",
            Self::Sheet(SheetError::DoubleColumn(_)) => "DUPLICATE_COLUMN",
            Self::Sheet(SheetError::LineTooLong(_)) => "LINE_TOO_LONG",
            Self::Sheet(SheetError::HeaderNotUtf8) => "NOT_UTF8",
            Self::Refused(_) => "IMPORT_REFUSED",
            Self::Db(error) => error.code(),
        }
    }

    /// `line 12.price`, as the report would have it.
    fn details(&self) -> Vec<Detail> {
        let Self::Refused(report) = self else {
            return Vec::new();
        };
        let place = |error: &LineError| match error.column {
            Some(column) => format!("line {}.{column}", error.line),
            None => format!("line {}", error.line),
        };
        let errors = report.errors.iter();
        errors
            .map(|error| Detail::new(place(error), error.code, error.message.as_str()))
            .collect()
    }
}
