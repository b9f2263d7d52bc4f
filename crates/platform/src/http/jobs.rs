//! What the HTTP layer does now and then.

use std::time::Duration;

use crate::module::{Host, Job};

use super::{metrics, retry};

/// Expired answers go soon, so that each run has little to do.
const FORGET_EVERY: Duration = Duration::from_secs(60);
/// What the Prometheus exporter's documentation suggests.
const UPKEEP_EVERY: Duration = Duration::from_secs(5);

/// Forgets stored answers after 72 hours and keeps the metrics small.
pub fn jobs(host: &Host) -> Vec<Job> {
    let forget = Job::new(
        "forget-stored-answers",
        FORGET_EVERY,
        host,
        |host| async move { retry::purge(&host.db, host.source.now()).await.map(drop) },
    );
    let upkeep = Job::new("metrics-upkeep", UPKEEP_EVERY, host, |_| async move {
        metrics::upkeep();
        Ok(())
    });
    vec![forget, upkeep]
}
