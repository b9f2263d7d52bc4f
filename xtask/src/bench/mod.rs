//! `cargo xtask bench`: how fast Comptoir is beside the database alone, on this machine, now.
//! Every ratio is made of two figures of the same run. Nothing here is a test: a slow machine
//! fails nothing.

mod baskets;
mod build;
mod clients;
mod history;
mod large;
mod listeners;
mod load;
mod machine;
mod measure;
mod orders;
mod pages;
mod paid;
mod past;
mod paying;
mod pgbench;
mod process;
mod progress;
mod read;
mod reference;
mod report;
mod reports;
mod results;
mod seed;
mod server;
mod stage;
mod start;
mod statements;
mod told;
mod wire;

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::ValueEnum;

pub use crate::engine::Engine;
use crate::outcome::{Because, Outcome};
use results::Part;
use stage::Stage;

/// What to measure, how long, and beside how much data.
#[derive(clap::Args, Clone)]
pub struct BenchArgs {
    /// Short rounds: for trying the benchmark itself; writes no document
    #[arg(long)]
    quick: bool,
    /// Only these scenarios (repeatable); the document keeps what it says about the others
    #[arg(long, value_enum)]
    only: Vec<Scenario>,
    /// Rounds; every figure is the median of them
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=99))]
    rounds: u8,
    /// Seconds of one measurement, after two seconds of warming up
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=3600))]
    seconds: u16,
    /// Connections of the load, each number its own measurement
    /// [default: 1,8,32,128; for `paid` 32,128,512, for `told` 32]
    #[arg(long, value_delimiter = ',')]
    connections: Vec<usize>,
    /// Only on this engine
    #[arg(long, value_enum)]
    engine: Vec<Engine>,
    /// Past orders in the database for the scenarios `large` and `reports` [default: 5000000]
    #[arg(long)]
    orders_in_db: Option<u64>,
    /// Products in the database for the scenarios `large` and `reports` [default: 1000000]
    #[arg(long)]
    products_in_db: Option<u64>,
    /// A history of sales; each of its invoices is placed as one live order
    #[arg(long, value_name = "FILE")]
    baskets: Option<PathBuf>,
    /// Measure the release binary that is there, whatever the sources say
    #[arg(long)]
    as_built: bool,
    /// After each measurement on PostgreSQL, show which statements took its time; slows it down
    #[arg(long)]
    statements: bool,
    /// Also time a clean release build in a folder of its own
    #[arg(long)]
    build: bool,
}

/// A thing to measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Scenario {
    /// Placing orders, random and hot, beside pgbench
    Orders,
    /// Orders paid by a provider, until they are confirmed, beside pgbench
    Paid,
    /// Orders that somebody is told of, by webhook and mail, beside orders nobody is told of
    Told,
    /// Reading a product, beside a handler that answers from memory
    Read,
    /// GraphQL pages of products with their stock, beside REST pages
    Pages,
    /// Real baskets; needs --baskets
    Baskets,
    /// Orders with a large database beside a small one
    Large,
    /// Reports of a large database, and how far counting is behind
    Reports,
    /// Start and memory
    Start,
    /// A clean release build
    Build,
}

impl BenchArgs {
    fn wants(&self, scenario: Scenario) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&scenario);
        }
        match scenario {
            Scenario::Orders
            | Scenario::Paid
            | Scenario::Told
            | Scenario::Read
            | Scenario::Pages
            | Scenario::Start => true,
            Scenario::Baskets => self.baskets.is_some(),
            Scenario::Large | Scenario::Reports => {
                self.orders_in_db.is_some() || self.products_in_db.is_some()
            }
            Scenario::Build => self.build,
        }
    }

    fn engines(&self) -> Vec<Engine> {
        match self.engine.is_empty() {
            true => vec![Engine::Postgres, Engine::Sqlite],
            false => self.engine.clone(),
        }
    }

    fn connections(&self) -> &[usize] {
        self.connections_or(&[1, 8, 32, 128])
    }

    fn connections_or<'a>(&'a self, usual: &'a [usize]) -> &'a [usize] {
        match self.connections.is_empty() {
            true => usual,
            false => &self.connections,
        }
    }

    fn rounds(&self) -> usize {
        if self.quick {
            1
        } else {
            usize::from(self.rounds)
        }
    }

    fn duration(&self) -> Duration {
        Duration::from_secs(if self.quick {
            2
        } else {
            u64::from(self.seconds)
        })
    }

    fn warm_up(&self) -> Duration {
        Duration::from_secs(if self.quick { 1 } else { 2 })
    }
}

pub fn run(root: &Path, args: &BenchArgs) -> Outcome<()> {
    if args.wants(Scenario::Baskets) && args.baskets.is_none() {
        return Err("the scenario `baskets` needs --baskets FILE".into());
    }
    if !args.as_built {
        build::release(root, args.wants(Scenario::Read))?;
    }
    if cfg!(debug_assertions) {
        // A load generator without optimisation would take the processors from what it measures.
        return build::run_again_in_release(root);
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime
        .because(|| "starting the runtime".into())?
        .block_on(measure_all(root, args))
}

async fn measure_all(root: &Path, args: &BenchArgs) -> Outcome<()> {
    let stage = Stage::set(root, args)?;
    let mut parts = Vec::new();
    let end = measure_each(&stage, &mut parts).await;
    let parts = parts.into_iter().map(|part| stage.signed(part)).collect();
    drop(stage);
    report::tell(root, args, parts)?;
    end
}

/// Measures one scenario after the other; what is done is kept, whatever becomes of the next.
async fn measure_each(stage: &Stage, parts: &mut Vec<Part>) -> Outcome<()> {
    let args = &stage.args;
    if args.wants(Scenario::Orders) {
        parts.push(orders::measure(stage).await?);
    }
    if args.wants(Scenario::Paid) {
        let orders = parts.iter().find(|part| part.name == "orders");
        parts.push(paid::measure(stage, orders).await?);
    }
    if args.wants(Scenario::Told) {
        parts.push(told::measure(stage).await?);
    }
    if args.wants(Scenario::Read) {
        parts.push(read::measure(stage).await?);
    }
    if args.wants(Scenario::Pages) {
        parts.push(pages::measure(stage).await?);
    }
    if args.wants(Scenario::Start) {
        parts.push(start::measure(stage).await?);
    }
    if let (true, Some(file)) = (args.wants(Scenario::Baskets), &args.baskets) {
        parts.push(baskets::measure(stage, file).await?);
    }
    if args.wants(Scenario::Large) || args.wants(Scenario::Reports) {
        parts.extend(large::measure(stage).await?);
    }
    if args.wants(Scenario::Build) {
        parts.push(build::measure(stage)?);
    }
    Ok(())
}
