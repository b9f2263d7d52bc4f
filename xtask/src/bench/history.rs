//! A history of sales, as a live shop could do it again: what there is to sell, and who bought
//! what together. Credits, lines without a price or a description are left out.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use csv::StringRecord;
use flate2::read::GzDecoder;

use crate::outcome::{Because, Outcome};

/// What a line of the file has; other columns do not matter.
const COLUMNS: [&str; 6] = [
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "UnitPrice",
    "CustomerID",
];
/// The API takes no more lines in one order.
const LINES_OF_AN_ORDER: usize = 1_000;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// What the file says.
#[derive(Default)]
pub struct History {
    /// By stock code: the newest description and price, and the pieces sold in all.
    pub goods: BTreeMap<String, Good>,
    /// In the order of the file.
    pub baskets: Vec<Basket>,
    pub lines: u64,
    pub left_out: u64,
}

#[derive(Debug, Default, PartialEq)]
pub struct Good {
    pub name: String,
    pub cents: u64,
    pub pieces: u64,
}

/// One invoice.
#[derive(Debug, PartialEq)]
pub struct Basket {
    pub invoice: String,
    /// Empty when nobody knows.
    pub customer: String,
    /// Stock codes and pieces; a code may come twice.
    pub lines: Vec<(String, u64)>,
}

impl History {
    /// Reads a file, plain or gzip.
    pub fn read(path: &Path) -> Outcome<Self> {
        let said = || format!("reading {}", path.display());
        let mut head = [0; 2];
        File::open(path)
            .because(said)?
            .read_exact(&mut head)
            .because(said)?;
        let file = BufReader::new(File::open(path).because(said)?);
        match head == GZIP {
            true => Self::of(GzDecoder::new(file)).because(said),
            false => Self::of(file).because(said),
        }
    }

    fn of(text: impl Read) -> Outcome<Self> {
        let mut reader = csv::Reader::from_reader(text);
        let header = reader.headers()?.clone();
        let place = |name: &str| header.iter().position(|column| column == name);
        let mut places = [0; COLUMNS.len()];
        for (found, name) in places.iter_mut().zip(COLUMNS) {
            *found = place(name).ok_or_else(|| format!("there is no column {name}"))?;
        }
        let mut history = Self::default();
        for record in reader.records() {
            history.take(&record?, &places);
        }
        Ok(history)
    }

    fn take(&mut self, record: &StringRecord, places: &[usize; COLUMNS.len()]) {
        let cell = |nth: usize| record.get(places[nth]).unwrap_or_default().trim();
        let (invoice, code, name) = (cell(0), cell(1), cell(2));
        self.lines += 1;
        let (pieces, cents) = (cell(3).parse::<u64>().unwrap_or(0), cents(cell(4)));
        if invoice.starts_with('C')
            || pieces == 0
            || cents == 0
            || code.is_empty()
            || name.is_empty()
        {
            self.left_out += 1;
            return;
        }
        let good = self.goods.entry(code.to_owned()).or_default();
        *good = Good {
            name: name.to_owned(),
            cents,
            pieces: good.pieces + pieces,
        };
        let is_new =
            |last: &Basket| last.invoice != invoice || last.lines.len() == LINES_OF_AN_ORDER;
        if self.baskets.last().is_none_or(is_new) {
            let (invoice, customer) = (invoice.to_owned(), cell(5).to_owned());
            self.baskets.push(Basket {
                invoice,
                customer,
                lines: Vec::new(),
            });
        }
        if let Some(basket) = self.baskets.last_mut() {
            basket.lines.push((code.to_owned(), pieces));
        }
    }

    /// Lines of all baskets.
    pub fn sold_lines(&self) -> u64 {
        self.baskets
            .iter()
            .map(|basket| basket.lines.len() as u64)
            .sum()
    }

    /// What all baskets cost at the newest prices, in hundredths.
    pub fn total_cents(&self) -> u64 {
        self.goods
            .values()
            .map(|good| good.pieces * good.cents)
            .sum()
    }
}

/// `2.55` is 255; what is not above zero, or no number, is 0.
fn cents(text: &str) -> u64 {
    let price: f64 = text.parse().unwrap_or(0.0);
    (price * 100.0).round().max(0.0) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
1,A,Lamp,2,2010-12-01 08:26:00,2.55,17850.0,UK
1,B,Chair,1,2010-12-01 08:26:00,10,17850.0,UK
1,A,Lamp,1,2010-12-01 08:26:00,2.55,17850.0,UK
C2,A,Lamp,-2,2010-12-01 08:26:00,2.55,17850.0,UK
3,A,Lamp red,4,2010-12-01 08:26:00,2.95,,UK
3,C,,4,2010-12-01 08:26:00,1,,UK
3,D,Gift,4,2010-12-01 08:26:00,0,,UK
";

    #[test]
    fn invoices_become_baskets_and_credits_and_gifts_are_left_out() {
        let history = History::of(FILE.as_bytes()).unwrap();
        assert_eq!(
            (history.lines, history.left_out, history.sold_lines()),
            (7, 3, 4)
        );
        assert_eq!(history.baskets.len(), 2);
        let again = vec![
            ("A".to_owned(), 2),
            ("B".to_owned(), 1),
            ("A".to_owned(), 1),
        ];
        assert_eq!(history.baskets[0].lines, again);
        assert_eq!(history.baskets[1].customer, "");
    }

    #[test]
    fn the_newest_name_and_price_count() {
        let history = History::of(FILE.as_bytes()).unwrap();
        let lamp = Good {
            name: "Lamp red".to_owned(),
            cents: 295,
            pieces: 7,
        };
        assert_eq!(history.goods["A"], lamp);
        assert_eq!(history.total_cents(), 7 * 295 + 1000);
    }

    #[test]
    fn a_file_without_the_columns_is_refused_by_name() {
        let sentence = History::of("a,b\n1,2\n".as_bytes())
            .err()
            .unwrap()
            .to_string();
        assert!(sentence.contains("InvoiceNo"), "{sentence}");
    }
}
