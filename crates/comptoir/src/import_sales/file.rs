//! The file as a stream of records: gzip or plain by what is in it, not by its name; read as often
//! as needed, in constant memory.

use super::SalesError;
use csv::ByteRecord;
use flate2::bufread::MultiGzDecoder;
use indicatif::ProgressBar;
use std::cell::Cell;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::PathBuf;
use std::rc::Rc;

const BUFFER_BYTES: usize = 64 * 1024;
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// No line of a sale is longer; a quote that is never closed would be.
const LINE_MAX_BYTES: usize = 256 * 1024;

/// Where the history comes from.
#[derive(Clone, Debug)]
pub enum Input {
    File(PathBuf),
    /// A sample that is part of the program.
    Built(&'static [u8]),
}

/// Records one by one, with the line each begins at.
pub struct Records {
    csv: csv::Reader<Rationed>,
    ration: Rc<Cell<usize>>,
    header: Vec<String>,
}

impl Input {
    /// How much there is to read, for the progress bar.
    pub fn bytes(&self) -> Result<u64, SalesError> {
        match self {
            Self::File(path) => Ok(std::fs::metadata(path).map_err(|e| self.failed(e))?.len()),
            Self::Built(bytes) => Ok(bytes.len() as u64),
        }
    }

    /// Opens it at its first record; `progress` follows the bytes that are read.
    pub fn open(&self, progress: &ProgressBar) -> Result<Records, SalesError> {
        let source: Box<dyn Read> = match self {
            Self::File(path) => Box::new(File::open(path).map_err(|error| self.failed(error))?),
            Self::Built(bytes) => Box::new(*bytes),
        };
        let raw = progress.wrap_read(source);
        let mut raw = BufReader::with_capacity(BUFFER_BYTES, raw);
        let is_gzip = raw
            .fill_buf()
            .map_err(|error| self.failed(error))?
            .starts_with(&GZIP);
        let plain: Box<dyn Read> = if is_gzip {
            Box::new(MultiGzDecoder::new(raw))
        } else {
            Box::new(raw)
        };
        Records::new(plain).map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> SalesError {
        let name = match self {
            Self::File(path) => path.display().to_string(),
            Self::Built(_) => "the built-in sample".to_owned(),
        };
        SalesError::File { name, error }
    }
}

impl Records {
    fn new(reader: Box<dyn Read>) -> io::Result<Self> {
        let ration = Rc::new(Cell::new(LINE_MAX_BYTES));
        let rationed = Rationed {
            reader,
            ration: Rc::clone(&ration),
        };
        let mut csv = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(rationed);
        let mut header = ByteRecord::new();
        csv.read_byte_record(&mut header)?;
        let header = header
            .iter()
            .map(|cell| String::from_utf8_lossy(cell).trim().to_owned());
        Ok(Self {
            header: header.collect(),
            csv,
            ration,
        })
    }

    /// The names of the columns.
    pub fn header(&self) -> &[String] {
        &self.header
    }

    /// The next record, and the line it begins at; the header is line 1.
    pub fn next(&mut self, record: &mut ByteRecord) -> Result<Option<u64>, SalesError> {
        self.ration.set(LINE_MAX_BYTES);
        let line = self.csv.position().line();
        match self.csv.read_byte_record(record) {
            Ok(true) => Ok(Some(record.position().map_or(line, csv::Position::line))),
            Ok(false) => Ok(None),
            Err(error) => Err(SalesError::Line {
                line,
                error: error.into(),
            }),
        }
    }
}

/// A reader that gives no more than its ration, which is filled up before each record.
struct Rationed {
    reader: Box<dyn Read>,
    ration: Rc<Cell<usize>>,
}

impl Read for Rationed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let left = self.ration.get();
        if left == 0 && !buffer.is_empty() {
            let sentence = "a line of more than 256 KiB; is a quote left open?";
            return Err(io::Error::other(sentence));
        }
        let room = buffer.len().min(left);
        let read = self.reader.read(&mut buffer[..room])?;
        self.ration.set(left - read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use std::io::Write as _;

    fn lines_of(bytes: &'static [u8]) -> Result<Vec<(u64, usize)>, SalesError> {
        let mut records = Input::Built(bytes).open(&ProgressBar::hidden())?;
        let (mut record, mut lines) = (ByteRecord::new(), Vec::new());
        while let Some(line) = records.next(&mut record)? {
            lines.push((line, record.len()));
        }
        Ok(lines)
    }

    #[test]
    fn lines_are_numbered_as_an_editor_numbers_them() {
        let text = b"a,b\n1,2\n\"two\nlines\",3\n4\n";
        assert_eq!(lines_of(text).unwrap(), [(2, 2), (3, 2), (5, 1)]);
    }

    #[test]
    fn gzip_is_known_by_its_first_bytes() {
        let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
        packed.write_all(b"a,b\n1,2\n").unwrap();
        let packed: &'static [u8] = packed.finish().unwrap().leak();
        assert_eq!(lines_of(packed).unwrap(), [(2, 2)]);
    }

    #[test]
    fn a_byte_order_mark_is_not_part_of_the_first_column() {
        let records = Input::Built(b"\xef\xbb\xbfInvoiceNo,b\n").open(&ProgressBar::hidden());
        assert_eq!(records.unwrap().header(), ["InvoiceNo", "b"]);
    }

    #[test]
    fn an_open_quote_does_not_swallow_the_file() {
        let text = format!("a,b\n1,\"{}", "x\n".repeat(LINE_MAX_BYTES))
            .into_bytes()
            .leak();
        let error = lines_of(text).unwrap_err().to_string();
        assert!(
            error.contains("line 2") && error.contains("quote"),
            "{error}"
        );
    }
}
