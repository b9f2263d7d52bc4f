//! `comptoir verify`: every audit of every context on a live database: stock, money, parcels,
//! sagas.

use super::CommandError;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use platform::Audit;
use platform::module::Finding;
use std::collections::BTreeSet;
use std::process::ExitCode;

/// Findings shown in words; the table counts all.
const SHOWN: usize = 100;

/// Prints a line per audit; fails when one finds something.
pub async fn run(shop: &Shop) -> Result<ExitCode, CommandError> {
    let findings = shop.verify().await?;
    let audits = shop.audits_by_context();
    println!("{}", table(&audits, &findings));
    for finding in findings.iter().take(SHOWN) {
        println!(
            "{}: {}: {}",
            finding.audit, finding.subject, finding.finding
        );
    }
    println!("{}", verdict(&audits, findings.len()));
    Ok(if findings.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn table(audits: &[(&'static str, Audit)], findings: &[Finding]) -> Table {
    let mut table = Table::new();
    table
        .load_style(UTF8_FULL_CONDENSED)
        .set_header(["context", "audit", "findings"]);
    for (context, audit) in audits {
        let of_this = findings.iter().filter(|one| one.audit == audit.name);
        let found = of_this.count().to_string();
        table.add_row([(*context).to_owned(), audit.name.to_owned(), found]);
    }
    table
}

fn verdict(audits: &[(&'static str, Audit)], findings: usize) -> String {
    let contexts: BTreeSet<_> = audits.iter().map(|(context, _)| context).collect();
    let run = format!("{} audits of {} contexts", audits.len(), contexts.len());
    match findings {
        0 => format!("{run}: no differences"),
        1 => format!("{run}: 1 difference"),
        many => format!("{run}: {many} differences"),
    }
}
