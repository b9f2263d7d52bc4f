//! `comptoir import products`: products from a CSV file, as `POST /v1/products/import` takes them.

use crate::wiring::Shop;
use catalog::{ImportError, ImportOptions, ImportReport};
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use indicatif::{ProgressBar, ProgressStyle};
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;

/// Why the import stopped.
#[derive(Debug, thiserror::Error)]
pub enum ProductsError {
    #[error("{name}: {error}")]
    File { name: String, error: std::io::Error },
    #[error(transparent)]
    Import(#[from] ImportError),
}

/// Imports, prints what became of the lines; fails when one could not be imported. Categories that
/// are not there are made.
pub async fn run(shop: &Shop, file: &Path, atomic: bool) -> Result<ExitCode, ProductsError> {
    let failed = |error| ProductsError::File {
        name: file.display().to_string(),
        error,
    };
    let reader = File::open(file).map_err(failed)?;
    let progress = bar(reader.metadata().map_err(failed)?.len());
    let options = ImportOptions {
        atomic,
        create_categories: true,
    };
    let so_far = progress.clone();
    let outcome = catalog::import_products(shop.host(), reader, options, move |at| {
        so_far.set_position(at.bytes);
        so_far.set_message(format!("{} lines", at.lines));
    });
    let outcome = outcome.await;
    progress.finish_and_clear();
    match outcome {
        Ok(report) => Ok(tell(&report)),
        Err(ImportError::Refused(report)) => {
            let code = tell(&report);
            println!("Nothing was imported: --atomic wants all lines or none.");
            Ok(code)
        }
        Err(error) => Err(error.into()),
    }
}

fn tell(report: &ImportReport) -> ExitCode {
    if !report.errors.is_empty() {
        println!("{}", errors(report));
    }
    let unlisted = report.failed - report.errors.len() as u64;
    if unlisted > 0 {
        println!("and {unlisted} more lines that were not imported");
    }
    let ImportReport {
        lines,
        created,
        updated,
        unchanged,
        failed,
        ..
    } = report;
    println!(
        "{lines} lines: {created} created, {updated} updated, {unchanged} unchanged, {failed} not \
         imported"
    );
    if report.categories_created > 0 {
        println!("{} categories created", report.categories_created);
    }
    if *failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn errors(report: &ImportReport) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["line", "column", "code", "message"]);
    for error in &report.errors {
        let column = error.column.unwrap_or_default();
        table.add_row([&error.line.to_string(), column, error.code, &error.message]);
    }
    table
}

/// Drawn on a terminal only.
fn bar(bytes: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{wide_bar} {percent:>3} % {msg} {elapsed}");
    let bar = ProgressBar::new(bytes);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
