//! What a file of sales is worth, counted from the file alone, by the rules that
//! docs/how-to/import-your-data.md gives: without a word of the importer's code, and without asking
//! it what it left out.

use flate2::read::MultiGzDecoder;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::sync::LazyLock;

/// Names another file than the sample, plain or gzip.
const VARIABLE: &str = "COMPTOIR_SALES_FILE";
pub const SAMPLE: &[u8] = include_bytes!("../data/online-retail-sample.csv");
const COLUMNS: &str =
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

/// Pieces that were sold, or that came back.
pub struct Line {
    pub invoice: String,
    pub sku: String,
    /// Pieces and pennies, below zero for what came back.
    pub units: i64,
    pub pennies: i64,
    pub day: String,
    pub customer: String,
    pub country: String,
}

/// What counts, and the numbers of the lines that do not, by reason.
pub struct Truth {
    pub lines: Vec<Line>,
    pub left_out: BTreeMap<&'static str, BTreeSet<u64>>,
}

/// Units, gross and returns.
pub type Sum = (i64, i64, i64);

/// A line as the file has it.
struct Row {
    number: u64,
    invoice: String,
    sku: String,
    is_described: bool,
    pieces: i64,
    at: String,
    /// Of one piece.
    price: i64,
    customer: String,
    country: String,
}

/// Pieces of a sale that are still out.
struct Out<'a> {
    row: &'a Row,
    at: &'a str,
    country: &'a str,
    left: i64,
}

/// Lines under one invoice number, when the first of them is from, and where it went.
struct Invoice<'a> {
    rows: Vec<&'a Row>,
    at: &'a str,
    country: &'a str,
}

/// The file that is counted: the sample, unless a variable names another.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings, whoever runs them tells them"
)]
pub fn file() -> &'static [u8] {
    static FILE: LazyLock<Vec<u8>> = LazyLock::new(|| match std::env::var(VARIABLE) {
        Ok(path) => std::fs::read(&path).unwrap_or_else(|error| panic!("{path}: {error}")),
        Err(_) => SAMPLE.to_vec(),
    });
    &FILE
}

/// Pennies of a price as a spreadsheet writes it: `2.1` is 210.
pub fn pennies(price: &str) -> i64 {
    let digits = price.strip_prefix('-').unwrap_or(price);
    let (whole, part) = digits.split_once('.').unwrap_or((digits, "0"));
    assert!(part.len() <= 2, "{price} is no whole number of pennies");
    let sum = whole.parse::<i64>().unwrap() * 100 + format!("{part:0<2}").parse::<i64>().unwrap();
    match digits == price {
        true => sum,
        false => -sum,
    }
}

/// Counts a file; fails at a line that it cannot read.
pub fn count(file: &[u8]) -> Truth {
    let (rows, mut truth) = (rows(file), Truth::default());
    let usable = rows.iter().filter(|row| match useless(row) {
        Some(reason) => truth.leave_out(reason, row),
        None => true,
    });
    let mut invoices: BTreeMap<&str, Vec<&Row>> = BTreeMap::new();
    for row in usable.collect::<Vec<_>>() {
        let invoice = invoices.entry(&row.invoice).or_default();
        match invoice.first() {
            Some(first) if first.customer != row.customer => {
                truth.leave_out("other_customer", row);
            }
            _ => invoice.push(row),
        }
    }
    let (mut credits, sales): (Vec<Invoice<'_>>, Vec<Invoice<'_>>) = invoices
        .into_values()
        .map(Invoice::of)
        .partition(|invoice| invoice.rows[0].came_back());
    let mut out = Vec::new();
    for sale in &sales {
        for row in &sale.rows {
            truth
                .lines
                .push(row.line(row.pieces, sale.at, sale.country));
            out.push(Out::of(row, sale));
        }
    }
    credits.sort_by_key(|credit| (credit.at, credit.rows[0].number));
    for credit in &credits {
        for row in &credit.rows {
            truth.give_back(row, credit.at, &mut out);
        }
    }
    truth
}

