//! `comptoir payments reconcile`.

use super::CommandError;
use crate::wiring::Shop;
use comfy_table::{Table, presets::UTF8_FULL_CONDENSED};
use kernel::Money;
use payments::{Day, Difference, DifferenceKind, Moved, Outcome, ProviderDay, Reconciliation};
use std::process::ExitCode;

/// Prints a line a provider and a line a difference; fails when there is one, or when a provider
/// did not answer.
pub async fn reconcile(
    shop: &Shop,
    date: Option<Day>,
    heal: bool,
) -> Result<ExitCode, CommandError> {
    let day = date.unwrap_or_else(|| Day::before(shop.host().source.now()));
    let payments = shop.payments();
    let compared = payments.reconcile(day.from(), day.until(), heal).await?;
    println!("{day}\n{}", providers(&compared));
    let differences: Vec<_> = compared
        .providers
        .iter()
        .flat_map(|one| one.differences.iter().map(move |it| (one, it)))
        .collect();
    if !differences.is_empty() {
        println!("{}", table_of(&differences));
    }
    let unreachable = |one: &&ProviderDay| one.outcome == Outcome::Unreachable;
    let silent = compared.providers.iter().filter(unreachable).count();
    match (differences.len(), silent) {
        (0, 0) => println!("no differences"),
        (many, 0) => println!("{many} differences"),
        (many, silent) => println!("{many} differences; {silent} providers did not answer"),
    }
    Ok(match differences.is_empty() && silent == 0 {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}

fn providers(compared: &Reconciliation) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "provider",
        "ours",
        "theirs",
        "captured",
        "refunded",
        "differences",
    ]);
    for one in &compared.providers {
        let (theirs, differences) = match one.outcome {
            Outcome::Compared => (one.theirs.to_string(), one.differences.len().to_string()),
            Outcome::NoList => ("keeps no list".to_owned(), "-".to_owned()),
            Outcome::Unreachable => ("no answer".to_owned(), "?".to_owned()),
        };
        table.add_row([
            one.provider.clone(),
            one.ours.to_string(),
            theirs,
            sums(&one.captured),
            sums(&one.refunded),
            differences,
        ]);
    }
    table
}

fn table_of(differences: &[(&ProviderDay, &Difference)]) -> Table {
    let mut table = Table::new();
    table.load_style(UTF8_FULL_CONDENSED).set_header([
        "provider",
        "what",
        "order",
        "payment",
        "reference",
        "ours",
        "theirs",
    ]);
    for (provider, one) in differences {
        let what = match one.kind {
            DifferenceKind::MissingThere => "missing there",
            DifferenceKind::MissingHere => "missing here",
            DifferenceKind::AmountDiffers => "amount differs",
        };
        table.add_row([
            provider.provider.clone(),
            what.to_owned(),
            one.order_number.clone().unwrap_or_default(),
            one.payment_id.map(|id| id.to_string()).unwrap_or_default(),
            one.reference.clone().unwrap_or_default(),
            moved(one.ours),
            moved(one.theirs),
        ]);
    }
    table
}

fn moved(moved: Option<Moved>) -> String {
    moved.map_or_else(String::new, |one| {
        format!("{}, back {}", sums(&[one.captured]), sums(&[one.refunded]))
    })
}

fn sums(sums: &[Money]) -> String {
    let sum = |one: &Money| format!("{one} {}", one.currency().code());
    sums.iter().map(sum).collect::<Vec<_>>().join(", ")
}
