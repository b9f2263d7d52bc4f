//! What came of a batch is written down: to its deliveries, to those that wait behind them, and to
//! the endpoint, which is paused when nothing has gone well for days or when it says it is gone.

use super::Webhooks;
use super::deliver::Batch;
use super::endpoint::Reason;
use super::store::due::Claimed;
use super::store::{endpoints, outcomes};
use super::verdict::{Attempted, Outcome, Verdict, probe_at, verdict};
use kernel::Timestamp;
use platform::{DbError, Source, Tx};
use std::time::Duration;

/// A transaction that lost against another is repeated so often.
const TRIES: u32 = 5;
const PAUSE: Duration = Duration::from_millis(50);

/// A delivery after its attempt.
pub struct End<'b> {
    pub claimed: &'b Claimed,
    pub attempted: &'b Attempted,
    pub verdict: Verdict,
}

pub async fn record(
    webhooks: &Webhooks,
    batch: &Batch,
    attempted: &[Attempted],
) -> Result<(), DbError> {
    let (source, now) = (&webhooks.host.source, webhooks.host.source.now());
    let end = |(claimed, attempted)| End::new(claimed, attempted, now, dice(source));
    let ends: Vec<_> = batch.claimed.iter().zip(attempted).map(end).collect();
    let mut tries = 0;
    loop {
        match write(webhooks, batch, &ends, now).await {
            Err(error) if error.is_transient() && tries < TRIES => {
                tries += 1;
                tokio::time::sleep(PAUSE * tries).await;
            }
            written => return written,
        }
    }
}

impl<'b> End<'b> {
    fn new(claimed: &'b Claimed, attempted: &'b Attempted, now: Timestamp, dice: u64) -> Self {
        let verdict = verdict(attempted, claimed.tries, claimed.first_failed_at, now, dice);
        Self {
            claimed,
            attempted,
            verdict,
        }
    }
}

fn dice(source: &Source) -> u64 {
    u64::from_le_bytes(source.random())
}

async fn write(
    webhooks: &Webhooks,
    batch: &Batch,
    ends: &[End<'_>],
    now: Timestamp,
) -> Result<(), DbError> {
    let mut tx = webhooks.host.db.begin().await?;
    outcomes::insert_attempts(&mut tx, ends).await?;
    outcomes::settle(&mut tx, batch.claim, ends, now).await?;
    outcomes::move_followers(&mut tx, batch.endpoint.id, ends, now).await?;
    let paused = health(webhooks, &mut tx, batch, ends, now).await?;
    tx.commit().await?;
    if let Some(reason) = paused {
        let endpoint = batch.endpoint.id;
        tracing::warn!(%endpoint, reason = reason.as_str(), "a webhook endpoint is paused");
    }
    Ok(())
}

/// How the endpoint does after this; why it was paused, if it was.
async fn health(
    webhooks: &Webhooks,
    tx: &mut Tx,
    batch: &Batch,
    ends: &[End<'_>],
    now: Timestamp,
) -> Result<Option<Reason>, DbError> {
    let id = batch.endpoint.id;
    let with = |outcome| {
        ends.iter()
            .filter(move |end| end.attempted.outcome == outcome)
    };
    if with(Outcome::Gone).next().is_some() {
        return pause(tx, batch, Reason::Gone, now).await;
    }
    if with(Outcome::Delivered).next().is_some() {
        endpoints::recovered(tx, id, now).await?;
        return Ok(None);
    }
    let failed = i64::try_from(ends.len()).unwrap_or(i64::MAX);
    let Some(ill) = endpoints::failed(tx, id, failed, now).await? else {
        return Ok(None);
    };
    if now.since(ill.since) >= webhooks.settings.pause_after {
        return pause(tx, batch, Reason::Failing, now).await;
    }
    let probe = probe_at(ill.failures, now, dice(&webhooks.host.source));
    endpoints::probe_later(tx, id, probe).await?;
    Ok(None)
}

async fn pause(
    tx: &mut Tx,
    batch: &Batch,
    reason: Reason,
    now: Timestamp,
) -> Result<Option<Reason>, DbError> {
    let paused = endpoints::pause(tx, batch.endpoint.id, reason, now).await?;
    Ok(paused.then_some(reason))
}
