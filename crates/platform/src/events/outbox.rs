//! What a transaction has published so far, kept in memory until it commits.

use super::subscriptions::Turn;
use super::{Cause, Envelope};
use crate::db::DbError;
use crate::source::Source;
use kernel::Event;

/// Events in the order they were published.
#[derive(Default)]
pub(crate) struct Outbox {
    entries: Vec<Entry>,
}

/// A published event, and which reactions have already had it in this transaction.
pub(crate) struct Entry {
    pub envelope: Envelope,
    /// Reactions at home here that handled it, in this transaction.
    pub handled: Vec<&'static str>,
    /// Reactions at home here that failed on it; later versions must wait for the runner too.
    pub failed: Vec<&'static str>,
    /// The turns in which it has been given to whoever wants it.
    pub dispatched: Vec<Turn>,
}

impl Outbox {
    pub fn push<E: Event>(
        &mut self,
        source: &Source,
        cause: &Cause,
        event: &E,
        version: i64,
    ) -> Result<(), DbError> {
        let data = serde_json::to_string(event)
            .map_err(|error| DbError::Bug(format!("{}: {error}", E::TYPE)))?;
        let envelope = Envelope {
            seq: 0,
            id: source.uuid(),
            kind: E::TYPE.to_owned(),
            aggregate: E::AGGREGATE.to_owned(),
            aggregate_id: event.aggregate_id(),
            version,
            occurred_at: source.now(),
            correlation: cause.correlation,
            causation: cause.causation,
            actor: cause.actor.clone(),
            traceparent: cause.traceparent.clone(),
            handled: String::new(),
            data,
        };
        let (handled, failed, dispatched) = Default::default();
        self.entries.push(Entry {
            envelope,
            handled,
            failed,
            dispatched,
        });
        Ok(())
    }

    pub fn len(&self) -> usize {
        self.entries.len()
    }

    pub fn truncate(&mut self, len: usize) {
        self.entries.truncate(len);
    }

    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    pub fn entries_mut(&mut self) -> &mut [Entry] {
        &mut self.entries
    }

    pub fn retain(&mut self, keep: impl FnMut(&Entry) -> bool) {
        self.entries.retain(keep);
    }

    pub fn take(&mut self) -> Vec<Entry> {
        std::mem::take(&mut self.entries)
    }
}
