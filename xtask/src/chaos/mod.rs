//! `cargo xtask chaos`: breaks the shop on purpose and checks what it promised.
//!
//! The ledger rig (`kill`) is a process of its own. It writes down what it is about to ask, asks,
//! and writes down the answer. Meanwhile the shop is killed at random and started again; every
//! request is asked again with its key until the answer is definite. In the end everything is read
//! back and compared with what was acknowledged: nothing lost, nothing done twice.
//!
//! The payments rig (`pay`) does the same to the shop while its provider goes wrong, and the third
//! (`tell`) while those go wrong whom it tells things: mail servers, Twilio, receivers of webhooks.

mod breaks;
mod database;
mod ground;
mod journal;
mod kill;
mod load;
mod model;
mod pay;
mod power_cut;
mod program;
mod readback;
mod report;
mod stage;
mod tell;
mod workers;

use std::fmt::Debug;
use std::path::Path;

use clap::{Subcommand, ValueEnum};

use self::pay::PayArgs;
use self::tell::TellArgs;
use crate::outcome::Outcome;
use crate::shop::Build;
use crate::steps::plain_table;

/// Kills of the ledger rig, unless somebody says otherwise.
const KILLS: u32 = 20;
/// Kills in CI of the rig of those who are told things: each while an answer is held back, and as
/// many at any moment.
const TELL_KILLS: u32 = 6;
/// Kills that suffice to see that something is broken.
const PROOF_KILLS: u32 = 6;

#[derive(clap::Args)]
pub struct ChaosArgs {
    #[command(subcommand)]
    fault: Fault,
}

#[derive(Subcommand)]
enum Fault {
    /// `kill -9` at random moments under mixed load; nothing acknowledged may be lost or doubled
    ///
    /// On SQLite every other kill is a power cut: what was written and not synced is lost too.
    Kill(KillArgs),
    /// The provider of payments goes wrong, and the shop is killed in the middle of its calls
    ///
    /// Afterwards the provider's book is compared with the shop: no double charge, no money of a
    /// cancelled order kept, nothing known to one side alone. 24 kills meet every kind of call
    /// before it is done, after it is done, and with its answer lost.
    Pay(PayArgs),
    /// Those whom the shop tells things go wrong, and it is killed between telling and recording
    ///
    /// Mail servers, senders of text messages and receivers of webhooks are down, slow, full of
    /// errors, or hang. Afterwards what came is compared with what happened: nothing lost, and
    /// nothing twice but where an answer was lost or a kill came between, under the same id.
    Tell(TellArgs),
}

impl ChaosArgs {
    /// What CI does, with the ledger, with payments, and with those who are told things.
    pub fn for_ci() -> [(&'static str, Self); 3] {
        let run = |clients| RunArgs {
            clients,
            prove: true,
            ..RunArgs::default()
        };
        let kill = KillArgs {
            kill_postgres: true,
            broken: None,
            run: run(8),
        };
        let pay = PayArgs {
            broken: None,
            run: run(6),
        };
        let tell = TellArgs {
            broken: None,
            run: RunArgs {
                kills: Some(TELL_KILLS),
                ..run(4)
            },
        };
        let fault = |fault| Self { fault };
        [
            ("chaos kill", fault(Fault::Kill(kill))),
            ("chaos pay", fault(Fault::Pay(pay))),
            ("chaos tell", fault(Fault::Tell(tell))),
        ]
    }
}

/// What every rig is told.
#[derive(clap::Args, Clone, Default)]
pub struct RunArgs {
    /// How many times the shop is killed, on each engine [default: 20, of `pay` 24, of `tell` 18]
    #[arg(long)]
    pub kills: Option<u32>,
    #[arg(long, value_enum, default_value_t)]
    pub engine: Engines,
    /// Afterwards turn off each protection in turn, and fail unless the rig goes red
    #[arg(long, conflicts_with = "broken")]
    pub prove: bool,
    /// Clients that ask at once
    #[arg(long, default_value_t = 8)]
    pub clients: u64,
    /// Repeats the choices of an earlier run (its number is printed)
    #[arg(long)]
    pub seed: Option<u64>,
    #[command(flatten)]
    pub build: Build,
}

impl RunArgs {
    /// Sentences about what is wrong: a few where that is what was wanted.
    fn enough_of_it(&self, broken: bool) -> usize {
        if self.prove && broken { 2 } else { 10 }
    }
}

#[derive(clap::Args, Clone)]
pub struct KillArgs {
    /// On PostgreSQL, kill the database server too, sometimes
    #[arg(long)]
    pub kill_postgres: bool,
    /// Turn a protection off; the run must then fail, which shows that the rig can
    #[arg(long = "break", value_enum, value_name = "PROTECTION")]
    pub broken: Option<Protection>,
    #[command(flatten)]
    pub run: RunArgs,
}

#[derive(Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub enum Engines {
    Sqlite,
    Postgres,
    #[default]
    Both,
}

