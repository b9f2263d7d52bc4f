//! The runner: delivers to one context what inline delivery left over, from its own database's log.

use super::deliver::Fed;
use super::lease::Lease;
use super::{Subscriptions, deliver, log, parked};
use crate::db::{Db, DbError};
use std::sync::Arc;
use std::time::Duration;

/// Events per transaction.
pub(super) const BATCH: i64 = 200;
/// How often parked deliveries are looked at, and leases of dead processes taken over.
const TICK: Duration = Duration::from_secs(1);
/// After a round that found nothing: most commits were delivered inline, and looking at every one
/// of them would cost more than they did.
const LULL: Duration = Duration::from_millis(40);

/// Delivers the log of a database to the subscriptions of one context at home there.
pub struct Runner {
    db: Db,
    subscriptions: Arc<Subscriptions>,
    context: &'static str,
    lease: Option<Lease>,
    owner: String,
}

impl Runner {
    pub fn new(db: Db, subscriptions: Arc<Subscriptions>, context: &'static str) -> Self {
        let owner = db.source().uuid().simple().to_string();
        Self {
            db,
            subscriptions,
            context,
            lease: None,
            owner,
        }
    }

    /// Runs until dropped.
    pub async fn run(mut self) {
        let mut sequenced = self.db.sequenced().subscribe();
        loop {
            match self.round().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => {
                    tracing::warn!(context = self.context, %error, "runner");
                    self.lease = None;
                }
            }
            tokio::time::sleep(LULL).await;
            let _ = tokio::time::timeout(TICK, sequenced.changed()).await;
        }
    }

    /// Delivers one batch and retries what is due. True when there may be more to do at once.
    async fn round(&mut self) -> Result<bool, DbError> {
        if self.lease.is_none() {
            self.lease = Lease::take(&self.db, &lease_name(self.context), &self.owner).await?;
        }
        let Some(lease) = self.lease.clone() else {
            return Ok(false);
        };
        let more = self.deliver_next(&lease).await?;
        let healed = parked::retry_due(&self.db, &self.subscriptions, self.context).await?;
        Ok(more || healed > 0)
    }

    async fn deliver_next(&mut self, lease: &Lease) -> Result<bool, DbError> {
        let (position, last, batch) = self.read_next().await?;
        let reached = match batch.last() {
            Some(event) if batch.len() as i64 == BATCH => event.seq,
            _ => last,
        };
        if reached <= position {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        match lease.position(&mut tx).await? {
            Some(held) if held == position => {}
            Some(_) => return Ok(true),
            None => {
                self.lease = None;
                return Ok(true);
            }
        }
        let subscriptions = &self.subscriptions;
        deliver::deliver(&mut tx, subscriptions, self.context, &batch, Fed::ByLog).await?;
        lease.advance(&mut tx, reached).await?;
        tx.commit_now().await?;
        Ok(batch.len() as i64 == BATCH)
    }

    /// The position, the last number given, and what lies between for this context. Numbers are
    /// read before events, so that nothing up to the number can be missing.
    async fn read_next(&self) -> Result<(i64, i64, Vec<super::Envelope>), DbError> {
        let mut tx = self.db.read().await?;
        let row = tx
            .query("select position from event_lease where name = $1")
            .bind(lease_name(self.context))
            .fetch_one()
            .await?;
        let position: i64 = row.get("position")?;
        let last = log::last_number(&mut tx).await?;
        if last <= position {
            return Ok((position, last, Vec::new()));
        }
        let kinds = self.subscriptions.kinds_of(self.context);
        let wanted = (self.context, kinds.as_str());
        let mut batch = log::read_open(&mut tx, wanted, position, BATCH).await?;
        if (batch.len() as i64) < BATCH {
            batch.retain(|event| event.seq <= last);
        }
        Ok((position, last, batch))
    }
}

pub(super) fn lease_name(context: &str) -> String {
    format!("runner.{context}")
}

/// True when nothing is left to deliver in this database: every commit is numbered, every runner
/// has come to the end, and no retry is pending.
pub async fn is_settled(db: &Db, subscriptions: &Subscriptions) -> Result<bool, DbError> {
    let mut tx = db.read().await?;
    let open = tx
        .query(
            "select (select count(*) from event_commit where last_seq is null)
                 + (select count(*) from event_parked where state <> 'dead') as open",
        )
        .fetch_one()
        .await?;
    if open.get::<i64>("open")? > 0 {
        return Ok(false);
    }
    let last = log::last_number(&mut tx).await?;
    for subscription in subscriptions.iter() {
        let row = tx
            .query("select position from event_lease where name = $1")
            .bind(lease_name(subscription.context()))
            .fetch_optional()
            .await?;
        let position = row
            .map(|row| row.get::<i64>("position"))
            .transpose()?
            .unwrap_or(0);
        if position < last {
            return Ok(false);
        }
    }
    Ok(true)
}
