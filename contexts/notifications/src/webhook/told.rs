//! An event on its way to endpoints: its text as it is sent, and the deliveries it makes. Pure.

use super::endpoint::wants;
use kernel::{EventSet, Timestamp, WebhookDeliveryId, WebhookId};
use platform::Delivered;
use platform::config::Environment;
use platform::events::{CloudEvent, Envelope, KindPattern};
use uuid::Uuid;

/// Every published event, unread.
#[derive(Clone, Debug)]
pub struct AnyEvent {
    pub kind: String,
    pub data: String,
}

impl EventSet for AnyEvent {
    const TYPES: &'static [&'static str] = contracts::kinds::TYPES;

    fn decode(kind: &str, data: &str) -> Result<Self, serde_json::Error> {
        Ok(Self {
            kind: kind.to_owned(),
            data: data.to_owned(),
        })
    }
}

/// An event as it is kept for those who want it.
#[derive(Clone, Debug)]
pub struct Told {
    pub event_id: Uuid,
    pub kind: String,
    pub aggregate: String,
    pub aggregate_id: Uuid,
    pub version: i64,
    pub occurred_at: Timestamp,
    /// The CloudEvent, byte by byte as it is signed and sent.
    pub body: String,
}

/// A delivery that is to be.
#[derive(Clone, Copy, Debug)]
pub struct Planned<'e> {
    pub id: WebhookDeliveryId,
    pub endpoint: WebhookId,
    pub event: &'e Told,
}

/// What an endpoint asks for: nothing of what was before it.
#[derive(Clone, Debug)]
pub struct Taste {
    pub endpoint: WebhookId,
    pub types: Vec<KindPattern>,
    pub since: Timestamp,
}

impl Taste {
    fn is_for(&self, kind: &str, occurred_at: Timestamp) -> bool {
        occurred_at >= self.since && wants(&self.types, kind)
    }
}

impl Told {
    pub fn of(event: Envelope, environment: Environment) -> Result<Self, serde_json::Error> {
        let told = Self {
            event_id: event.id,
            kind: event.kind.clone(),
            aggregate: event.aggregate.clone(),
            aggregate_id: event.aggregate_id,
            version: event.version,
            occurred_at: event.occurred_at,
            body: String::new(),
        };
        let body = serde_json::to_string(&CloudEvent::of(event, environment)?)?;
        Ok(Self { body, ..told })
    }
}

/// The events of a batch that somebody wants.
pub fn wanted<'b>(
    batch: &'b [Delivered<AnyEvent>],
    tastes: &[Taste],
) -> impl Iterator<Item = &'b Delivered<AnyEvent>> {
    batch.iter().filter(move |one| {
        let mut tastes = tastes.iter();
        tastes.any(|taste| taste.is_for(&one.event.kind, one.occurred_at))
    })
}

/// An event as it stood in the log.
pub fn envelope(one: &Delivered<AnyEvent>) -> Envelope {
    let kind = one.event.kind.clone();
    Envelope {
        seq: 0,
        id: one.id.uuid(),
        aggregate: contracts::kinds::aggregate_of(&kind)
            .unwrap_or_default()
            .to_owned(),
        kind,
        aggregate_id: one.aggregate_id,
        version: one.version,
        occurred_at: one.occurred_at,
        correlation: one.cause.correlation,
        causation: one.cause.causation,
        actor: one.cause.actor.clone(),
        traceparent: one.cause.traceparent.clone(),
        handled: String::new(),
        data: one.event.data.clone(),
    }
}

/// One delivery for each endpoint that wants an event, in the order of the events.
pub fn plan<'e>(
    told: &'e [Told],
    tastes: &[Taste],
    mut id: impl FnMut() -> WebhookDeliveryId,
) -> Vec<Planned<'e>> {
    let mut planned = Vec::new();
    for event in told {
        let eager = tastes
            .iter()
            .filter(|taste| taste.is_for(&event.kind, event.occurred_at));
        planned.extend(eager.map(|taste| Planned {
            id: id(),
            endpoint: taste.endpoint,
            event,
        }));
    }
    planned
}