fn rows(file: &[u8]) -> Vec<Row> {
    let mut text = String::new();
    match file.starts_with(&[0x1f, 0x8b]) {
        true => MultiGzDecoder::new(file).read_to_string(&mut text).unwrap(),
        false => { file }.read_to_string(&mut text).unwrap(),
    };
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let columns = reader.headers().unwrap().iter().collect::<Vec<_>>();
    assert_eq!(columns.join(","), COLUMNS);
    let row = |record: csv::StringRecord| {
        let cell = |place: usize| record[place].trim().to_owned();
        Row {
            number: record.position().unwrap().line(),
            invoice: cell(0),
            sku: cell(1),
            is_described: !cell(2).is_empty(),
            pieces: cell(3).parse().unwrap(),
            at: cell(4),
            price: pennies(&cell(5)),
            customer: cell(6),
            country: cell(7),
        }
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

/// Why a line is neither a sale nor a return, if it is so by itself.
fn useless(row: &Row) -> Option<&'static str> {
    match row {
        Row { price: 0, .. } => Some("price_zero"),
        Row { price: ..0, .. } => Some("negative_price"),
        Row {
            is_described: false,
            ..
        } => Some("no_description"),
        Row { pieces: 0, .. } => Some("zero_quantity"),
        row if row.sku.eq_ignore_ascii_case("B") => Some("bad_debt"),
        row if row.came_back() && row.pieces > 0 => Some("positive_in_cancellation"),
        row if !row.came_back() && row.pieces < 0 => Some("negative_quantity"),
        _ => None,
    }
}

impl Row {
    fn came_back(&self) -> bool {
        self.invoice.starts_with(['C', 'c'])
    }

    fn line(&self, units: i64, at: &str, country: &str) -> Line {
        Line {
            invoice: self.invoice.clone(),
            sku: self.sku.clone(),
            units,
            pennies: units * self.price,
            day: at[..10].to_owned(),
            customer: self.customer.clone(),
            country: code(country).to_owned(),
        }
    }
}

/// What reports call the countries of the file; the Channel Islands are two.
fn code(name: &str) -> &str {
    const CODES: [(&str, &str); 23] = [
        ("Australia", "AU"),
        ("Austria", "AT"),
        ("Bahrain", "BH"),
        ("Belgium", "BE"),
        ("Cyprus", "CY"),
        ("Denmark", "DK"),
        ("EIRE", "IE"),
        ("Finland", "FI"),
        ("France", "FR"),
        ("Germany", "DE"),
        ("Iceland", "IS"),
        ("Israel", "IL"),
        ("Italy", "IT"),
        ("Japan", "JP"),
        ("Lithuania", "LT"),
        ("Netherlands", "NL"),
        ("Norway", "NO"),
        ("Poland", "PL"),
        ("Portugal", "PT"),
        ("Spain", "ES"),
        ("Sweden", "SE"),
        ("Switzerland", "CH"),
        ("United Kingdom", "GB"),
    ];
    let found = CODES.iter().find(|(known, _)| *known == name);
    found.map_or(name, |(_, code)| code)
}

impl<'a> Invoice<'a> {
    fn of(rows: Vec<&'a Row>) -> Self {
        let at = rows.iter().map(|row| row.at.as_str()).min().unwrap();
        let mut countries = rows.iter().map(|row| row.country.as_str());
        let country = countries.find(|country| !country.is_empty()).unwrap();
        Self { rows, at, country }
    }
}

impl<'a> Out<'a> {
    fn of(row: &'a Row, sale: &Invoice<'a>) -> Self {
        let (at, country, left) = (sale.at, sale.country, row.pieces);
        Self {
            row,
            at,
            country,
            left,
        }
    }
}

impl Default for Truth {
    fn default() -> Self {
        let left_out = BTreeMap::new();
        Self {
            lines: Vec::new(),
            left_out,
        }
    }
}

impl Truth {
    /// Pieces come back from what their buyer bought of them before and for no less: at exactly the
    /// price of the credit first, then the newest; all of them or none.
    fn give_back(&mut self, row: &Row, at: &str, out: &mut [Out<'_>]) {
        let same = |one: &&mut Out<'_>| {
            (&one.row.customer, &one.row.sku) == (&row.customer, &row.sku)
                && one.at <= at
                && one.left > 0
        };
        let mut bought: Vec<_> = out.iter_mut().filter(same).collect();
        if bought.is_empty() {
            self.leave_out("nothing_out", row);
            return;
        }
        bought.retain(|one| one.row.price >= row.price);
        if bought.is_empty() {
            self.leave_out("dearer", row);
            return;
        }
        let mut wanted = -row.pieces;
        if bought.iter().map(|one| one.left).sum::<i64>() < wanted {
            self.leave_out("too_few", row);
            return;
        }
        bought.sort_by_key(|one| (one.row.price != row.price, Reverse(one.at)));
        for one in bought {
            let pieces = one.left.min(wanted);
            (one.left, wanted) = (one.left - pieces, wanted - pieces);
            if pieces > 0 {
                self.lines.push(row.line(-pieces, at, one.country));
            }
        }
    }

    /// Notes a line that does not count; whether it does, which is no.
    fn leave_out(&mut self, reason: &'static str, row: &Row) -> bool {
        self.left_out.entry(reason).or_default().insert(row.number);
        false
    }

    /// Sums by whatever the lines have in common.
    pub fn by(&self, key: impl Fn(&Line) -> String) -> BTreeMap<String, Sum> {
        let mut sums: BTreeMap<String, Sum> = BTreeMap::new();
        for line in &self.lines {
            let sum = sums.entry(key(line)).or_default();
            match line.units > 0 {
                true => (sum.0, sum.1) = (sum.0 + line.units, sum.1 + line.pennies),
                false => sum.2 -= line.pennies,
            }
        }
        sums
    }

    /// How many sales there are, and what all of them and all returns add up to.
    pub fn whole(&self) -> (usize, Sum) {
        let sold = self.lines.iter().filter(|line| line.units > 0);
        let invoices: BTreeSet<&String> = sold.map(|line| &line.invoice).collect();
        let sums = self.by(|_| String::new());
        (
            invoices.len(),
            sums.values().copied().next().unwrap_or_default(),
        )
    }
}

fn left_out(lines: &[&str]) -> Vec<(&'static str, Vec<u64>)> {
    let truth = count(format!("{COLUMNS}\n{}\n", lines.join("\n")).as_bytes());
    let numbers =
        |(reason, numbers): (&'static str, BTreeSet<u64>)| (reason, numbers.into_iter().collect());
    truth.left_out.into_iter().map(numbers).collect()
}

#[test]
fn the_sample_is_worth_what_a_spreadsheet_says() {
    let truth = count(SAMPLE);
    assert_eq!(truth.whole(), (35, (7_094, 1_413_013, 168_470)));
}

#[test]
fn a_line_that_does_not_count_has_its_reason() {
    let lines = [
        "1,MUG,Mug,4,2010-12-01 08:00:00,2.00,1.0,UK",
        "1,CUP,Cup,1,2010-12-01 08:00:00,0.0,1.0,UK",
        "1,CUP,,1,2010-12-01 08:00:00,1.0,1.0,UK",
        "1,CUP,Cup,-1,2010-12-01 08:00:00,1.0,1.0,UK",
        "1,CUP,Cup,1,2010-12-01 08:00:00,1.0,2.0,UK",
        "2,B,Debt,1,2010-12-01 08:00:00,1.0,,UK",
        "C3,CUP,Cup,-1,2010-12-02 08:00:00,1.0,1.0,UK",
        "C3,MUG,Mug,-1,2010-12-02 08:00:00,2.01,1.0,UK",
        "C3,MUG,Mug,-5,2010-12-02 08:00:00,2.00,1.0,UK",
        "C3,MUG,Mug,-4,2010-12-02 08:00:00,2.00,1.0,UK",
        "C4,MUG,Mug,-1,2010-12-03 08:00:00,2.00,1.0,UK",
    ];
    let found = [
        ("bad_debt", vec![7]),
        ("dearer", vec![9]),
        ("negative_quantity", vec![5]),
        ("no_description", vec![4]),
        ("nothing_out", vec![8, 12]),
        ("other_customer", vec![6]),
        ("price_zero", vec![3]),
        ("too_few", vec![10]),
    ];
    assert_eq!(left_out(&lines), found);
}
