//! Walks the sandbox's parcels to their buyers, a step now and then, so that a demo has something
//! to show. Nobody runs it but the demo: the sandbox itself moves nothing.

use crate::change::{Change, change};
use crate::shipment::Status;
use crate::store::shipments;
use platform::module::Job;
use platform::{DbError, Host};
use std::time::Duration;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(15);
/// How long a parcel rests at each step.
const REST: Duration = Duration::from_secs(60);
/// Parcels of one look.
const MOST: i64 = 50;

/// The job, for whoever shows the sandbox.
pub fn sandbox_job(host: &Host) -> Job {
    Job::new("shipments-sandbox-walk", EVERY, host, |host| async move {
        walk(&host).await
    })
}

async fn walk(host: &Host) -> Result<(), DbError> {
    let before = host.source.now().minus(REST);
    let mut tx = host.db.read().await?;
    let due = shipments::sandbox_idle_since(&mut tx, before, MOST).await?;
    drop(tx);
    for (id, status) in due {
        let next = match status {
            Status::Processing => Status::InTransit,
            _ => Status::Delivered,
        };
        let step = Change {
            status: Some(next),
            ..Change::default()
        };
        // Somebody may have moved or cancelled it meanwhile: the next look will tell.
        if let Err(problem) = change(host, id, step, |_| Ok(())).await {
            tracing::debug!(shipment = %id, code = problem.code(), "not walked");
        }
    }
    Ok(())
}
