//! The runner: delivers to one context what inline delivery left over, from its own database's log.

use super::deliver::Fed;
use super::lease::Lease;
use super::{Subscriptions, deliver, log, parked};
use crate::db::{Db, DbError};
use std::sync::Arc;
use std::time::Duration;

/// Events per transaction.
pub(super) const BATCH: i64 = 1000;
/// How often parked deliveries are looked at, and leases of dead processes taken over.
const TICK: Duration = Duration::from_secs(1);
/// After a round: most commits were delivered inline, and looking at every one of them would cost
/// more than they did.
const LULL: Duration = Duration::from_millis(40);
/// The same while much happens, for a context that nobody waits for: what is told of the same
/// product or day by then is counted together.
const GATHER: Duration = Duration::from_millis(200);
/// So many events in a round are much.
const MUCH: usize = 50;

/// Delivers the log of a database to the subscriptions of one context at home there.
pub struct Runner {
    db: Db,
    subscriptions: Arc<Subscriptions>,
    context: &'static str,
    lease: Option<Lease>,
    owner: String,
}

/// What came of a look at the log.
struct Round {
    delivered: usize,
    /// There may be more to do at once.
    more: bool,
}

const NOTHING: Round = Round {
    delivered: 0,
    more: false,
};

const AGAIN: Round = Round {
    delivered: 0,
    more: true,
};

impl Runner {
    pub fn new(db: Db, subscriptions: Arc<Subscriptions>, context: &'static str) -> Self {
        let owner = db.lease_owner();
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
        let is_patient = self.subscriptions.is_patient(self.context);
        loop {
            let pause = match self.round().await {
                Ok(round) if round.more => continue,
                Ok(round) if is_patient && round.delivered >= MUCH => GATHER,
                Ok(_) => LULL,
                Err(error) => {
                    tracing::warn!(context = self.context, %error, "runner");
                    self.lease = None;
                    LULL
                }
            };
            tokio::time::sleep(pause).await;
            let _ = tokio::time::timeout(TICK, sequenced.changed()).await;
        }
    }

    /// Delivers one batch and retries what is due.
    async fn round(&mut self) -> Result<Round, DbError> {
        if self.lease.is_none() {
            self.lease = Lease::take(&self.db, &lease_name(self.context), &self.owner).await?;
        }
        let Some(lease) = self.lease.clone() else {
            return Ok(NOTHING);
        };
        let round = self.deliver_next(&lease).await?;
        let healed = parked::retry_due(&self.db, &self.subscriptions, self.context).await?;
        Ok(Round {
            more: round.more || healed > 0,
            ..round
        })
    }

    async fn deliver_next(&mut self, lease: &Lease) -> Result<Round, DbError> {
        let (position, last, batch) = self.read_next().await?;
        let more = batch.len() as i64 == BATCH;
        let reached = match batch.last() {
            Some(event) if more => event.seq,
            _ => last,
        };
        if reached <= position {
            return Ok(NOTHING);
        }
        let mut tx = self.db.begin().await?;
        match lease.position(&mut tx).await? {
            Some(held) if held == position => {}
            Some(_) => return Ok(AGAIN),
            None => {
                self.lease = None;
                return Ok(AGAIN);
            }
        }
        let subscriptions = &self.subscriptions;
        deliver::deliver(&mut tx, subscriptions, self.context, &batch, Fed::ByLog).await?;
        lease.advance(&mut tx, reached).await?;
        tx.commit_now().await?;
        let delivered = batch.len();
        Ok(Round { delivered, more })
    }

    /// The position, the last number given, and what lies between for this context. The number is
    /// read first: nothing up to it can be missing, and whatever asks for a kind was asked after
    /// the events up to it.
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
        let kinds = self.subscriptions.asked_for(&mut tx, self.context).await?;
        let wanted = (self.context, kinds.as_str());
        let mut batch = log::read_open(&mut tx, wanted, position, BATCH).await?;
        batch.retain(|event| event.seq <= last);
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
