//! `cargo xtask chaos tell`: those whom the shop tells things go wrong while it is killed.
//!
//! Stand-ins for a mail server, Twilio and a receiver of webhooks are a process of their own and
//! outlive every kill. Orders are placed and cancelled; meanwhile the receivers are down, slow,
//! answer with errors, hang for longer than the shop waits, or take a message and lose their
//! answer, and the shop is killed: at any moment, and between a message that was taken and its
//! record. Then they are well, time passes, and what came is compared with what happened: nothing
//! lost, nothing twice but where an answer was lost or a kill came between, then under the same
//! id, events of one subject in order, and orders answered all the while.

mod compare;
mod load;
mod plan;
mod readback;
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

/// The kills of a usual run: each receiver in each moment, and as many at any.
const KILLS: u32 = 18;
/// Kills that suffice to see that something is broken: each receiver once.
const PROOF_KILLS: u32 = 3;

#[derive(clap::Args, Clone)]
pub struct TellArgs {
    /// Turn a protection off; the run must then fail, which shows that the rig can
    #[arg(long = "break", value_enum, value_name = "PROTECTION")]
    pub broken: Option<Protection>,
    #[command(flatten)]
    pub run: RunArgs,
}

/// What can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protection {
    /// What is sent is recorded as sent before it was
    RecordedAfter,
    /// What went wrong once is not tried again
    Retries,
    /// What is being sent is claimed by nobody
    Claims,
}

impl TellArgs {
    fn kills(&self, broken: Option<Protection>) -> u32 {
        match broken {
            Some(_) => PROOF_KILLS,
            None => self.run.kills.unwrap_or(KILLS),
        }
    }
}

/// Plays on every engine wanted, all at once, and prints what happened. Answers for each whether
/// everything was as promised; with a protection turned off, whether it was not missed.
pub async fn show(root: &Path, args: &TellArgs, broken: Option<Protection>) -> Outcome<Vec<bool>> {
    let binary = args.run.build.path(root)?;
    let program = program::build(root, stand_in::EXAMPLE)?;
    let play = async |postgres| {
        let programs = (binary.as_path(), program.as_path());
        let rig = Rig::open(root, programs, (args, broken), postgres);
        rig.await?.play().await
    };
    let reports = on_each(root, args.run.engine, play).await?;
    print(&reports, args.run.enough_of_it(broken.is_some()));
    Ok(reports.iter().map(Report::verdict).collect())
}

fn print(reports: &[Report], most: usize) {
    if reports.iter().all(|report| report.broken.is_none()) {
        let mut table = plain_table(report::RECEIVER_COLUMNS);
        table.add_rows(reports.iter().flat_map(Report::receiver_rows));
        println!("{table}");
    }
    let mut table = plain_table(report::COLUMNS);
    table.add_rows(reports.iter().map(Report::row));
    println!("{table}");
    for report in reports {
        report.explain(most);
    }
}
