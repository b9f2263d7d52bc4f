//! One line of the file: what it says, or why nothing can be made of it. Pure.

use super::Rules;
use super::amount::Exact;
use super::codes;
use super::columns::{CODE, CUSTOMER, Cells, Columns, DATE, DESCRIPTION, INVOICE};
use super::reason::Reason;
use catalog::ProductName;
use csv::ByteRecord;
use kernel::{Country, Money, Quantity, Sku, Timestamp};

/// Longest number of an invoice or a customer.
const NUMBER_MAX: usize = 40;

/// Most that one piece may cost, in minor units: what the shop takes for a price anywhere.
const PRICE_MAX_MINOR: i64 = kernel::MoneyInput::MAX_MINOR;

/// Longest name of a country.
const COUNTRY_MAX: usize = 60;

/// A line that is part of a sale, or of a cancellation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SoldLine {
    pub number: u64,
    pub invoice: String,
    pub is_credit: bool,
    pub code: Sku,
    pub description: ProductName,
    /// Pieces sold, or given back.
    pub quantity: Quantity,
    pub at: Timestamp,
    pub unit_price: Money,
    pub customer: Option<String>,
    /// Its code where it is known, else the file's words.
    pub country: Option<String>,
    /// Quantity × price as the file has them: negative in a cancellation.
    pub amount: Exact,
}

/// A line that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    pub number: u64,
    pub reason: Reason,
    pub invoice: String,
    pub code: String,
    /// `None`: the line has no readable quantity and price, and adds nothing to the file's sum.
    pub amount: Option<Exact>,
}

/// Reads the line `number`.
pub fn read(
    number: u64,
    record: &ByteRecord,
    columns: &Columns,
    rules: &Rules,
) -> Result<SoldLine, LeftOut> {
    let cells = Cells::of(record, columns);
    classify(number, &cells, rules).map_err(|reason| LeftOut {
        number,
        reason,
        invoice: cells.shown(INVOICE),
        code: cells.shown(CODE),
        amount: cells.amount(),
    })
}

fn classify(number: u64, cells: &Cells, rules: &Rules) -> Result<SoldLine, Reason> {
    let (pieces, price) = (cells.quantity()?, cells.price()?);
    let description = cells.get(DESCRIPTION)?;
    if price.is_zero() {
        return Err(Reason::PriceZero);
    }
    if price.is_negative() {
        return Err(Reason::NegativePrice);
    }
    if description.is_empty() {
        return Err(Reason::NoDescription);
    }
    let invoice = number_of(cells.get(INVOICE)?).ok_or(Reason::BadInvoice)?;
    let code: Sku = cells.get(CODE)?.parse().map_err(|_| Reason::BadCode)?;
    if codes::is_bad_debt(code.as_str()) {
        return Err(Reason::BadDebt);
    }
    let is_credit = invoice.starts_with(['C', 'c']);
    Ok(SoldLine {
        number,
        is_credit,
        code,
        description: description.parse().map_err(|_| Reason::BadDescription)?,
        quantity: quantity(pieces, is_credit)?,
        at: date(cells.get(DATE)?, rules)?,
        unit_price: unit_price(price, rules)?,
        customer: customer(cells.get(CUSTOMER)?)?,
        country: cells.country.and_then(country),
        amount: price.times(pieces).ok_or(Reason::AmountTooLarge)?,
        invoice,
    })
}

/// Sales add pieces, cancellations take them away.
fn quantity(pieces: i64, is_credit: bool) -> Result<Quantity, Reason> {
    let pieces = match (pieces, is_credit) {
        (0, _) => return Err(Reason::ZeroQuantity),
        (1.., true) => return Err(Reason::PositiveInCancellation),
        (..0, false) => return Err(Reason::NegativeQuantity),
        (pieces, _) => pieces.checked_abs().ok_or(Reason::TooManyPieces)?,
    };
    Quantity::new(pieces).map_err(|_| Reason::TooManyPieces)
}

