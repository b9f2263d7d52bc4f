//! The reference: pgbench places the same orders the plain way, a transaction each, with the
//! scripts in xtask/bench-data. It counts what the database alone can do with such rows.

use std::path::Path;
use std::time::Duration;

use super::clients::Demand;
use super::measure::Sample;
use super::process::Process;
use crate::outcome::{Because, Outcome};
use crate::services::Postgres;
use crate::steps::capture;

/// Clients at once; its best of them is what we are compared with.
pub const CLIENTS: [usize; 3] = [8, 16, 32];
const DATABASE: &str = "reference";

/// The reference's database in a cluster.
pub struct Reference<'a> {
    postgres: &'a Postgres,
    scripts: std::path::PathBuf,
}

impl<'a> Reference<'a> {
    pub fn new(root: &Path, postgres: &'a Postgres) -> Outcome<Self> {
        postgres.create_database(DATABASE)?;
        Ok(Self {
            postgres,
            scripts: root.join("xtask/bench-data"),
        })
    }

    /// Makes its tables anew.
    pub fn reset(&self) -> Outcome<()> {
        let mut psql = self.postgres.client("psql");
        psql.args(["-q", "-v", "ON_ERROR_STOP=1", "-d", DATABASE, "-f"]);
        capture(psql.arg(self.scripts.join("schema.sql"))).map(drop)
    }

    pub fn run(&self, demand: Demand, clients: usize, time: Duration) -> Outcome<Sample> {
        let script = match demand {
            Demand::Random => "place-order.pgbench",
            Demand::Hot => "place-order-hot.pgbench",
        };
        let mut pgbench = self.postgres.client("pgbench");
        pgbench.args(["-M", "prepared", "-n", "-j", "2"]);
        pgbench.args([
            "-c",
            &clients.to_string(),
            "-T",
            &time.as_secs().to_string(),
        ]);
        pgbench
            .arg("-f")
            .arg(self.scripts.join(script))
            .arg(DATABASE);
        let (own, database) = (Process::own(), self.postgres.process().map(Process::new));
        let database_cpu = || database.map_or(0.0, Process::cpu_seconds_of_all);
        let before = (own.cpu_seconds(), database_cpu());
        let said = capture(&mut pgbench)?;
        let after = (own.cpu_seconds(), database_cpu());
        let seconds = time.as_secs_f64();
        let told = Told::read(&said).because(|| format!("pgbench said\n{said}"))?;
        Ok(Sample {
            per_second: told.per_second,
            // It tells no median; the average stands in its place.
            p50_us: (told.average_ms * 1000.0) as u64,
            load_cpu: (after.0 - before.0) / seconds,
            database_cpu: (after.1 - before.1) / seconds,
            answers: told.transactions,
            ..Sample::default()
        })
    }
}

#[derive(Debug, PartialEq)]
struct Told {
    transactions: u64,
    average_ms: f64,
    per_second: f64,
}

impl Told {
    fn read(said: &str) -> Result<Self, String> {
        let after = |start: &str| {
            let line = said.lines().find_map(|line| line.strip_prefix(start));
            let word = line.and_then(|rest| rest.split_whitespace().next());
            word.ok_or_else(|| format!("no line begins with `{start}`"))
        };
        let number = |start: &str| {
            let word = after(start)?;
            word.parse::<f64>()
                .map_err(|error| format!("{word}: {error}"))
        };
        if number("number of failed transactions:").unwrap_or(0.0) > 0.0 {
            return Err("some of its transactions failed".to_owned());
        }
        Ok(Self {
            transactions: number("number of transactions actually processed:")? as u64,
            average_ms: number("latency average =")?,
            per_second: number("tps =")?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "transaction type: place-order.pgbench
number of clients: 16
number of transactions actually processed: 46021
number of failed transactions: 0 (0.000%)
latency average = 3.475 ms
initial connection time = 40.1 ms
tps = 4603.117 (without initial connection time)
";

    #[test]
    fn the_figures_of_pgbench_are_read() {
        let told = Told {
            transactions: 46021,
            average_ms: 3.475,
            per_second: 4603.117,
        };
        assert_eq!(Told::read(SAID).unwrap(), told);
    }

    #[test]
    fn failed_transactions_are_no_figure() {
        let said = SAID.replace("transactions: 0", "transactions: 3");
        assert!(Told::read(&said).unwrap_err().contains("failed"));
    }
}
