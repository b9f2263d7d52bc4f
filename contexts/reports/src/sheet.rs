//! Reports as lines of CSV (RFC 4180). Texts from outside are made harmless in their rows.

/// A row of a report that can stand in a sheet.
pub trait Sheet {
    const COLUMNS: &'static [&'static str];
    fn cells(&self) -> Vec<String>;
}

/// The header and a line a row.
pub fn lines<T: Sheet>(rows: &[T]) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .from_writer(Vec::new());
    writer.write_record(T::COLUMNS)?;
    for row in rows {
        writer.write_record(row.cells())?;
    }
    writer
        .into_inner()
        .map_err(|error| csv::Error::from(error.into_error()))
}