/// The price in the shop's currency, if that can say it: it is never rounded.
fn unit_price(price: Exact, rules: &Rules) -> Result<Money, Reason> {
    let money = price
        .in_currency(rules.written_in)
        .ok_or(Reason::PriceTooFine)?;
    if money.minor() > PRICE_MAX_MINOR {
        return Err(Reason::AmountTooLarge);
    }
    Ok(Money::new(money.minor(), rules.sold_in))
}

/// `2010-12-01 08:26:00`. The file names no time zone; it is read as UTC.
fn date(text: &str, rules: &Rules) -> Result<Timestamp, Reason> {
    let moment: Timestamp = format!("{text}Z").parse().map_err(|_| Reason::BadDate)?;
    if moment > rules.now {
        Err(Reason::FutureDate)
    } else {
        Ok(moment)
    }
}

/// `17850.0` is how a spreadsheet writes 17850. Nothing is the walk-in client.
fn customer(text: &str) -> Result<Option<String>, Reason> {
    let number = match text.strip_suffix(".0") {
        Some(whole) if whole.bytes().all(|byte| byte.is_ascii_digit()) => whole,
        _ => text,
    };
    match number {
        "" => Ok(None),
        number => number_of(number).map(Some).ok_or(Reason::BadCustomer),
    }
}

/// The code of the country, as live orders have it, or the file's words where they name none. What
/// cannot be the name of a country is none: no line is left out for it.
fn country(text: &str) -> Option<String> {
    let fits = text.chars().count() <= COUNTRY_MAX && !text.contains(char::is_control);
    fits.then(|| Country::word_for(text)).flatten()
}

