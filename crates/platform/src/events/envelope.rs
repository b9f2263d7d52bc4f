//! An event as it stands in the log and travels between databases.

use super::Cause;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One event with its CloudEvents attributes; `seq` is its place in the log it comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    pub seq: i64,
    pub id: Uuid,
    pub kind: String,
    pub aggregate: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub occurred_at: Timestamp,
    pub correlation: Uuid,
    pub causation: Option<Uuid>,
    pub actor: String,
    pub traceparent: Option<String>,
    /// Subscriptions that handled it in the publisher's transaction, as `|name|name|`.
    #[serde(default)]
    pub handled: String,
    /// The event itself, JSON.
    pub data: String,
}

impl Envelope {
    /// The cause of what follows from this event.
    pub fn consequence(&self) -> Cause {
        Cause {
            correlation: self.correlation,
            causation: Some(self.id),
            actor: self.actor.clone(),
            traceparent: self.traceparent.clone(),
        }
    }

    pub(crate) fn was_handled_by(&self, subscription: &str) -> bool {
        self.handled.split('|').any(|name| name == subscription)
    }
}
