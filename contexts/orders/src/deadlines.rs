//! Deadlines: looks for sales that have waited too long. They expire, are asked for again, or are
//! listed as stuck. In portions, and harmless in several processes: each sale is locked, and judged
//! by what it is then.

use crate::fact::Record;
use crate::hear;
use crate::saga::GRACE;
use crate::sale::{Overdue, Sale};
use crate::store;
use crate::waiting::Waiting;
use kernel::{OrderId, Timestamp};
use platform::{Cause, DbError, Host, Job};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often.
const EVERY: Duration = Duration::from_secs(15);
/// Sales of one transaction.
const PORTION: i64 = 100;

pub fn job(host: &Host, waiting: &Waiting) -> Job {
    let waiting = waiting.clone();
    Job::new("saga-deadlines", EVERY, host, move |host| {
        let waiting = waiting.clone();
        async move { see_to_all(&host, &waiting).await }
    })
}

/// Sees to every sale that is past its deadline, and counts those that are stuck.
pub async fn see_to_all(host: &Host, waiting: &Waiting) -> Result<(), DbError> {
    let now = host.source.now();
    loop {
        let due = due(host, now).await?;
        if due.is_empty() {
            break;
        }
        let (all, moved) = (due.len() as i64, see_to(host, waiting, &due, now).await?);
        // Where none has moved, another process was faster: it has the rest as well.
        if all < PORTION || moved == 0 {
            break;
        }
    }
    let stuck = store::count_stuck(&mut host.db.read().await?).await?;
    metrics::gauge!("comptoir_saga_stuck").set(u32::try_from(stuck).unwrap_or(u32::MAX));
    Ok(())
}

async fn due(host: &Host, now: Timestamp) -> Result<BTreeSet<OrderId>, DbError> {
    let hopeless = now.minus(GRACE);
    store::overdue(&mut host.db.read().await?, (now, hopeless), PORTION).await
}

/// Answers how many sales have moved.
async fn see_to(
    host: &Host,
    waiting: &Waiting,
    due: &BTreeSet<OrderId>,
    now: Timestamp,
) -> Result<usize, DbError> {
    let mut tx = host.db.begin().await?;
    let mut sales: Vec<Sale> = store::sales(&mut tx, due).await?.into_values().collect();
    sales.sort_unstable_by_key(|sale| sale.order.id);
    let (mut changed, mut records) = (Vec::new(), Vec::new());
    for sale in &mut sales {
        let (overdue, tell) = sale.see_to(now);
        let Some(what) = name(overdue) else { continue };
        let id = sale.order.id;
        if overdue == Overdue::Stuck {
            tracing::warn!(order = %id, "a sale is stuck");
        }
        records.push(Record::own(id, what, (sale.order.version, now)));
        changed.push((&*sale, tell));
    }
    for (sale, tell) in &mut changed {
        if let Some(tell) = tell.take() {
            hear::publish(&mut tx, &Cause::system(), sale, tell)?;
        }
    }
    let changed: Vec<&Sale> = changed.into_iter().map(|(sale, _)| sale).collect();
    hear::write(&mut tx, &changed, &records).await?;
    waiting.tell_after(&mut tx, changed.iter().map(|sale| &sale.order));
    let moved = changed.len();
    tx.commit().await?;
    Ok(moved)
}

/// What the history calls it.
fn name(overdue: Overdue) -> Option<&'static str> {
    match overdue {
        Overdue::Expired => Some("expired"),
        Overdue::Extended => Some("extended"),
        Overdue::AskedAgain => Some("asked_again"),
        Overdue::Stuck => Some("stuck"),
        Overdue::Left => None,
    }
}
