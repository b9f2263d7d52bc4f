//! The columns of the file, and the cells of a line as far as they are text. Pure.

use super::SalesError;
use super::amount::Exact;
use super::reason::Reason;
use csv::ByteRecord;

/// Most of a cell that is shown in a report.
const SHOWN_MAX: usize = 40;

/// Where the columns are.
#[derive(Clone, Debug)]
pub struct Columns {
    needed: [usize; NAMES.len()],
    country: Option<usize>,
}

pub const NAMES: [&str; 7] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
];
pub const INVOICE: usize = 0;
pub const CODE: usize = 1;
pub const DESCRIPTION: usize = 2;
pub const QUANTITY: usize = 3;
pub const DATE: usize = 4;
pub const PRICE: usize = 5;
pub const CUSTOMER: usize = 6;
/// A file need not have it.
const COUNTRY: &str = "Country";

impl Columns {
    /// Finds the columns by their names; others may be there, in any order.
    pub fn find(header: &[String]) -> Result<Self, SalesError> {
        let place = |name: &str| {
            header
                .iter()
                .position(|cell| cell.eq_ignore_ascii_case(name))
        };
        let missing: Vec<&str> = NAMES
            .into_iter()
            .filter(|name| place(name).is_none())
            .collect();
        if missing.is_empty() {
            Ok(Self {
                needed: NAMES.map(|name| place(name).unwrap_or_default()),
                country: place(COUNTRY),
            })
        } else {
            Err(SalesError::MissingColumns(missing.join(", ")))
        }
    }
}

/// The cells of a line, each as far as it is text.
pub struct Cells<'a> {
    needed: [Option<Result<&'a str, Reason>>; NAMES.len()],
    pub country: Option<&'a str>,
}

impl<'a> Cells<'a> {
    pub fn of(record: &'a ByteRecord, columns: &Columns) -> Self {
        let text = |cell| {
            std::str::from_utf8(cell)
                .map(str::trim)
                .map_err(|_| Reason::NotUtf8)
        };
        let country = columns.country.and_then(|place| record.get(place));
        Self {
            needed: columns.needed.map(|place| record.get(place).map(text)),
            country: country.and_then(|cell| text(cell).ok()),
        }
    }

    pub fn get(&self, column: usize) -> Result<&'a str, Reason> {
        self.needed[column].unwrap_or(Err(Reason::FewFields))
    }

    /// For a report: whatever can be read.
    pub fn shown(&self, column: usize) -> String {
        self.get(column)
            .unwrap_or_default()
            .chars()
            .take(SHOWN_MAX)
            .collect()
    }

    pub fn quantity(&self) -> Result<i64, Reason> {
        self.get(QUANTITY)?.parse().map_err(|_| Reason::BadQuantity)
    }

    pub fn price(&self) -> Result<Exact, Reason> {
        Exact::parse(self.get(PRICE)?).ok_or(Reason::BadPrice)
    }

    /// What the line adds to the sum of the file.
    pub fn amount(&self) -> Option<Exact> {
        self.price().ok()?.times(self.quantity().ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_found_by_name_and_the_missing_ones_named() {
        let header = [
            "Country",
            "customerid",
            "UnitPrice",
            "InvoiceDate",
            "Quantity",
        ];
        let error = Columns::find(&header.map(str::to_owned))
            .unwrap_err()
            .to_string();
        assert!(
            error.contains("InvoiceNo, StockCode, Description"),
            "{error}"
        );
    }
}
