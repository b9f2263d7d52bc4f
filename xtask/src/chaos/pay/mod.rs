//! `cargo xtask chaos pay`: the provider of payments goes wrong while the shop is killed.
//!
//! A stand-in for Stripe is a process of its own and outlives every kill. Orders are paid by card
//! and on pages, cancelled, given back; calls fail before and after they are done, are slow, or
//! lose their answer, and in each of these moments the shop is killed once; webhooks come twice,
//! backwards, forged, while nobody is there, or not at all. Then the provider heals, time passes,
//! and its book is compared with the shop: nobody is charged twice, no money of a cancelled order
//! is kept, no money is known to one side alone, no stock is held for nobody, every sale has ended.

mod cells;
mod compare;
mod load;
mod post;
mod report;
mod rig;
mod stand_in;

use std::path::Path;

use clap::ValueEnum;

use self::report::Report;
use self::rig::Rig;
use super::database::on_each;
use super::{RunArgs, program};
use crate::outcome::Outcome;
use crate::steps::plain_table;

/// The kills of a usual run: each kind of call, in each of its moments.
const KILLS: u32 = 24;
/// Kills that suffice to see that something is broken.
const PROOF_KILLS: u32 = 4;

#[derive(clap::Args, Clone)]
pub struct PayArgs {
    /// Turn a protection off; the run must then fail, which shows that the rig can
    #[arg(long = "break", value_enum, value_name = "PROTECTION")]
    pub broken: Option<Protection>,
    #[command(flatten)]
    pub run: RunArgs,
}

/// What can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protection {
    /// The provider takes every call for a new one, as if each came with a fresh key
    ProviderKeys,
    /// Calls to the provider are written down only once they are answered
    StoredFirst,
}

impl PayArgs {
    fn kills(&self, broken: Option<Protection>) -> u32 {
        match broken {
            Some(_) => PROOF_KILLS,
            None => self.run.kills.unwrap_or(KILLS),
        }
    }
}

/// Plays on every engine wanted, all at once, and prints what happened. Answers for each whether
/// everything was as promised; with a protection turned off, whether no money went astray.
pub async fn show(root: &Path, args: &PayArgs, broken: Option<Protection>) -> Outcome<Vec<bool>> {
    let (binary, program) = (
        args.run.build.path(root)?,
        program::build(root, stand_in::EXAMPLE)?,
    );
    let play = async |postgres| {
        let programs = (binary.as_path(), program.as_path());
        let rig = Rig::open(root, programs, (args, broken), postgres);
        rig.await?.play().await
    };
    let reports = on_each(root, args.run.engine, play).await?;
    print(&reports, args.run.enough_of_it(broken.is_some()));
    Ok(reports.iter().map(|report| verdict(args, report)).collect())
}

fn print(reports: &[Report], most: usize) {
    for report in reports.iter().filter(|report| report.broken.is_none()) {
        let mut table = plain_table(cells::COLUMNS);
        table.add_rows(report.tally.rows());
        println!("\n{}: calls that went wrong\n{table}", report.engine);
    }
    if reports.iter().all(|report| report.broken.is_none()) {
        let mut table = plain_table(report::POST_COLUMNS);
        table.add_rows(reports.iter().map(Report::post_row));
        println!("{table}");
    }
    let mut table = plain_table(report::COLUMNS);
    table.add_rows(reports.iter().map(Report::row));
    println!("{table}");
    for report in reports {
        report.explain(most);
    }
}

/// A run that had the time for every moment and missed one has shown less than it says.
fn verdict(args: &PayArgs, report: &Report) -> bool {
    if report.broken.is_some() {
        return !report.money_went_astray();
    }
    let missing = match args.kills(None) >= KILLS {
        true => report.tally.missing(),
        false => Vec::new(),
    };
    for moment in &missing {
        println!("{}: not exercised: {moment}", report.engine);
    }
    report.is_clean() && missing.is_empty()
}
