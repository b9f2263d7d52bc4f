//! `comptoir verify`: every audit on a live database.

use super::CommandError;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use std::process::ExitCode;

/// Prints a line per audit; fails when one finds something.
pub async fn run(shop: &Shop) -> Result<ExitCode, CommandError> {
    let findings = shop.verify().await?;
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["audit", "findings"]);
    for audit in shop.audits() {
        let found = findings
            .iter()
            .filter(|finding| finding.audit == audit.name)
            .count();
        table.add_row([audit.name.to_owned(), found.to_string()]);
    }
    println!("{table}");
    for finding in findings.iter().take(100) {
        println!(
            "{}: {}: {}",
            finding.audit, finding.subject, finding.finding
        );
    }
    match findings.len() {
        0 => println!("no differences"),
        many => println!("{many} differences"),
    }
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
