//! One measurement: a load on one side, what it cost on the other.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::load::{self, Heard, Load, Requests};
use super::process::Process;
use crate::outcome::Outcome;

/// What one measurement says.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Sample {
    /// Answers as expected, per second.
    pub per_second: f64,
    pub p50_us: u64,
    pub p99_us: u64,
    pub max_us: u64,
    /// Processors kept busy, on average: 2.0 is all of two.
    pub server_cpu: f64,
    pub database_cpu: f64,
    pub load_cpu: f64,
    pub server_peak_mib: f64,
    pub database_mib: f64,
    /// Expected answers in all, those of the warming up included.
    pub answers: u64,
    /// Answers of another kind than expected.
    pub others: u64,
}

/// Who works for an answer.
#[derive(Clone, Copy)]
pub struct Watched {
    pub server: Process,
    pub database: Option<Process>,
}

/// Processor seconds so far.
struct Costs {
    server: f64,
    database: f64,
    load: f64,
}

impl Watched {
    fn costs(self) -> Costs {
        Costs {
            server: self.server.cpu_seconds(),
            database: self.database.map_or(0.0, Process::cpu_seconds_of_all),
            load: Process::own().cpu_seconds(),
        }
    }
}

/// Puts the load on and watches who pays. Complaints go into `complaints`.
pub async fn measure<R: Requests>(
    load: &Load,
    watched: Watched,
    complaints: &mut Vec<String>,
    requests: impl Fn(usize) -> R,
) -> Outcome<Sample> {
    watched.server.forget_peak()?;
    let (before, after) = (RefCell::new(None), RefCell::new(None));
    let heard = load::put_on(
        load,
        requests,
        || *before.borrow_mut() = Some(watched.costs()),
        || *after.borrow_mut() = Some(watched.costs()),
    );
    let heard = heard.await?;
    let (Some(before), Some(after)) = (before.into_inner(), after.into_inner()) else {
        return Err("the load ended before it began".into());
    };
    let seconds = load.duration.as_secs_f64();
    let mut sample = sample_of(&heard, seconds);
    sample.server_cpu = (after.server - before.server) / seconds;
    sample.database_cpu = (after.database - before.database) / seconds;
    sample.load_cpu = (after.load - before.load) / seconds;
    sample.server_peak_mib = watched.server.peak_mib()?;
    sample.database_mib = watched.database.map_or(0.0, Process::shared_mib);
    complaints.extend(heard.complaint);
    Ok(sample)
}

pub fn sample_of(heard: &Heard, seconds: f64) -> Sample {
    Sample {
        per_second: heard.latency.len() as f64 / seconds,
        p50_us: heard.latency.value_at_quantile(0.5),
        p99_us: heard.latency.value_at_quantile(0.99),
        max_us: heard.latency.max(),
        answers: heard.expected,
        others: heard.other.values().sum(),
        ..Sample::default()
    }
}
