//! Reading the log from outside: by number, narrowed down, in bounded steps.

use super::log::{self, Logged};
use super::{KindPattern, Subject};
use crate::db::{DbError, Tx};

/// Numbers looked through in one step. Where few events are wanted a step may find none, but it
/// always ends soon.
const SPAN: i64 = 10_000;

/// Which events a reader wants.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    pub kind: Option<KindPattern>,
    pub subject: Option<Subject>,
}

/// A step through the log.
#[derive(Clone, Debug)]
pub struct Step {
    pub events: Vec<Logged>,
    /// Where the next step begins; where this one began when nothing came since.
    pub next_after: i64,
    /// The last number given so far.
    pub last: i64,
}

/// What is wanted after a number, at most `limit` events, in order. Whoever goes on from
/// `next_after` misses none and gets none twice: numbers are given to committed events only, in
/// one order, and the last number is read before the events.
pub async fn read_feed(
    tx: &mut Tx,
    wanted: &Wanted,
    after: i64,
    limit: i64,
) -> Result<Step, DbError> {
    let last = log::last_number(tx).await?;
    let upto = match wanted.subject {
        // Found by an index, however long the log.
        Some(_) => last,
        None => last.min(after.saturating_add(SPAN)),
    };
    let mut step = Step {
        events: Vec::new(),
        next_after: upto.max(after),
        last,
    };
    if upto <= after {
        return Ok(step);
    }
    step.events = read(tx, wanted, (after, upto), limit).await?;
    if step.events.len() as i64 == limit {
        step.next_after = step.events.last().map_or(after, |event| event.seq);
    }
    Ok(step)
}

async fn read(
    tx: &mut Tx,
    wanted: &Wanted,
    (after, upto): (i64, i64),
    limit: i64,
) -> Result<Vec<Logged>, DbError> {
    let subject = wanted.subject.as_ref();
    let rows = tx
        .build(
            "select c.first_seq + e.nth as seq, e.id, e.kind, e.aggregate, e.aggregate_id,
                 e.version, e.occurred_at, e.correlation, e.causation, e.actor, e.traceparent,
                 e.handled, e.data
             from event_commit c join event_log e on e.pos = c.pos
             where c.last_seq > ? and c.first_seq <= ? and c.first_seq + e.nth > ?
                 and c.first_seq + e.nth <= ?",
        )
        .bind(after)
        .bind(upto)
        .bind(after)
        .bind(upto)
        .and(
            "and e.kind like ?",
            wanted.kind.as_ref().map(KindPattern::like),
        )
        .and(
            "and e.aggregate = ?",
            subject.map(|one| one.aggregate.as_str()),
        )
        .and("and e.aggregate_id = ?", subject.map(|one| one.id))
        .push("order by c.last_seq, e.nth limit ?")
        .bind(limit)
        .fetch_all()
        .await?;
    rows.iter().map(log::logged).collect()
}
