//! The first look at the file: which products, clients and invoices there are, and what it adds up
//! to. The sum is made here from the bare cells, so that the reconciliation has something to be
//! compared with that no later step has touched. Pure but for reading.

use super::amount::Exact;
use super::line::{LeftOut, SoldLine};
use catalog::ProductName;
use kernel::{Money, Sku, Timestamp};
use std::collections::{BTreeSet, HashMap};

/// What the whole file says.
#[derive(Debug, Default)]
pub struct Survey {
    pub lines: u64,
    /// The sum of quantity × price over all lines that have both.
    pub amount: Exact,
    /// Lines that lack one of them.
    pub without_amount: u64,
    pub products: HashMap<Sku, Seen>,
    pub customers: BTreeSet<String>,
    /// Whether somebody bought without a customer number.
    pub walk_in: bool,
    /// Usable lines of each invoice.
    pub invoices: HashMap<String, u64>,
}

/// A product as it was sold last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    pub description: ProductName,
    pub price: Money,
    pub at: Timestamp,
    /// A sale tells more about today's price than a cancellation, which repeats an old one.
    is_sale: bool,
}

impl Survey {
    /// Takes note of a line.
    pub fn note(&mut self, line: &Result<SoldLine, LeftOut>) {
        self.lines += 1;
        match line {
            Ok(line) => {
                self.amount = self.amount.plus(line.amount);
                self.note_usable(line);
            }
            Err(left_out) => match left_out.amount {
                Some(amount) => self.amount = self.amount.plus(amount),
                None => self.without_amount += 1,
            },
        }
    }

    fn note_usable(&mut self, line: &SoldLine) {
        *self.invoices.entry(line.invoice.clone()).or_default() += 1;
        match &line.customer {
            Some(customer) if self.customers.contains(customer) => {}
            Some(customer) => {
                self.customers.insert(customer.clone());
            }
            None => self.walk_in = true,
        }
        let rank = |seen: &Seen| (seen.is_sale, seen.at);
        let seen = Seen {
            description: line.description.clone(),
            price: line.unit_price,
            at: line.at,
            is_sale: !line.is_credit,
        };
        match self.products.get_mut(&line.code) {
            Some(known) if rank(known) > rank(&seen) => {}
            Some(known) => *known = seen,
            None => {
                self.products.insert(line.code.clone(), seen);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import_sales::reason::Reason;
    use kernel::{Currency, Quantity};

    fn sold(at: i64, description: &str, price: i64, is_credit: bool) -> SoldLine {
        SoldLine {
            number: 2,
            invoice: "1".to_owned(),
            is_credit,
            code: "MUG".parse().unwrap(),
            description: description.parse().unwrap(),
            quantity: Quantity::new(1).unwrap(),
            at: Timestamp::from_unix_micros(at),
            unit_price: Money::new(price, Currency::GBP),
            customer: None,
            country: None,
            amount: Exact::of_minor(i128::from(price), Currency::GBP),
        }
    }

    #[test]
    fn a_product_is_called_and_costs_what_its_newest_sale_says() {
        let mut survey = Survey::default();
        for line in [
            sold(5, "new", 300, false),
            sold(9, "credit", 100, true),
            sold(3, "old", 200, false),
        ] {
            survey.note(&Ok(line));
        }
        let seen = &survey.products[&"MUG".parse::<Sku>().unwrap()];
        assert_eq!(
            (seen.description.as_str(), seen.price.minor()),
            ("new", 300)
        );
        assert_eq!((survey.lines, survey.walk_in), (3, true));
        assert_eq!(survey.invoices["1"], 3);
    }

    #[test]
    fn lines_that_are_left_out_are_summed_up_too() {
        let mut survey = Survey::default();
        let left_out = |amount| LeftOut {
            number: 2,
            reason: Reason::NoDescription,
            invoice: String::new(),
            code: String::new(),
            amount,
        };
        survey.note(&Err(left_out(Exact::parse("-3.50"))));
        survey.note(&Err(left_out(None)));
        assert_eq!((survey.lines, survey.without_amount), (2, 1));
        assert_eq!(survey.amount.to_string(), "-3.50");
    }
}
