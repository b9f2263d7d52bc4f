//! Reads a sheet in portions, in constant memory whatever is in the file.

use super::Column;
use super::line::{Cells, Fault, Line};
use kernel::Currency;
use std::collections::HashSet;
use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// How many lines go into one portion: enough that a statement is worth its while, few enough
/// that others do not wait long for the writer.
const CHUNK_LINES: usize = 500;

/// No line of a catalogue is longer; a quote that is never closed would be.
const LINE_MAX_BYTES: u64 = 1024 * 1024;

/// The first bytes, in which the header must be.
const BUFFER_BYTES: usize = 64 * 1024;

/// Lines in the order of the file. No SKU occurs twice in a portion.
#[derive(Debug, Default)]
pub struct Chunk {
    pub lines: Vec<NumberedLine>,
    /// How far into the file this is.
    pub bytes: u64,
}

/// A line, and where it begins in the file; the header is line 1.
#[derive(Debug)]
pub struct NumberedLine {
    pub number: u64,
    pub line: Result<Line, Fault>,
}

/// Why a sheet as a whole is not read any further.
#[derive(Debug, thiserror::Error)]
pub enum SheetError {
    #[error("the sheet has no header line")]
    Empty,
    #[error("the header line is not UTF-8")]
    HeaderNotUtf8,
    #[error("there is no column `{0}`; columns are {names}", names = column_names())]
    UnknownColumn(String),
    #[error("the column `{0}` occurs twice")]
    DoubleColumn(&'static str),
    #[error("the column `sku` is missing")]
    NoSku,
    #[error("the line that begins at line {0} is longer than 1 MiB; is a quote left open?")]
    LineTooLong(u64),
    #[error("the sheet cannot be read to its end")]
    Read(#[source] io::Error),
}

fn column_names() -> String {
    Column::ALL.map(Column::name).join(", ")
}

/// Hands the sheet's lines to `deliver`, portion by portion, until it returns false.
pub fn read_in_chunks(
    reader: impl Read,
    shop: Currency,
    mut deliver: impl FnMut(Chunk) -> bool,
) -> Result<(), SheetError> {
    let mut sheet = Sheet::open(reader)?;
    let mut skus = HashSet::new();
    let mut chunk = Chunk::default();
    let mut record = csv::ByteRecord::new();
    while sheet.next(&mut record)? {
        let number = record.position().map_or(0, csv::Position::line);
        let line = sheet.line(&record, shop);
        let sku = line.as_ref().ok().map(|line| line.sku.clone());
        let double = sku.as_ref().is_some_and(|sku| skus.contains(sku));
        if double || chunk.lines.len() == CHUNK_LINES {
            skus.clear();
            if !deliver(std::mem::take(&mut chunk)) {
                return Ok(());
            }
        }
        skus.extend(sku);
        chunk.lines.push(NumberedLine { number, line });
        chunk.bytes = sheet.bytes();
    }
    if !chunk.lines.is_empty() {
        deliver(chunk);
    }
    Ok(())
}

struct Sheet<R> {
    csv: csv::Reader<BufReader<Rationed<R>>>,
    columns: Vec<Column>,
    ration: Arc<AtomicU64>,
}

impl<R: Read> Sheet<R> {
    fn open(reader: R) -> Result<Self, SheetError> {
        let ration = Arc::new(AtomicU64::new(LINE_MAX_BYTES));
        let rationed = Rationed {
            reader,
            ration: Arc::clone(&ration),
        };
        let mut buffer = BufReader::with_capacity(BUFFER_BYTES, rationed);
        let delimiter = delimiter_of(buffer.fill_buf().map_err(SheetError::Read)?);
        let mut csv = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .flexible(true)
            .from_reader(buffer);
        let mut header = csv::ByteRecord::new();
        let found = csv
            .read_byte_record(&mut header)
            .map_err(|error| failed(error, 1))?;
        if !found {
            return Err(SheetError::Empty);
        }
        Ok(Self {
            csv,
            columns: columns(&header)?,
            ration,
        })
    }

    fn next(&mut self, record: &mut csv::ByteRecord) -> Result<bool, SheetError> {
        self.ration.store(LINE_MAX_BYTES, Ordering::Relaxed);
        let line = self.csv.position().line();
        self.csv
            .read_byte_record(record)
            .map_err(|error| failed(error, line))
    }

    fn line(&self, record: &csv::ByteRecord, shop: Currency) -> Result<Line, Fault> {
        if record.len() != self.columns.len() {
            let (is, should) = (record.len(), self.columns.len());
            let message = format!("the line has {is} cells and the header {should}");
            return Err(Fault::of_line("WRONG_CELL_COUNT", message));
        }
        let texts = record
            .iter()
            .map(std::str::from_utf8)
            .collect::<Result<Vec<_>, _>>();
        let cells = texts.map_err(|_| Fault::of_line("NOT_UTF8", "the line is not UTF-8"))?;
        Line::read(
            &Cells {
                columns: &self.columns,
                cells,
            },
            shop,
        )
    }

    fn bytes(&self) -> u64 {
        self.csv.position().byte()
    }
}

/// Comma, semicolon or tab: whichever the header has most of. Spreadsheets write any of them.
fn delimiter_of(beginning: &[u8]) -> u8 {
    let header = beginning
        .split(|byte| matches!(byte, b'\n' | b'\r'))
        .next()
        .unwrap_or_default();
    let count = |delimiter: u8| header.iter().filter(|byte| **byte == delimiter).count();
    let candidates = [b'\t', b';', b','];
    candidates
        .into_iter()
        .max_by_key(|delimiter| count(*delimiter))
        .unwrap_or(b',')
}

fn columns(header: &csv::ByteRecord) -> Result<Vec<Column>, SheetError> {
    let mut columns = Vec::with_capacity(header.len());
    for cell in header {
        let name = std::str::from_utf8(cell).map_err(|_| SheetError::HeaderNotUtf8)?;
        let unknown = || SheetError::UnknownColumn(name.chars().take(64).collect());
        let column = Column::of(name).ok_or_else(unknown)?;
        if columns.contains(&column) {
            return Err(SheetError::DoubleColumn(column.name()));
        }
        columns.push(column);
    }
    match columns.contains(&Column::Sku) {
        true => Ok(columns),
        false => Err(SheetError::NoSku),
    }
}

fn failed(error: csv::Error, line: u64) -> SheetError {
    match error.into_kind() {
        csv::ErrorKind::Io(error) if error.get_ref().is_some_and(|e| e.is::<TooLong>()) => {
            SheetError::LineTooLong(line)
        }
        csv::ErrorKind::Io(error) => SheetError::Read(error),
        other => SheetError::Read(io::Error::other(format!("{other:?}"))),
    }
}

/// A reader that gives no more than its ration, which is filled up before each line.
struct Rationed<R> {
    reader: R,
    ration: Arc<AtomicU64>,
}

#[derive(Debug, thiserror::Error)]
#[error("the line is too long")]
struct TooLong;

impl<R: Read> Read for Rationed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.ration.load(Ordering::Relaxed);
        if left == 0 {
            return Err(io::Error::other(TooLong));
        }
        let count = self.reader.read(buffer)?;
        self.ration
            .store(left.saturating_sub(count as u64), Ordering::Relaxed);
        Ok(count)
    }
}
