//! The reconciliation for people, and the lines that were left out as a file.

use super::Outcome;
use super::amount::{Exact, thousands};
use super::line::LeftOut;
use super::tally::{Count, LeftOuts};
use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use std::fmt;
use std::fs::File;
use std::io;
use std::path::Path;

/// Every line that was left out, with its reason, as CSV.
pub struct LeftOutFile(csv::Writer<File>);

impl LeftOutFile {
    pub fn create(path: &Path) -> io::Result<Self> {
        let mut csv = csv::Writer::from_writer(File::create(path)?);
        csv.write_record(["line", "reason", "explanation", "invoice", "code", "amount"])?;
        Ok(Self(csv))
    }

    pub fn write(&mut self, line: &LeftOut) -> io::Result<()> {
        let amount = line
            .amount
            .map(|amount| amount.to_string().replace(',', ""));
        self.0.write_record([
            &line.number.to_string(),
            line.reason.code(),
            line.reason.sentence(),
            &harmless(&line.invoice),
            &harmless(&line.code),
            amount.as_deref().unwrap_or_default(),
        ])?;
        Ok(())
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A cell that begins like a formula is one to a spreadsheet program, unless a quote is before it.
fn harmless(cell: &str) -> String {
    match cell.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        true => format!("'{cell}"),
        false => cell.to_owned(),
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", table(self))?;
        for (reason, left_outs) in &self.tally.left_out {
            let kind = if reason.is_unmatched() {
                "unmatched"
            } else {
                "skipped"
            };
            let numbers = line_numbers(left_outs);
            writeln!(
                f,
                "{kind}, {} ({}): {numbers}",
                reason.sentence(),
                reason.code()
            )?;
        }
        let survey = &self.survey;
        if survey.without_amount > 0 {
            let lines = count_of(survey.without_amount, "line has", "lines have");
            writeln!(
                f,
                "{lines} no readable quantity and price and count as 0.00"
            )?;
        }
        let products = thousands(&survey.products.len().to_string());
        let clients = survey.customers.len() + usize::from(survey.walk_in);
        writeln!(
            f,
            "{products} products and {} clients",
            thousands(&clients.to_string())
        )?;
        if self.contradictions.is_empty() {
            writeln!(
                f,
                "Adds up: every line of the file is in one row, and the shop has it."
            )?;
        } else {
            writeln!(f, "DOES NOT ADD UP: {}", self.contradictions.join("; "))?;
        }
        if !self.tally.has_news() {
            writeln!(
                f,
                "Nothing new: what this file can give was imported before."
            )?;
        }
        Ok(())
    }
}

fn table(outcome: &Outcome) -> Table {
    let tally = &outcome.tally;
    let mut table = Table::new();
    let amount = format!("{}", outcome.currency);
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["", "invoices", "lines", &amount]);
    let mut row = |what: &str, count: Count| {
        let documents = match count.documents {
            0 => String::new(),
            many => thousands(&many.to_string()),
        };
        table.add_row([
            what,
            &documents,
            &thousands(&count.lines.to_string()),
            &text(count.amount),
        ]);
    };
    row("sales imported", tally.sales.new);
    row("sales known from an earlier run", tally.sales.known);
    row("returns imported", tally.returns.new);
    row("returns known from an earlier run", tally.returns.known);
    for (reason, left_outs) in tally
        .left_out
        .iter()
        .filter(|(reason, _)| reason.is_unmatched())
    {
        row(
            &format!("returns not matched: {}", reason.sentence()),
            left_outs.count,
        );
    }
    for (reason, left_outs) in tally
        .left_out
        .iter()
        .filter(|(reason, _)| !reason.is_unmatched())
    {
        row(&format!("skipped: {}", reason.sentence()), left_outs.count);
    }
    let all = Count {
        documents: 0,
        ..tally.total()
    };
    row("all of these", all);
    let survey = &outcome.survey;
    row(
        "the file",
        Count {
            documents: 0,
            lines: survey.lines,
            amount: survey.amount,
        },
    );
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

fn text(amount: Exact) -> String {
    amount.to_string()
}

fn count_of(count: u64, one: &str, many: &str) -> String {
    let what = if count == 1 { one } else { many };
    format!("{} {what}", thousands(&count.to_string()))
}

/// `12, 40-43, …`
fn line_numbers(left_outs: &LeftOuts) -> String {
    let mut numbers = left_outs.numbers.clone();
    numbers.sort_unstable();
    let mut runs: Vec<(u64, u64)> = Vec::new();
    for number in numbers {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => runs.push((number, number)),
        }
    }
    let run = |(first, last): &(u64, u64)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    };
    let mut text = runs.iter().map(run).collect::<Vec<_>>().join(", ");
    let unlisted = left_outs.count.lines - left_outs.numbers.len() as u64;
    if unlisted > 0 {
        text.push_str(&format!(
            " and {} more; --report lists them all",
            thousands(&unlisted.to_string())
        ));
    }
    let label = if left_outs.count.lines == 1 {
        "line"
    } else {
        "lines"
    };
    format!("{label} {text}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_follow_each_other_are_listed_as_a_run() {
        let count = Count {
            documents: 0,
            lines: 6,
            amount: Exact::default(),
        };
        let numbers = vec![9, 2, 3, 4, 11];
        let text = line_numbers(&LeftOuts { count, numbers });
        assert_eq!(text, "lines 2-4, 9, 11 and 1 more; --report lists them all");
    }

    #[test]
    fn a_cell_is_no_formula() {
        assert_eq!(harmless("=HYPERLINK(1)"), "'=HYPERLINK(1)");
        assert_eq!(harmless("536365"), "536365");
    }
}
