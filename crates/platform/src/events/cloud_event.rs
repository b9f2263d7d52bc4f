//! An event in the words of CloudEvents 1.0: what every reader outside of the house gets, by the
//! feed, the stream and webhooks alike.

use super::{Envelope, Subject};
use crate::config::Environment;
use kernel::{EventId, Timestamp};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;

/// An event as [CloudEvents 1.0](https://cloudevents.io) writes it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CloudEvent {
    #[schema(example = "1.0")]
    pub specversion: &'static str,
    /// The same wherever and however often it is told.
    pub id: EventId,
    /// `urn:comptoir:` with the environment and the context that tells it.
    #[schema(example = "urn:comptoir:production:orders")]
    pub source: String,
    #[serde(rename = "type")]
    #[schema(example = "comptoir.orders.order-placed.v1")]
    pub kind: String,
    /// What it is about.
    #[schema(example = "order/ord_01h455vb4pex5vsknk084sn02q")]
    pub subject: String,
    pub time: Timestamp,
    #[schema(example = "application/json")]
    pub datacontenttype: &'static str,
    /// Events with the same one keep their order.
    #[schema(example = "ord_01h455vb4pex5vsknk084sn02q")]
    pub partitionkey: String,
    /// The version of what it is about, in 20 digits: later events sort after earlier ones.
    #[schema(example = "00000000000000000001")]
    pub sequence: String,
    /// The W3C trace of the request that led to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub traceparent: Option<String>,
    /// The request or command that began the story.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub correlationid: Option<Uuid>,
    /// The event that led to this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub causationid: Option<EventId>,
    /// Who: `user/…`, `key/…`, `anonymous` or `system`.
    #[schema(example = "system")]
    pub actorid: String,
    /// What the type says; ids only, and what is personal is sealed.
    #[schema(value_type = Object)]
    pub data: Box<RawValue>,
}

impl CloudEvent {
    /// Fails on data that is no JSON, which nothing in the log is.
    pub fn of(event: Envelope, environment: Environment) -> Result<Self, serde_json::Error> {
        let context = event.kind.split('.').nth(1).unwrap_or_default();
        let subject = Subject::new(&event.aggregate, event.aggregate_id);
        Ok(Self {
            specversion: "1.0",
            id: EventId::from_uuid(event.id),
            source: format!("urn:comptoir:{environment}:{context}"),
            subject: subject.to_string(),
            time: event.occurred_at,
            datacontenttype: "application/json",
            partitionkey: subject.id_text(),
            sequence: format!("{:020}", event.version),
            traceparent: event.traceparent,
            correlationid: Some(event.correlation).filter(|id| !id.is_nil()),
            causationid: event.causation.map(EventId::from_uuid),
            actorid: event.actor,
            kind: event.kind,
            data: RawValue::from_string(event.data)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_event_has_the_attributes_of_cloudevents_and_leaves_out_what_is_unknown() {
        let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
        let event = Envelope {
            seq: 7,
            id,
            kind: "comptoir.orders.order-placed.v1".to_owned(),
            aggregate: "order".to_owned(),
            aggregate_id: id,
            version: 3,
            occurred_at: Timestamp::from_unix_micros(1_772_460_000_000_001),
            correlation: Uuid::nil(),
            causation: Some(id),
            actor: "system".to_owned(),
            traceparent: None,
            handled: String::new(),
            data: r#"{"order_id":"x"}"#.to_owned(),
        };
        let event = CloudEvent::of(event, Environment::Staging).unwrap();
        let told = serde_json::to_value(&event).unwrap();
        let expected = json!({
            "specversion": "1.0",
            "id": "evt_01j0000000e008000000000001",
            "source": "urn:comptoir:staging:orders",
            "type": "comptoir.orders.order-placed.v1",
            "subject": "order/ord_01j0000000e008000000000001",
            "time": "2026-03-02T14:00:00.000001Z",
            "datacontenttype": "application/json",
            "partitionkey": "ord_01j0000000e008000000000001",
            "sequence": "00000000000000000003",
            "causationid": "evt_01j0000000e008000000000001",
            "actorid": "system",
            "data": {"order_id": "x"},
        });
        assert_eq!(told, expected);
    }
}