/// What can be turned off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Protection {
    /// SQLite: the disk lies about syncing; PostgreSQL: it answers before the disk has the commit
    Synchronous,
    /// Retries come with a fresh key each time
    Idempotency,
    /// Movements no longer move the levels they speak of
    LedgerLock,
}

pub fn run(root: &Path, args: &ChaosArgs) -> Outcome<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    match &args.fault {
        Fault::Kill(args) => prove(args.run.prove, args.broken, |broken| {
            runtime.block_on(show(root, args, broken))
        }),
        Fault::Pay(args) => prove(args.run.prove, args.broken, |broken| {
            runtime.block_on(pay::show(root, args, broken))
        }),
        Fault::Tell(args) => prove(args.run.prove, args.broken, |broken| {
            runtime.block_on(tell::show(root, args, broken))
        }),
    }
}

/// Plays with everything in place, or with a protection `broken`; and, if that is to be proved,
/// with each protection broken in turn. `show` answers for each engine whether all was as promised.
fn prove<P: ValueEnum + Debug + Copy>(
    wanted: bool,
    broken: Option<P>,
    show: impl Fn(Option<P>) -> Outcome<Vec<bool>>,
) -> Outcome<()> {
    judge(broken, &show(broken)?)?;
    if !wanted {
        return Ok(());
    }
    for protection in P::value_variants() {
        println!("\n{protection:?} is turned off: now the rig must go red");
        notices(*protection, &show(Some(*protection))?)?;
    }
    println!("each protection was missed when it was off: the rig can fail");
    Ok(())
}

/// Plays, and prints what happened.
async fn show(root: &Path, args: &KillArgs, broken: Option<Protection>) -> Outcome<Vec<bool>> {
    let kills = match broken {
        Some(_) if args.run.prove => PROOF_KILLS,
        _ => args.run.kills.unwrap_or(KILLS),
    };
    let args = KillArgs {
        broken,
        run: RunArgs {
            kills: Some(kills),
            ..args.run.clone()
        },
        ..args.clone()
    };
    let reports = kill::run(root, &args).await?;
    let mut table = plain_table(kill::COLUMNS);
    for report in &reports {
        table.add_row(report.row());
    }
    println!("{table}");
    for report in &reports {
        report.explain(args.run.enough_of_it(broken.is_some()));
    }
    Ok(reports.iter().map(kill::Report::is_clean).collect())
}

/// Red for a broken promise, and red too (with other words) when a protection was turned off.
fn judge<P: Debug + Copy>(broken: Option<P>, clean: &[bool]) -> Outcome<()> {
    if let Some(protection) = broken {
        notices(protection, clean)?;
        return Err(format!("{protection:?} was off and the rig noticed: this run is red").into());
    }
    if clean.iter().all(|clean| *clean) {
        println!("everything was as promised");
        return Ok(());
    }
    Err("a promise was broken: the lines above say which".into())
}

/// Whether the rig saw on every engine that a protection was off.
fn notices<P: Debug>(protection: P, clean: &[bool]) -> Outcome<()> {
    if clean.contains(&true) {
        let sentence = "was off and the rig did NOT notice: it proves nothing";
        return Err(format!("{protection:?} {sentence}").into());
    }
    Ok(())
}
