//! Deliveries: what became of them, and sending them again.

use super::views::{DeliveryState, WebhookDeliveryDetail, WebhookDeliveryView, WebhookReplay};
use crate::webhook::Webhooks;
use crate::webhook::fault::WebhookError;
use crate::webhook::replay;
use crate::webhook::store::{deliveries as store, endpoints};
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Cursor, EventId, Limit, Page, WebhookDeliveryId, WebhookId};
use platform::events::KindPattern;
use platform::http::{Errors, Json, Path, Problem, Query};
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which deliveries.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DeliveryParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    #[param(inline)]
    state: Option<DeliveryState>,
    /// A type, or the beginning of some.
    #[serde(rename = "type")]
    #[param(value_type = Option<String>, example = "comptoir.orders.*")]
    kind: Option<KindPattern>,
    event_id: Option<EventId>,
}

/// Where to begin.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ReplayParams {
    /// A number of the event log, as `GET /v1/events` tells it; 0, the beginning, when left out.
    #[serde(default)]
    after: u64,
}

/// List the deliveries to a webhook endpoint, newest first
///
/// They are kept for 30 days.
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}/deliveries", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint"), DeliveryParams),
    responses(
        (status = 200, description = "A page of deliveries", body = Page<WebhookDeliveryView>),
        Errors)
)]
pub async fn list_webhook_deliveries(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
    Query(params): Query<DeliveryParams>,
) -> Result<Json<Page<WebhookDeliveryView>>, Problem> {
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<Uuid>)
        .transpose()?;
    let after = after.map(WebhookDeliveryId::from_uuid);
    let filter = store::Filter {
        state: params.state.map(DeliveryState::as_str),
        kind: params.kind,
        event_id: params.event_id,
    };
    let mut tx = webhooks.host.db.read().await?;
    endpoints::find(&mut tx, id)
        .await?
        .ok_or(WebhookError::NotFound)?;
    let rows = store::list(&mut tx, id, &filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(store::count(&mut tx, id, &filter).await?),
        false => None,
    };
    let key = |delivery: &store::Delivery| Cursor::of(&delivery.id.uuid());
    let page = Page::cut(rows, params.limit, key).with_total(total);
    Ok(Json(page.map(WebhookDeliveryView::from)))
}

/// Read a delivery, with each time it was sent
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/deliveries/{id}", tag = "webhooks",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery")),
    responses((status = 200, description = "The delivery", body = WebhookDeliveryDetail), Errors)
)]
pub async fn read_webhook_delivery(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookDeliveryId>,
) -> Result<Json<WebhookDeliveryDetail>, Problem> {
    let mut tx = webhooks.host.db.read().await?;
    let delivery = store::find(&mut tx, id).await?;
    let delivery = delivery.ok_or(WebhookError::NotFound)?;
    let log = store::attempts(&mut tx, id).await?;
    let event = store::body(&mut tx, delivery.event_id).await?;
    Ok(Json(WebhookDeliveryDetail {
        delivery: delivery.into(),
        log: log.into_iter().map(Into::into).collect(),
        event: RawValue::from_string(event).map_err(Problem::bug)?,
    }))
}

/// Send a delivery again, whatever became of it
///
/// It goes out with the `webhook-id` it had.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/deliveries/{id}/replay", tag = "webhooks",
    params(("id" = WebhookDeliveryId, Path, description = "The delivery")),
    responses(
        (status = 202, description = "It is on its way", body = WebhookDeliveryView), Errors)
)]
pub async fn replay_webhook_delivery(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookDeliveryId>,
) -> Result<(StatusCode, Json<WebhookDeliveryView>), Problem> {
    let delivery = replay::again(&webhooks, id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}

/// Send an endpoint everything after a number of the event log, again or for the first time
///
/// One request looks at up to 1000 events; go on with `after` = `next_after` until that is null.
/// What the endpoint has had goes out with the `webhook-id` it had.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/replay", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint"), ReplayParams),
    responses((status = 202, description = "They are on their way", body = WebhookReplay), Errors)
)]
pub async fn replay_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
    Query(params): Query<ReplayParams>,
) -> Result<(StatusCode, Json<WebhookReplay>), Problem> {
    let done = replay::after(
        &webhooks,
        id,
        i64::try_from(params.after).unwrap_or(i64::MAX),
    )
    .await?;
    let view = WebhookReplay {
        queued: done.queued,
        next_after: done.next_after,
    };
    Ok((StatusCode::ACCEPTED, Json(view)))
}