/// Numbers are short and have neither spaces nor control characters in them.
fn number_of(text: &str) -> Option<String> {
    let strange = |c: char| c.is_whitespace() || c.is_control();
    let fits = !text.is_empty() && text.chars().count() <= NUMBER_MAX;
    (fits && !text.contains(strange)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::super::columns::{NAMES, PRICE, QUANTITY};
    use super::*;
    use kernel::Currency;
    use proptest::prelude::*;

    fn rules() -> Rules {
        let now = "2026-01-01T00:00:00Z".parse().unwrap();
        Rules {
            written_in: Currency::GBP,
            sold_in: Currency::GBP,
            now,
        }
    }

    fn columns() -> Columns {
        Columns::find(&NAMES.map(str::to_owned)).unwrap()
    }

    fn read_cells(cells: [&[u8]; 7]) -> Result<SoldLine, LeftOut> {
        read(2, &ByteRecord::from(cells.to_vec()), &columns(), &rules())
    }

    #[test]
    fn a_country_is_taken_where_the_file_has_one() {
        let mut header = NAMES.map(str::to_owned).to_vec();
        header.push("country".to_owned());
        let columns = Columns::find(&header).unwrap();
        let country = |cell: &[u8]| {
            let mut cells = GOOD.to_vec();
            cells.push(cell);
            let line = read(2, &ByteRecord::from(cells), &columns, &rules()).unwrap();
            line.country
        };
        assert_eq!(country(b" EIRE "), Some("IE".to_owned()));
        assert_eq!(
            country(b"Channel Islands"),
            Some("Channel Islands".to_owned())
        );
        for none in [b"".as_slice(), b"Unspecified", b"\xff", &[b'x'; 61]] {
            assert_eq!(country(none), None);
        }
        assert_eq!(read_cells(GOOD).unwrap().country, None);
    }

    const GOOD: [&[u8]; 7] = [
        b"536365",
        b"85123A",
        b"HOLDER ",
        b"6",
        b"2010-12-01 08:26:00",
        b"2.55",
        b"17850.0",
    ];

    /// The good line with one cell changed.
    fn with(column: usize, cell: &[u8]) -> Result<SoldLine, LeftOut> {
        let mut cells = GOOD;
        cells[column] = cell;
        read_cells(cells)
    }

    #[test]
    fn a_line_is_read() {
        let line = read_cells(GOOD).unwrap();
        assert_eq!(
            (line.invoice.as_str(), line.code.as_str()),
            ("536365", "85123A")
        );
        assert_eq!(
            (line.description.as_str(), line.quantity.get()),
            ("HOLDER", 6)
        );
        assert_eq!(line.at.to_string(), "2010-12-01T08:26:00Z");
        assert_eq!(line.unit_price, Money::new(255, Currency::GBP));
        assert_eq!(line.customer.as_deref(), Some("17850"));
        assert_eq!(line.amount.to_string(), "15.30");
        assert!(!line.is_credit);
    }

    #[test]
    fn a_line_without_a_customer_is_the_walk_in_clients() {
        assert_eq!(with(CUSTOMER, b"").unwrap().customer, None);
        assert_eq!(
            with(CUSTOMER, b"A.0").unwrap().customer.as_deref(),
            Some("A.0")
        );
    }

    #[test]
    fn a_cancellation_takes_pieces_away() {
        let mut cells = GOOD;
        (cells[INVOICE], cells[QUANTITY]) = (b"C536365", b"-6");
        let line = read_cells(cells).unwrap();
        assert!(line.is_credit && line.quantity.get() == 6);
        assert_eq!(line.amount.to_string(), "-15.30");
    }

    #[test]
    fn every_kind_of_mess_has_its_reason() {
        let cases: [(usize, &[u8], Reason); 22] = [
            (PRICE, b"0.00", Reason::PriceZero),
            (PRICE, b"-11062.06", Reason::NegativePrice),
            (PRICE, b"0.001", Reason::PriceTooFine),
            (PRICE, b"2,55", Reason::BadPrice),
            (PRICE, b"", Reason::BadPrice),
            (PRICE, b"10000000000001.00", Reason::AmountTooLarge),
            (PRICE, b"9999999999999999.00", Reason::BadPrice),
            (DESCRIPTION, b"  ", Reason::NoDescription),
            (DESCRIPTION, b"\xff", Reason::NotUtf8),
            (DESCRIPTION, &[b'x'; 256], Reason::BadDescription),
            (QUANTITY, b"-6", Reason::NegativeQuantity),
            (QUANTITY, b"0", Reason::ZeroQuantity),
            (QUANTITY, b"1.5", Reason::BadQuantity),
            (QUANTITY, b"99999999999999999999", Reason::BadQuantity),
            (QUANTITY, b"1000000001", Reason::TooManyPieces),
            (INVOICE, b"", Reason::BadInvoice),
            (INVOICE, b"C536365", Reason::PositiveInCancellation),
            (CODE, b"", Reason::BadCode),
            (CODE, b"B", Reason::BadDebt),
            (DATE, b"31/12/2010", Reason::BadDate),
            (DATE, b"2110-12-01 08:26:00", Reason::FutureDate),
            (CUSTOMER, b"17 850", Reason::BadCustomer),
        ];
        for (column, cell, reason) in cases {
            let refused = with(column, cell).unwrap_err();
            assert_eq!(refused.reason, reason, "{}", String::from_utf8_lossy(cell));
        }
        let short = ByteRecord::from(GOOD[..5].to_vec());
        let refused = read(2, &short, &columns(), &rules()).unwrap_err();
        assert_eq!((refused.reason, refused.amount), (Reason::FewFields, None));
    }

    #[test]
    fn a_line_that_is_left_out_still_counts_in_the_sum() {
        let refused = with(DESCRIPTION, b"").unwrap_err();
        assert_eq!(
            refused.amount.map(|amount| amount.to_string()).as_deref(),
            Some("15.30")
        );
        assert_eq!(with(PRICE, b"x").unwrap_err().amount, None);
    }

    proptest! {
        #[test]
        fn no_line_can_break_the_reader(
            cells in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..40), 0..9),
        ) {
            let _ = read(2, &ByteRecord::from(cells), &columns(), &rules());
        }

        #[test]
        fn a_line_that_is_read_is_worth_its_pieces_times_its_price(
            pieces in 1_i64..100_000, minor in 1_i64..1_000_000,
        ) {
            let price = Money::new(minor, Currency::GBP).to_string();
            let mut cells = GOOD;
            let pieces_text = pieces.to_string();
            (cells[QUANTITY], cells[PRICE]) = (pieces_text.as_bytes(), price.as_bytes());
            let line = read_cells(cells).unwrap();
            prop_assert_eq!(
                line.amount,
                Exact::of_minor(i128::from(minor) * i128::from(pieces), Currency::GBP)
            );
        }
    }
}
