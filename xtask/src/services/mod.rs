//! `cargo xtask services`: a private PostgreSQL for tests, benchmarks and fault rigs.
//! As a library: [`Postgres::start`] returns a guard that stops what it started, and nothing else.

mod account;
mod postgres;
mod programs;
mod strays;

use std::path::{Path, PathBuf};

pub use postgres::{Postgres, Wish};

use crate::outcome::Outcome;

/// The variable that tells tests where they may create their databases.
pub const TEST_POSTGRES: &str = "COMPTOIR_TEST_POSTGRES";

/// Starts the services a developer asks for by hand.
#[derive(clap::Args)]
pub struct ServicesArgs {
    /// Port on 127.0.0.1; a free one is taken when absent
    #[arg(long)]
    port: Option<u16>,
    /// Leave the cluster running after this command ends
    #[arg(long)]
    keep: bool,
    /// Stop every cluster that was left running by --keep, and those whose starter died
    #[arg(long, conflicts_with_all = ["port", "keep"])]
    stop: bool,
    /// Keep every promise of a production cluster (fsync on); without it, speed over safety
    #[arg(long)]
    durable: bool,
}

pub fn run(root: &Path, args: &ServicesArgs) -> Outcome<()> {
    if args.stop {
        let stopped = strays::sweep(&folders(root), strays::Which::All)?;
        println!("{stopped} clusters stopped");
        return Ok(());
    }
    let wish = Wish {
        port: args.port,
        durable: args.durable,
        keep: args.keep,
        ..Wish::default()
    };
    let postgres = Postgres::start(root, &wish)?;
    println!("PostgreSQL listens. In the shell that runs tests:");
    println!("export {TEST_POSTGRES}={}", postgres.url("postgres"));
    if args.keep {
        println!("It stays until `cargo xtask services --stop`.");
        return Ok(());
    }
    println!("Press Enter, or close the input, to stop it.");
    std::io::stdin().read_line(&mut String::new())?;
    Ok(())
}

/// The folders that hold clusters: one in the build folder, one where a system account can reach
/// it when the build folder is below a private home.
fn folders(root: &Path) -> [PathBuf; 2] {
    [
        root.join("target/services"),
        std::env::temp_dir().join("comptoir-services"),
    ]
}
