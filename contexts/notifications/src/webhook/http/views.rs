//! What endpoints and deliveries look like outside.

use crate::webhook::endpoint::{Description, Endpoint, Reason};
use crate::webhook::store::deliveries::{Attempt, Delivery};
use kernel::{EventId, Timestamp, WebhookDeliveryId, WebhookId};
use platform::events::KindPattern;
use platform::http::Patch;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use utoipa::ToSchema;

/// A system outside that is told of events.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookEndpoint {
    pub id: WebhookId,
    #[schema(example = "https://erp.example/hooks")]
    pub url: String,
    #[schema(value_type = Vec<String>, example = json!(["comptoir.orders.*"]))]
    pub event_types: Vec<KindPattern>,
    #[schema(required)]
    pub description: Option<String>,
    pub status: EndpointStatus,
    /// Null while it is enabled.
    #[schema(required)]
    pub paused_reason: Option<PausedReason>,
    #[schema(required)]
    pub paused_at: Option<Timestamp>,
    /// Since when nothing has gone well; null while it does.
    #[schema(required)]
    pub failing_since: Option<Timestamp>,
    /// Until when the secret before this one signs, too.
    #[schema(required)]
    pub old_secret_until: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether an endpoint is called. What happens while it is paused is kept for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStatus {
    Enabled,
    Paused,
}

/// Why an endpoint is paused: by an administrator, because nothing went well for days, or because
/// it answered 410.
#[derive(Clone, Copy, Debug, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PausedReason {
    ByHand,
    Failing,
    Gone,
}

/// An endpoint with its secret, which is shown nowhere else.
#[derive(Serialize, ToSchema)]
pub struct WebhookEndpointWithSecret {
    #[serde(flatten)]
    pub endpoint: WebhookEndpoint,
    /// Signs what is sent, as Standard Webhooks say.
    #[schema(example = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")]
    pub secret: String,
}

/// A new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhookEndpoint {
    /// HTTPS, to a public address.
    #[schema(max_length = 2048, example = "https://erp.example/hooks")]
    pub url: String,
    /// Types, or beginnings of some: `comptoir.orders.*`.
    #[schema(value_type = Vec<String>, min_items = 1, max_items = 50,
        example = json!(["comptoir.orders.*"]))]
    pub event_types: Vec<KindPattern>,
    pub description: Option<Description>,
}

/// What shall be different; a JSON merge patch.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookEndpointPatch {
    #[schema(
        max_length = 2048,
        nullable = false,
        example = "https://erp.example/hooks"
    )]
    pub url: Option<String>,
    #[schema(value_type = Option<Vec<String>>, nullable = false,
        example = json!(["comptoir.orders.*"]))]
    pub event_types: Option<Vec<KindPattern>>,
    #[serde(default)]
    pub description: Patch<Description>,
    /// `enabled` resumes it: what was kept for it is sent.
    #[schema(nullable = false)]
    pub status: Option<EndpointStatus>,
}

/// An event on its way to an endpoint.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryView {
    pub id: WebhookDeliveryId,
    pub endpoint_id: WebhookId,
    /// The `webhook-id` it is sent with, every time.
    pub event_id: EventId,
    #[schema(example = "comptoir.orders.order-placed.v1")]
    pub event_type: String,
    pub state: DeliveryState,
    /// How often it was sent.
    #[schema(minimum = 0)]
    pub attempts: i64,
    /// When it is sent next, at the earliest; null when it is done with.
    #[schema(required)]
    pub next_attempt_at: Option<Timestamp>,
    /// What came of it last: `delivered`, `refused`, `gone`, `timed_out`, `no_connection`,
    /// `private_address`, `lost`; `expired` when it waited too long.
    #[schema(required, example = "refused")]
    pub last_outcome: Option<String>,
    #[schema(required, example = 503)]
    pub last_status_code: Option<i64>,
    #[schema(required, example = 87)]
    pub last_duration_ms: Option<i64>,
    #[schema(required)]
    pub delivered_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// `dead`: given up after three days; it can be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    Pending,
    Delivered,
    Dead,
}

/// A delivery with all that is known of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookDeliveryDetail {
    #[serde(flatten)]
    pub delivery: WebhookDeliveryView,
    /// Each time it was sent, the first first.
    pub log: Vec<WebhookAttempt>,
    /// The event as it is sent.
    #[schema(value_type = Object)]
    pub event: Box<RawValue>,
}

/// One time a delivery was sent.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookAttempt {
    pub at: Timestamp,
    #[schema(example = "refused")]
    pub outcome: String,
    #[schema(required, example = 503)]
    pub status_code: Option<i64>,
    #[schema(minimum = 0, example = 87)]
    pub duration_ms: i64,
    /// The beginning of what was answered.
    #[schema(required)]
    pub answer: Option<String>,
}

/// What a replay has put on its way.
#[derive(Debug, Serialize, ToSchema)]
pub struct WebhookReplay {
    /// How many deliveries.
    #[schema(minimum = 0)]
    pub queued: u64,
    /// Ask again after this; null when the end of the log was reached.
    #[schema(required, minimum = 0)]
    pub next_after: Option<i64>,
}

impl From<Endpoint> for WebhookEndpoint {
    fn from(endpoint: Endpoint) -> Self {
        let paused = endpoint.paused;
        Self {
            id: endpoint.id,
            url: endpoint.url,
            event_types: endpoint.event_types,
            description: endpoint.description,
            status: match paused {
                Some(_) => EndpointStatus::Paused,
                None => EndpointStatus::Enabled,
            },
            paused_reason: paused.map(|paused| paused.reason.into()),
            paused_at: paused.map(|paused| paused.at),
            failing_since: endpoint.failing_since,
            old_secret_until: endpoint.old_secret_until,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

impl From<Reason> for PausedReason {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::ByHand => Self::ByHand,
            Reason::Failing => Self::Failing,
            Reason::Gone => Self::Gone,
        }
    }
}

impl DeliveryState {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Delivered => "delivered",
            Self::Dead => "dead",
        }
    }

    /// The database holds no other word.
    fn of(text: &str) -> Self {
        let all = [Self::Pending, Self::Delivered];
        let known = all.into_iter().find(|state| state.as_str() == text);
        known.unwrap_or(Self::Dead)
    }
}

impl From<Delivery> for WebhookDeliveryView {
    fn from(delivery: Delivery) -> Self {
        let state = DeliveryState::of(&delivery.state);
        Self {
            id: delivery.id,
            endpoint_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            event_type: delivery.kind,
            state,
            attempts: delivery.attempts,
            next_attempt_at: (state == DeliveryState::Pending).then_some(delivery.next_at),
            last_outcome: delivery.last_outcome,
            last_status_code: delivery.last_status,
            last_duration_ms: delivery.last_duration_ms,
            delivered_at: delivery.delivered_at,
            created_at: delivery.created_at,
            updated_at: delivery.updated_at,
        }
    }
}

impl From<Attempt> for WebhookAttempt {
    fn from(attempt: Attempt) -> Self {
        Self {
            at: attempt.at,
            outcome: attempt.outcome,
            status_code: attempt.status,
            duration_ms: attempt.duration_ms,
            answer: attempt.answer,
        }
    }
}
