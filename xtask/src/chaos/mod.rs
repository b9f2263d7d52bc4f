//! `cargo xtask chaos`: breaks the shop on purpose and checks what it promised.
//!
//! The ledger rig (`kill`) is a process of its own. It writes down what it is about to ask, asks,
//! and writes down the answer. Meanwhile the shop is killed at random and started again; every
//! request is asked again with its key until the answer is definite. In the end everything is read
//! back and compared with what was acknowledged: nothing lost, nothing done twice.

mod breaks;
mod journal;
mod kill;
mod load;
mod model;
mod power_cut;
mod readback;
mod stage;

use std::path::Path;

use clap::{Subcommand, ValueEnum};

use crate::outcome::Outcome;
use crate::shop::Build;
use crate::steps::plain_table;

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
}

impl ChaosArgs {
    /// What CI does.
    pub fn for_ci() -> Self {
        let build = Build::default();
        let (kills, engine, clients) = (20, Engines::Both, 8);
        let (kill_postgres, broken, prove, seed) = (true, None, true, None);
        let args = KillArgs {
            kills,
            engine,
            kill_postgres,
            broken,
            prove,
            clients,
            seed,
            build,
        };
        Self {
            fault: Fault::Kill(args),
        }
    }
}

#[derive(clap::Args, Clone)]
pub struct KillArgs {
    /// How many times the shop is killed, on each engine
    #[arg(long, default_value_t = 20)]
    pub kills: u32,
    #[arg(long, value_enum, default_value_t = Engines::Both)]
    pub engine: Engines,
    /// On PostgreSQL, kill the database server too, sometimes
    #[arg(long)]
    pub kill_postgres: bool,
    /// Turn a protection off; the run must then fail, which shows that the rig can
    #[arg(long = "break", value_enum, value_name = "PROTECTION")]
    pub broken: Option<Protection>,
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

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Engines {
    Sqlite,
    Postgres,
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
    let Fault::Kill(args) = &args.fault;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    let reports = runtime.block_on(show(root, args))?;
    judge(args, &reports)?;
    if !args.prove {
        return Ok(());
    }
    for protection in Protection::value_variants() {
        println!("\n{protection:?} is turned off: now the rig must go red");
        let args = KillArgs {
            broken: Some(*protection),
            kills: PROOF_KILLS,
            ..args.clone()
        };
        notices(*protection, &runtime.block_on(show(root, &args))?)?;
    }
    println!("each protection was missed when it was off: the rig can fail");
    Ok(())
}

/// Plays, and prints what happened.
async fn show(root: &Path, args: &KillArgs) -> Outcome<Vec<kill::Report>> {
    let reports = kill::run(root, args).await?;
    let mut table = plain_table(kill::COLUMNS);
    for report in &reports {
        table.add_row(report.row());
    }
    println!("{table}");
    let most = if args.prove && args.broken.is_some() {
        2
    } else {
        10
    };
    for report in &reports {
        report.explain(most);
    }
    Ok(reports)
}

/// Red for a broken promise, and red too (with other words) when a protection was turned off.
fn judge(args: &KillArgs, reports: &[kill::Report]) -> Outcome<()> {
    if let Some(protection) = args.broken {
        notices(protection, reports)?;
        return Err(format!("{protection:?} was off and the rig noticed: this run is red").into());
    }
    if reports.iter().all(kill::Report::is_clean) {
        println!("nothing lost, nothing doubled");
        return Ok(());
    }
    Err("a promise was broken: the lines above say which".into())
}

/// Whether the rig saw on every engine that a protection was off.
fn notices(protection: Protection, reports: &[kill::Report]) -> Outcome<()> {
    match reports.iter().find(|report| report.is_clean()) {
        None => Ok(()),
        Some(_) => Err(format!(
            "{protection:?} was off and the rig did NOT notice: it proves nothing"
        )
        .into()),
    }
}
