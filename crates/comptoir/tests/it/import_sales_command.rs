//! `comptoir import sales` as users run it: the binary, a file, what it prints, how it ends.

use crate::binary::{Ran, Till, on_both_by_binary};
use crate::truth::{self, SAMPLE};
use std::collections::{BTreeMap, BTreeSet};

const ADDS_UP: &str = "Adds up: every line of the file is in one row, and the shop has it.";
const NOTHING_NEW: &str = "Nothing new: what this file can give was imported before.";
const ORDERS: &str = "select count(*) as n from orders_order";

impl Till {
    fn import_sales(&self, bytes: &[u8], flags: &[&str]) -> Ran {
        let file = self.folder.path().join("sales.csv");
        std::fs::write(&file, bytes).unwrap();
        self.run(&[&["import", "sales", file.to_str().unwrap()], flags].concat())
    }

    /// The numbers of the lines that a report lists, by reason.
    fn report(&self, name: &str) -> BTreeMap<String, BTreeSet<u64>> {
        let mut report = csv::Reader::from_path(self.folder.path().join(name)).unwrap();
        let mut found: BTreeMap<String, BTreeSet<u64>> = BTreeMap::new();
        for line in report.records().map(Result::unwrap) {
            let numbers = found.entry(line[1].to_owned()).or_default();
            numbers.insert(line[0].parse().unwrap());
        }
        found
    }
}

/// The invoices, lines and amount of a row of the reconciliation.
fn row(ran: &Ran, what: &str) -> [String; 3] {
    let cells = |line: &str| {
        let cells = line.split(['│', '┆']).map(|cell| cell.trim().to_owned());
        cells.skip(1).collect::<Vec<_>>()
    };
    let mut rows = ran.out.lines().map(cells);
    let row = rows.find(|row| row.first().is_some_and(|first| first == what));
    let row = row.unwrap_or_else(|| panic!("{what} is not in {}", ran.out));
    [row[1].clone(), row[2].clone(), row[3].clone()]
}

on_both_by_binary! {
    async fn a_history_is_reconciled_and_a_second_run_imports_nothing_twice(till: &Till) {
        let flags = ["--currency", "CAD", "--report", "left-out.csv"];
        let first = till.import_sales(SAMPLE, &flags);
        assert_eq!(first.code, Some(0), "{first:?}");
        assert!(first.says(ADDS_UP) && !first.says(NOTHING_NEW), "{}", first.out);
        let sold = ["35", "274", "14,130.13"].map(str::to_owned);
        assert_eq!(row(&first, "sales imported"), sold);
        let left_out = truth::count(SAMPLE).left_out.into_iter();
        let left_out: BTreeMap<_, _> =
            left_out.map(|(reason, lines)| (reason.to_owned(), lines)).collect();
        assert_eq!(till.report("left-out.csv"), left_out);
        let orders = till.count(ORDERS).await;
        assert_eq!(orders, 35);

        let second = till.import_sales(SAMPLE, &flags);
        assert_eq!(second.code, Some(0), "{second:?}");
        assert!(second.says(ADDS_UP) && second.says(NOTHING_NEW), "{}", second.out);
        assert_eq!(row(&second, "sales imported"), ["", "0", "0.00"].map(str::to_owned));
        assert_eq!(row(&second, "sales known from an earlier run"), sold);
        assert_eq!(till.report("left-out.csv"), left_out);
        assert_eq!(till.count(ORDERS).await, orders);
        let verified = till.run(&["verify"]);
        assert_eq!(verified.code, Some(0), "{}", verified.out);
    }

    async fn what_does_not_add_up_fails(till: &Till) {
        assert_eq!(till.import_sales(SAMPLE, &[]).code, Some(0));
        let spoilt = "update orders_return_line set quantity = quantity + 1";
        assert!(till.tamper(spoilt).await > 0);
        let again = till.import_sales(SAMPLE, &[]);
        assert_eq!(again.code, Some(1), "{again:?}");
        assert!(again.out.contains("DOES NOT ADD UP: sum of returns kept: "), "{}", again.out);
    }

    async fn a_file_in_another_currency_is_refused_whole(till: &Till) {
        let pounds = till.import_sales(SAMPLE, &["--currency", "GBP"]);
        assert_eq!((pounds.code, pounds.out.as_str()), (Some(1), ""), "{pounds:?}");
        assert!(pounds.err.contains("the file is in GBP and this shop sells in CAD"), "{pounds:?}");
        let none = till.import_sales(SAMPLE, &["--currency", "pounds"]);
        assert_eq!(none.code, Some(1), "{none:?}");
        assert!(none.err.contains("pounds is not a currency code"), "{none:?}");
        assert_eq!(till.count(ORDERS).await, 0);
        assert_eq!(till.import_sales(SAMPLE, &[]).code, Some(0));
        let of_pounds = [("COMPTOIR_CURRENCY", "GBP")];
        let other = till.run_with(&of_pounds, &["import", "sales", "sales.csv"]);
        assert_eq!(other.code, Some(1), "{other:?}");
        assert!(other.err.contains("this shop has products in CAD already"), "{other:?}");
        assert_eq!(till.count(ORDERS).await, 35);
    }

    async fn what_is_no_history_is_refused_whole(till: &Till) {
        let absent = till.run(&["import", "sales", "nowhere.csv"]);
        assert_eq!((absent.code, absent.out.as_str()), (Some(1), ""), "{absent:?}");
        assert!(absent.err.contains("comptoir: nowhere.csv: "), "{absent:?}");
        let strange = till.import_sales(b"InvoiceNo,Quantity\n1,2\n", &[]);
        assert_eq!(strange.code, Some(1), "{strange:?}");
        assert!(strange.err.contains("missing: StockCode"), "{strange:?}");
        assert_eq!(till.count(ORDERS).await, 0);
    }
}
