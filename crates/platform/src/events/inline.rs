//! Inline delivery: reactions at home in the publisher's database run in its transaction.
//! It is asynchronous delivery attempted early: a failing reaction is undone to its savepoint
//! and the runner delivers later, so the publisher's own change never fails because of it.

use super::Envelope;
use super::outbox::Entry;
use super::subscriptions::{Failure, Subscription, Turn};
use crate::db::{DbError, Rows, Tx};
use std::collections::HashSet;

/// Reactions may publish, and those events are delivered too; a chain longer than this is a bug.
const MAX_DEPTH: usize = 16;

/// Delivers every event published so far, and those published by doing so: first to the reactions
/// that somebody may wait for, then to the others, who so get all of a story in one batch.
pub(crate) async fn dispatch(tx: &mut Tx) -> Result<(), DbError> {
    for _ in 0..MAX_DEPTH {
        if !dispatch_round(tx, Turn::Prompt).await? && !dispatch_round(tx, Turn::Last).await? {
            return Ok(());
        }
    }
    Err(DbError::Bug("reactions publish in a circle".to_owned()))
}

/// Delivers the events published so far, not those published by doing so, to the reactions whose
/// turn it is. True when there were any.
async fn dispatch_round(tx: &mut Tx, turn: Turn) -> Result<bool, DbError> {
    let is_new = |entry: &Entry| !entry.dispatched.contains(&turn);
    let Some(first) = tx.outbox.entries().iter().position(is_new) else {
        return Ok(false);
    };
    let end = tx.outbox.len();
    for entry in &mut tx.outbox.entries_mut()[first..] {
        entry.dispatched.push(turn);
    }
    let Some(subscriptions) = tx.db().subscriptions() else {
        return Ok(true);
    };
    for subscription in subscriptions.iter().filter(|one| one.turn == turn) {
        let batch = ready(tx, subscription, first..end).await?;
        if !batch.is_empty() {
            deliver(tx, subscription, batch).await?;
        }
    }
    Ok(true)
}

/// The places of the events this subscription wants and may have now.
async fn ready(
    tx: &mut Tx,
    subscription: &Subscription,
    range: std::ops::Range<usize>,
) -> Result<Vec<usize>, DbError> {
    let entries = tx.outbox.entries();
    let wanted = |place: &usize| {
        let entry = &entries[*place];
        subscription.wants(&entry.envelope.kind) && !entry.handled.contains(&subscription.name)
    };
    let mut batch: Vec<usize> = range.filter(wanted).collect();
    let begun = begun_here(entries);
    let older = |one: &&Envelope| {
        one.version > 1 && !begun.contains(&(one.aggregate.as_str(), one.aggregate_id))
    };
    let later: Vec<Envelope> = batch
        .iter()
        .map(|&place| &entries[place].envelope)
        .filter(older)
        .cloned()
        .collect();
    if !later.is_empty() {
        let blocked = blocked(tx, subscription, &later).await?;
        let entries = tx.outbox.entries();
        batch.retain(|&place| !blocked.contains(&entries[place].envelope.id));
    }
    Ok(batch)
}

/// Aggregates whose whole life is in this transaction, and went well: nothing older of theirs is
/// in the log.
fn begun_here(entries: &[Entry]) -> HashSet<(&str, uuid::Uuid)> {
    fn key(entry: &Entry) -> (&str, uuid::Uuid) {
        (&entry.envelope.aggregate, entry.envelope.aggregate_id)
    }
    let failed: HashSet<_> = entries
        .iter()
        .filter(|entry| !entry.failed.is_empty())
        .map(key)
        .collect();
    entries
        .iter()
        .filter(|entry| entry.envelope.version == 1)
        .map(key)
        .filter(|key| !failed.contains(key))
        .collect()
}

