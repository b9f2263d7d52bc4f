//! The runner: delivers to one context what inline delivery left over, from its own database's log.

use super::deliver::Fed;
use super::lease::Lease;
use super::{Subscriptions, deliver, log, parked};
use crate::db::{Db, DbError, Tx};
use crate::load::Load;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// Events per transaction.
pub(super) const BATCH: i64 = 1000;
/// How often parked deliveries are looked at, and leases of dead processes taken over.
const TICK: Duration = Duration::from_secs(1);
/// After a round: most commits were delivered inline, and looking at every one of them would cost
/// more than they did.
const LULL: Duration = Duration::from_millis(50);
/// From the begin of a round to the next while much happens, for a context that nobody waits for:
/// what is told of the same product or day by then is counted together.
const GATHER: Duration = Duration::from_millis(150);
/// So many events in a round are much.
const MUCH: usize = 50;

/// Delivers the log of a database to the subscriptions of one context at home there.
pub struct Runner {
    db: Db,
    subscriptions: Arc<Subscriptions>,
    context: &'static str,
    load: Option<Load>,
    lease: Option<Lease>,
    owner: String,
    /// Up to here there was nothing to deliver. The lease says so seldom, or a context to which all
    /// is delivered inline would write at every look.
    seen: i64,
    noted: Instant,
}

/// What came of a look at the log.
struct Round {
    delivered: usize,
    /// There may be more to do at once.
    more: bool,
}

/// The position, the last number given, and what is to be delivered of what lies between.
type Found = (i64, i64, Vec<super::Envelope>);

const NOTHING: Round = Round {
    delivered: 0,
    more: false,
};

const AGAIN: Round = Round {
    delivered: 0,
    more: true,
};

impl Runner {
    /// Gives way to `load` where the context's subscriptions do.
    pub fn new(
        db: Db,
        subscriptions: Arc<Subscriptions>,
        context: &'static str,
        load: &Load,
    ) -> Self {
        let owner = db.lease_owner();
        let load = subscriptions.is_leisurely(context).then(|| load.clone());
        Self {
            db,
            subscriptions,
            context,
            load,
            lease: None,
            owner,
            seen: 0,
            noted: Instant::now(),
        }
    }

    /// Runs until dropped.
    pub async fn run(mut self) {
        let mut sequenced = self.db.sequenced().subscribe();
        let is_patient = self.subscriptions.is_patient(self.context);
        loop {
            let begun = Instant::now();
            let round = self.round().await;
            let took = begun.elapsed();
            if let (Ok(Round { delivered: 1.., .. }), Some(load)) = (&round, &self.load) {
                load.give_way(took).await;
            }
            let pause = match round {
                Ok(round) if round.more => continue,
                Ok(round) => pause(round.delivered, took, is_patient),
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
            self.seen = 0; // whoever had it meanwhile may have begun anew
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
        let Some((position, last, batch)) = self.read_next(lease).await? else {
            self.lease = None;
            return Ok(AGAIN);
        };
        let more = batch.len() as i64 == BATCH;
        let reached = match batch.last() {
            Some(event) if more => event.seq,
            _ => last,
        };
        self.seen = reached;
        if reached <= position || (batch.is_empty() && self.noted.elapsed() < TICK) {
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
        self.noted = Instant::now();
        let delivered = batch.len();
        Ok(Round { delivered, more })
    }

    /// The position, the last number given, and what lies between for this context; `None` when the
    /// lease was lost. The number is read first: nothing up to it can be missing, and whatever asks
    /// for a kind was asked after the events up to it.
    async fn read_next(&self, lease: &Lease) -> Result<Option<Found>, DbError> {
        let mut tx = self.db.read().await?;
        let Some(position) = lease.read_position(&mut tx).await? else {
            return Ok(None);
        };
        let last = log::last_number(&mut tx).await?;
        let after = position.max(self.seen);
        if last <= after {
            return Ok(Some((position, last, Vec::new())));
        }
        let kinds = self.subscriptions.asked_for(&mut tx, self.context).await?;
        let wanted = (self.context, kinds.as_str());
        let mut batch = log::read_open(&mut tx, wanted, after, BATCH).await?;
        batch.retain(|event| event.seq <= last);
        Ok(Some((position, last, batch)))
    }
}

/// How long a context rests after a round that left nothing to be done at once.
fn pause(delivered: usize, took: Duration, is_patient: bool) -> Duration {
    match is_patient && delivered >= MUCH {
        true => LULL.max(GATHER.saturating_sub(took)),
        false => LULL,
    }
}

pub(super) fn lease_name(context: &str) -> String {
    format!("runner.{context}")
}

/// True when nothing is left to deliver in this database: every commit is numbered, nothing after
/// a runner's position is for its context, and no retry is pending.
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
    let contexts: BTreeSet<_> = subscriptions.contexts().collect();
    for context in contexts {
        let position = position(&mut tx, context).await?;
        let kinds = subscriptions.asked_for(&mut tx, context).await?;
        let wanted = (context, kinds.as_str());
        if position < last
            && !log::read_open(&mut tx, wanted, position, 1)
                .await?
                .is_empty()
        {
            return Ok(false);
        }
    }
    Ok(true)
}

/// How far a context's runner has come; 0 before its first batch.
pub(super) async fn position(tx: &mut Tx, context: &str) -> Result<i64, DbError> {
    let row = tx
        .query("select position from event_lease where name = $1")
        .bind(lease_name(context))
        .fetch_optional()
        .await?;
    row.map_or(Ok(0), |row| row.get("position"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_patient_gather_much_from_the_begin_of_a_round_to_the_next() {
        let ms = Duration::from_millis;
        assert_eq!(pause(MUCH, ms(40), true), ms(110));
        assert_eq!(pause(MUCH, ms(140), true), LULL);
        assert_eq!(pause(MUCH, ms(900), true), LULL);
        assert_eq!(pause(MUCH - 1, ms(0), true), LULL);
        assert_eq!(pause(MUCH, ms(0), false), LULL);
    }
}
