//! Something is sent again, or for once to try it: one delivery, everything after a number of the
//! log, a ping.

use super::Webhooks;
use super::endpoint::Endpoint;
use super::fault::WebhookError;
use super::store::deliveries::{self, Delivery};
use super::store::endpoints;
use super::told::{Planned, Told};
use kernel::{WebhookDeliveryId, WebhookId};
use platform::Tx;
use platform::events::{Cause, Envelope, read_after};
use serde_json::json;

/// Events of the log that one request looks at.
const PORTION: i64 = 1000;
/// The type of the event that tries an endpoint out. It is in no log.
const PING: &str = "comptoir.notifications.ping.v1";

/// What a replay has put on its way.
pub struct Replayed {
    pub queued: u64,
    /// Where to go on; nothing when the end of the log was reached.
    pub next_after: Option<i64>,
}

/// Sends a delivery again, whatever became of it.
pub async fn again(webhooks: &Webhooks, id: WebhookDeliveryId) -> Result<Delivery, WebhookError> {
    let mut tx = webhooks.host.db.begin().await?;
    deliveries::due_again(&mut tx, id, webhooks.host.source.now()).await?;
    let delivery = deliveries::find(&mut tx, id).await?;
    let delivery = delivery.ok_or(WebhookError::NotFound)?;
    commit(webhooks, tx).await?;
    Ok(delivery)
}

/// Sends everything the endpoint wants of what the log of this database holds after a number, a
/// portion of it; also what it has had before.
pub async fn after(
    webhooks: &Webhooks,
    id: WebhookId,
    after: i64,
) -> Result<Replayed, WebhookError> {
    let host = &webhooks.host;
    let mut tx = host.db.begin().await?;
    let endpoint = locked(&mut tx, id).await?;
    let events = read_after(&mut tx, after, PORTION).await?;
    let more = events.len() as i64 == PORTION;
    let next_after = events.last().filter(|_| more).map(|event| event.seq);
    let wanted = events
        .into_iter()
        .filter(|event| endpoint.wants(&event.kind));
    let told = wanted.map(|event| Told::of(event, host.settings.environment));
    let told = told.collect::<Result<Vec<_>, _>>()?;
    let planned = |event| Planned {
        id: host.source.id(),
        endpoint: id,
        event,
    };
    let planned: Vec<_> = told.iter().map(planned).collect();
    let now = host.source.now();
    let mut queued = 0;
    if !planned.is_empty() {
        deliveries::insert(&mut tx, &told, &planned, now).await?;
        deliveries::all_of_due(&mut tx, &planned, now).await?;
        queued = planned.len() as u64;
    }
    commit(webhooks, tx).await?;
    Ok(Replayed { queued, next_after })
}

/// Sends an event that means nothing.
pub async fn ping(webhooks: &Webhooks, id: WebhookId) -> Result<Delivery, WebhookError> {
    let host = &webhooks.host;
    let mut tx = host.db.begin().await?;
    if locked(&mut tx, id).await?.paused.is_some() {
        return Err(WebhookError::Paused);
    }
    let told = told_ping(webhooks, id)?;
    let planned = Planned {
        id: host.source.id(),
        endpoint: id,
        event: &told,
    };
    let now = host.source.now();
    deliveries::insert(&mut tx, std::slice::from_ref(&told), &[planned], now).await?;
    let delivery = deliveries::find(&mut tx, planned.id).await?;
    let delivery = delivery.ok_or(WebhookError::NotFound)?;
    commit(webhooks, tx).await?;
    Ok(delivery)
}

fn told_ping(webhooks: &Webhooks, id: WebhookId) -> Result<Told, WebhookError> {
    let (source, cause) = (&webhooks.host.source, Cause::current());
    let event = Envelope {
        seq: 0,
        id: source.uuid(),
        kind: PING.to_owned(),
        aggregate: "webhook".to_owned(),
        aggregate_id: id.uuid(),
        version: 1,
        occurred_at: source.now(),
        correlation: cause.correlation,
        causation: cause.causation,
        actor: cause.actor,
        traceparent: cause.traceparent,
        handled: String::new(),
        data: json!({"endpoint_id": id}).to_string(),
    };
    let told = Told::of(event, webhooks.host.settings.environment)?;
    // A ping waits behind no other.
    Ok(Told {
        aggregate_id: told.event_id,
        ..told
    })
}

async fn locked(tx: &mut Tx, id: WebhookId) -> Result<Endpoint, WebhookError> {
    let endpoint = endpoints::lock(tx, id).await?;
    endpoint.ok_or(WebhookError::NotFound)
}

async fn commit(webhooks: &Webhooks, mut tx: Tx) -> Result<(), WebhookError> {
    let bell = webhooks.bell.clone();
    tx.after_commit(move || bell.notify_one());
    Ok(tx.commit().await?)
}