/// Events of `later` before which this subscription still has to handle an older one of the same
/// aggregate: those wait for the runner, which keeps the order.
async fn blocked(
    tx: &mut Tx,
    subscription: &Subscription,
    later: &[Envelope],
) -> Result<HashSet<uuid::Uuid>, DbError> {
    let rows = Rows::new()
        .uuid("id", later.iter().map(|one| one.id).collect())
        .text(
            "aggregate",
            later.iter().map(|one| one.aggregate.clone()).collect(),
        )
        .uuid(
            "aggregate_id",
            later.iter().map(|one| one.aggregate_id).collect(),
        )
        .bigint("version", later.iter().map(|one| one.version).collect());
    let found = tx
        .bulk(
            "select r.id from {rows} where exists (
                 select 1 from event_log e
                 where e.aggregate_id = r.aggregate_id and e.aggregate = r.aggregate
                   and e.version < r.version and {1} like '%|' || e.kind || '|%'
                   and e.handled not like {2}
                   and not exists (
                       select 1 from event_guard g where g.subscription = {3}
                         and g.aggregate = e.aggregate and g.aggregate_id = e.aggregate_id
                         and g.version >= e.version))",
            rows,
        )
        .bind(subscription.kinds_text())
        .bind(format!("%|{}|%", subscription.name))
        .bind(subscription.name)
        .fetch_all()
        .await?;
    let mut blocked: HashSet<_> = found
        .iter()
        .map(|row| row.get("id"))
        .collect::<Result<_, _>>()?;
    blocked.extend(
        later
            .iter()
            .filter(|one| failed_before(tx, subscription, one))
            .map(|e| e.id),
    );
    Ok(blocked)
}

/// True when an older event of the aggregate, published in this transaction, failed inline.
fn failed_before(tx: &Tx, subscription: &Subscription, later: &Envelope) -> bool {
    tx.outbox.entries().iter().any(|entry| {
        let older = &entry.envelope;
        entry.failed.contains(&subscription.name)
            && older.aggregate_id == later.aggregate_id
            && older.aggregate == later.aggregate
            && older.version < later.version
    })
}

async fn deliver(
    tx: &mut Tx,
    subscription: &Subscription,
    batch: Vec<usize>,
) -> Result<(), DbError> {
    let events: Vec<Envelope> = batch
        .iter()
        .map(|&place| tx.outbox.entries()[place].envelope.clone())
        .collect();
    let refs: Vec<&Envelope> = events.iter().collect();
    if tx.is_optimistic() {
        let failed = |failure: Failure| DbError::Bug(format!("{}: {failure}", subscription.name));
        subscription.handle(tx, &refs).await.map_err(failed)?;
        mark_handled(tx, subscription, batch);
        return Ok(());
    }
    let mark = tx.savepoint().await?;
    match subscription.handle(tx, &refs).await {
        Ok(()) => {
            tx.release().await?;
            mark_handled(tx, subscription, batch);
            Ok(())
        }
        Err(Failure::Db(error)) if error.is_transient() => Err(error),
        Err(failure) => {
            tracing::warn!(subscription = subscription.name, %failure, "left to the runner");
            tx.rollback_to(mark).await?;
            for place in batch {
                tx.outbox.entries_mut()[place]
                    .failed
                    .push(subscription.name);
            }
            Ok(())
        }
    }
}

fn mark_handled(tx: &mut Tx, subscription: &Subscription, batch: Vec<usize>) {
    for place in batch {
        tx.outbox.entries_mut()[place]
            .handled
            .push(subscription.name);
    }
}

impl Tx {
    /// Delivers what was published so far to the reactions at home here that somebody may wait
    /// for ([`Turn::Prompt`]), one step: what they publish in turn stays undelivered until
    /// [`Tx::commit`] or the next call.
    pub async fn deliver_published(&mut self) -> Result<(), DbError> {
        dispatch_round(self, Turn::Prompt).await.map(drop)
    }

    /// Takes the undelivered events of one kind on behalf of `reaction`, which counts as having
    /// handled them in this transaction: for a use case that waits for an answer before it writes.
    pub fn claim<E: kernel::Event>(&mut self, reaction: &'static str) -> Result<Vec<E>, DbError> {
        let mut claimed = Vec::new();
        for entry in self.outbox.entries_mut() {
            if entry.envelope.kind != E::TYPE || entry.handled.contains(&reaction) {
                continue;
            }
            let event = serde_json::from_str(&entry.envelope.data)
                .map_err(|error| DbError::Bug(format!("{}: {error}", E::TYPE)))?;
            claimed.push(event);
            entry.handled.push(reaction);
        }
        Ok(claimed)
    }

    /// Forgets everything published in this transaction about an aggregate: it will not have
    /// happened. Only for what has left no row behind.
    pub fn retract(&mut self, aggregate_id: uuid::Uuid) {
        self.outbox
            .retain(|entry| entry.envelope.aggregate_id != aggregate_id);
    }
}
