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
    let reports = runtime.block_on(kill::run(root, args))?;
    let mut table = plain_table(kill::COLUMNS);
    for report in &reports {
        table.add_row(report.row());
    }
    println!("{table}");
    for report in &reports {
        report.explain();
    }
    judge(args, &reports)
}

fn judge(args: &KillArgs, reports: &[kill::Report]) -> Outcome<()> {
    let red = reports.iter().filter(|report| !report.is_clean()).count();
    match args.broken {
        None if red == 0 => {
            println!("nothing lost, nothing doubled");
            Ok(())
        }
        None => Err("a promise was broken: the lines above say which".into()),
        Some(protection) if red == reports.len() => {
            Err(format!("{protection:?} was off, and the rig noticed: this run is red").into())
        }
        Some(protection) => Err(format!(
            "{protection:?} was off and the rig did NOT notice: it proves nothing"
        )
        .into()),
    }
}
