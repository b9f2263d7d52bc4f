//! `cargo xtask`: the automation of this repository, in Rust instead of shell scripts.
//! One module per command; nothing in here ships.

mod api;
mod bench;
mod chaos;
mod ci;
mod engine;
mod howto;
mod http;
mod localstripe;
mod outcome;
mod readme;
mod schemathesis;
mod services;
mod shop;
mod steps;
mod test;
mod tidy;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::outcome::Outcome;

/// Automation for Comptoir: what CI runs, and what a developer runs before pushing
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Subcommand)]
enum Task {
    /// Start what the tests need and run the whole suite
    ///
    /// Starts a private PostgreSQL (installing Debian's package when it is missing and we are
    /// root), runs every test of the workspace on both engines, then the further suites, and
    /// prints a table. Words after `--` go to `cargo test`, and then only that step runs:
    /// `cargo xtask test -- -p orders stock_is`.
    Test(test::TestArgs),
    /// Check the rules of the house: imports, sizes, words, SQL, migrations, licences
    Tidy(tidy::TidyArgs),
    /// Write the generated documents (docs/api), or check that they are current
    Api(api::ApiArgs),
    /// Start a private PostgreSQL and say how to reach it
    Services(services::ServicesArgs),
    /// Break the shop on purpose and check what it promised
    Chaos(chaos::ChaosArgs),
    /// Ask every operation of a served shop what its document allows and forbids, as every role
    Schemathesis(schemathesis::SchemathesisArgs),
    /// Pay at a stand-in for Stripe that others wrote
    Localstripe,
    /// Measure speed beside the database alone, and write docs/benchmarks.md
    Bench(bench::BenchArgs),
    /// Run every command of README.md
    Readme,
    /// Run every command of the pages below docs/, each page in a shop of its own
    HowTo,
    /// Everything CI does, in its order, with timings
    Ci,
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli.task, &root()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sentence) => {
            eprintln!("\n{sentence}");
            ExitCode::FAILURE
        }
    }
}

fn run(task: &Task, root: &Path) -> Outcome<()> {
    match task {
        Task::Test(args) => test::run(root, args),
        Task::Tidy(args) => tidy::run(root, args),
        Task::Api(args) => api::run(root, args).map(|remark| println!("{remark}")),
        Task::Services(args) => services::run(root, args),
        Task::Chaos(args) => chaos::run(root, args),
        Task::Schemathesis(args) => schemathesis::run(root, args).map(drop),
        Task::Localstripe => localstripe::run(root).map(|remark| println!("{remark}")),
        Task::Bench(args) => bench::run(root, args),
        Task::Readme => readme::run(root).map(drop),
        Task::HowTo => howto::run(root).map(|remark| println!("{remark}")),
        Task::Ci => ci::run(root),
    }
}

/// The folder of the workspace, wherever the command was given.
fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_owned()
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
