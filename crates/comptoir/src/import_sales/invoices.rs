//! Lines become invoices. Those of one invoice usually follow each other, but need not: an invoice
//! is complete when as many of its lines have come as the survey counted. Pure.

use super::line::{LeftOut, SoldLine};
use super::reason::Reason;
use kernel::{Money, Timestamp};
use std::collections::HashMap;

/// Lines that one order can have here. Real invoices have hundreds.
const LINES_MAX: usize = 10_000;

/// A sale or a cancellation with everything that belongs to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    pub number: String,
    pub is_credit: bool,
    pub customer: Option<String>,
    /// The first that its lines name.
    pub country: Option<String>,
    /// The earliest date on its lines.
    pub at: Timestamp,
    pub lines: Vec<SoldLine>,
}

/// Invoices of which lines are still to come.
#[derive(Debug)]
pub struct Assembly {
    expected: HashMap<String, u64>,
    open: HashMap<String, Vec<SoldLine>>,
}

impl Assembly {
    /// `expected`: usable lines per invoice.
    pub fn new(expected: HashMap<String, u64>) -> Self {
        Self {
            expected,
            open: HashMap::new(),
        }
    }

    /// Adds a line; the invoice when it was the last one.
    pub fn add(&mut self, line: SoldLine) -> Option<Vec<SoldLine>> {
        let number = line.invoice.clone();
        let lines = self.open.entry(number.clone()).or_default();
        lines.push(line);
        let expected = self.expected.get(&number).copied().unwrap_or_default();
        if (lines.len() as u64) < expected {
            return None;
        }
        self.expected.remove(&number);
        self.open.remove(&number)
    }

    /// Whether every invoice was completed.
    pub fn is_done(&self) -> bool {
        self.open.is_empty() && self.expected.is_empty()
    }
}

impl Invoice {
    /// Makes an invoice of its lines, and tells which of them cannot belong to it.
    pub fn of(lines: Vec<SoldLine>) -> (Option<Self>, Vec<LeftOut>) {
        let (mut kept, mut left_out) = (Vec::with_capacity(lines.len()), Vec::new());
        let mut total: Option<Money> = None;
        for line in lines {
            match fits(&line, &kept, total) {
                Ok(sum) => {
                    total = Some(sum);
                    kept.push(line);
                }
                Err(reason) => left_out.push(left(line, reason)),
            }
        }
        (Self::whole(kept), left_out)
    }

    fn whole(lines: Vec<SoldLine>) -> Option<Self> {
        let first = lines.first()?;
        Some(Self {
            number: first.invoice.clone(),
            is_credit: first.is_credit,
            customer: first.customer.clone(),
            country: lines.iter().find_map(|line| line.country.clone()),
            at: lines.iter().map(|line| line.at).min()?,
            lines,
        })
    }
}

/// The total with the line, or why it does not fit to those before it.
fn fits(line: &SoldLine, before: &[SoldLine], total: Option<Money>) -> Result<Money, Reason> {
    if before
        .first()
        .is_some_and(|first| first.customer != line.customer)
    {
        return Err(Reason::OtherCustomer);
    }
    if before.len() == LINES_MAX {
        return Err(Reason::InvoiceTooLong);
    }
    let total = total.unwrap_or_else(|| Money::zero(line.unit_price.currency()));
    let worth = line.unit_price.times(line.quantity.get());
    worth
        .and_then(|worth| total.plus(worth))
        .map_err(|_| Reason::AmountTooLarge)
}

/// A line that was usable and is left out all the same.
pub fn left(line: SoldLine, reason: Reason) -> LeftOut {
    LeftOut {
        number: line.number,
        reason,
        invoice: line.invoice,
        code: line.code.into_string(),
        amount: Some(line.amount),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import_sales::amount::Exact;
    use kernel::{Currency, Quantity};

    fn line(number: u64, invoice: &str, customer: Option<&str>) -> SoldLine {
        SoldLine {
            number,
            invoice: invoice.to_owned(),
            is_credit: false,
            code: "MUG".parse().unwrap(),
            description: "Mug".parse().unwrap(),
            quantity: Quantity::new(2).unwrap(),
            at: Timestamp::from_unix_micros(number as i64),
            unit_price: Money::new(150, Currency::GBP),
            customer: customer.map(str::to_owned),
            country: None,
            amount: Exact::parse("3").unwrap(),
        }
    }

    #[test]
    fn lines_of_an_invoice_find_each_other_wherever_they_are() {
        let expected = HashMap::from([("1".to_owned(), 2), ("2".to_owned(), 1)]);
        let mut assembly = Assembly::new(expected);
        assert_eq!(assembly.add(line(2, "1", None)), None);
        assert_eq!(
            assembly.add(line(3, "2", None)).map(|lines| lines.len()),
            Some(1)
        );
        assert!(!assembly.is_done());
        let whole = assembly.add(line(4, "1", None)).unwrap();
        assert_eq!(
            whole.iter().map(|line| line.number).collect::<Vec<_>>(),
            [2, 4]
        );
        assert!(assembly.is_done());
    }

    #[test]
    fn an_invoice_belongs_to_the_customer_it_begins_with() {
        let lines = vec![
            line(2, "1", Some("a")),
            line(3, "1", Some("b")),
            line(4, "1", Some("a")),
        ];
        let (invoice, left_out) = Invoice::of(lines);
        let invoice = invoice.unwrap();
        assert_eq!(
            (invoice.customer.as_deref(), invoice.lines.len()),
            (Some("a"), 2)
        );
        assert_eq!(
            (left_out[0].number, left_out[0].reason),
            (3, Reason::OtherCustomer)
        );
    }

    #[test]
    fn an_invoice_is_as_old_as_its_oldest_line() {
        let (invoice, _) = Invoice::of(vec![line(9, "1", None), line(3, "1", None)]);
        assert_eq!(invoice.unwrap().at, Timestamp::from_unix_micros(3));
    }

    #[test]
    fn a_line_that_makes_the_total_overflow_is_left_out() {
        let mut dear = line(2, "1", None);
        dear.unit_price = Money::new(i64::MAX / 2, Currency::GBP);
        let (invoice, left_out) = Invoice::of(vec![dear, line(3, "1", None), line(4, "1", None)]);
        assert_eq!(invoice.unwrap().lines.len(), 1);
        assert!(
            left_out
                .iter()
                .all(|one| one.reason == Reason::AmountTooLarge)
        );
    }
}
