//! Endpoints: making, reading, changing, removing, trying them.

use super::views::{
    EndpointStatus, NewWebhookEndpoint, WebhookDeliveryView, WebhookEndpoint, WebhookEndpointPatch,
    WebhookEndpointWithSecret,
};
use crate::webhook::Webhooks;
use crate::webhook::change::change;
use crate::webhook::create::{NewEndpoint, create};
use crate::webhook::endpoint::{Change, Endpoint};
use crate::webhook::fault::WebhookError;
use crate::webhook::remove::remove;
use crate::webhook::replay;
use crate::webhook::rotate::rotate;
use crate::webhook::store::endpoints as store;
use axum::extract::State;
use axum::http::StatusCode;
use kernel::{Cursor, Limit, Page, WebhookId};
use platform::http::{Created, Errors, IfMatch, Json, NoContent, Path, Problem, Query, Tagged};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which endpoints.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct EndpointParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
    #[param(inline)]
    status: Option<EndpointStatus>,
}

fn tagged(endpoint: Endpoint) -> Tagged<WebhookEndpoint> {
    Tagged {
        version: endpoint.version,
        body: endpoint.into(),
    }
}

/// List webhook endpoints, newest first
#[utoipa::path(
    get, path = "/v1/webhook-endpoints", tag = "webhooks", params(EndpointParams),
    responses(
        (status = 200, description = "A page of endpoints", body = Page<WebhookEndpoint>), Errors)
)]
pub async fn list_webhook_endpoints(
    State(webhooks): State<Webhooks>,
    Query(params): Query<EndpointParams>,
) -> Result<Json<Page<WebhookEndpoint>>, Problem> {
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<Uuid>)
        .transpose()?;
    let after = after.map(WebhookId::from_uuid);
    let paused = params.status.map(|status| status == EndpointStatus::Paused);
    let filter = store::Filter { paused };
    let mut tx = webhooks.host.db.read().await?;
    let rows = store::list(&mut tx, filter, after, params.limit).await?;
    let total = match params.count {
        true => Some(store::count(&mut tx, filter).await?),
        false => None,
    };
    let key = |endpoint: &Endpoint| Cursor::of(&endpoint.id.uuid());
    let page = Page::cut(rows, params.limit, key).with_total(total);
    Ok(Json(page.map(WebhookEndpoint::from)))
}

/// Have a system outside told of events
///
/// It is told of what happens from now on; its secret is shown this once. 422 `INVALID_URL`,
/// `URL_NOT_PUBLIC`, `UNKNOWN_EVENT_TYPE`.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints", tag = "webhooks", request_body = NewWebhookEndpoint,
    responses(
        (status = 201, description = "The endpoint and its secret",
            body = WebhookEndpointWithSecret),
        Errors)
)]
pub async fn create_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Json(input): Json<NewWebhookEndpoint>,
) -> Result<Created<WebhookEndpointWithSecret>, Problem> {
    let new = NewEndpoint {
        url: input.url,
        event_types: input.event_types,
        description: input.description,
    };
    let (endpoint, secret) = create(&webhooks, new).await?;
    Ok(Created {
        location: format!("/v1/webhook-endpoints/{}", endpoint.id),
        version: endpoint.version,
        body: WebhookEndpointWithSecret {
            endpoint: endpoint.into(),
            secret: secret.expose_secret().to_owned(),
        },
    })
}

/// Read a webhook endpoint
#[utoipa::path(
    get, path = "/v1/webhook-endpoints/{id}", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint")),
    responses(
        (status = 200, description = "The endpoint", body = WebhookEndpoint),
        Errors)
)]
pub async fn read_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Tagged<WebhookEndpoint>, Problem> {
    let found = store::find(&mut webhooks.host.db.read().await?, id).await?;
    Ok(tagged(found.ok_or(WebhookError::NotFound)?))
}

/// Change, pause or resume a webhook endpoint
///
/// A JSON merge patch. What happens while it is paused is kept, and sent when it is resumed.
#[utoipa::path(
    patch, path = "/v1/webhook-endpoints/{id}", tag = "webhooks",
    request_body = WebhookEndpointPatch,
    params(("id" = WebhookId, Path, description = "The endpoint"), IfMatch),
    responses(
        (status = 200, description = "The endpoint after the change", body = WebhookEndpoint),
        Errors)
)]
pub async fn change_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
    if_match: IfMatch,
    Json(patch): Json<WebhookEndpointPatch>,
) -> Result<Tagged<WebhookEndpoint>, Problem> {
    let wish = Change {
        url: patch.url,
        event_types: patch.event_types,
        description: patch.description,
        paused: patch.status.map(|status| status == EndpointStatus::Paused),
    };
    let check = |endpoint: &Endpoint| if_match.check(endpoint.version);
    Ok(tagged(change(&webhooks, id, wish, check).await?))
}

/// Remove a webhook endpoint
///
/// Nothing is sent to it any more, and its secret and its deliveries are forgotten.
#[utoipa::path(
    delete, path = "/v1/webhook-endpoints/{id}", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint"), IfMatch),
    responses((status = 204, description = "It is gone"), Errors)
)]
pub async fn remove_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
    if_match: IfMatch,
) -> Result<NoContent, Problem> {
    let check = |endpoint: &Endpoint| if_match.check(endpoint.version);
    remove(&webhooks, id, check).await?;
    Ok(NoContent)
}

/// Replace the secret of a webhook endpoint
///
/// The new one is shown this once. For 24 hours what is sent carries two signatures, one by each.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/secret/rotate", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint")),
    responses(
        (status = 200, description = "The endpoint and its new secret",
            body = WebhookEndpointWithSecret),
        Errors)
)]
pub async fn rotate_webhook_secret(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
) -> Result<Tagged<WebhookEndpointWithSecret>, Problem> {
    let (endpoint, secret) = rotate(&webhooks, id).await?;
    Ok(Tagged {
        version: endpoint.version,
        body: WebhookEndpointWithSecret {
            endpoint: endpoint.into(),
            secret: secret.expose_secret().to_owned(),
        },
    })
}

/// Send a ping to a webhook endpoint
///
/// An event of type `comptoir.notifications.ping.v1` that means nothing, delivered as any other.
/// 409 `ENDPOINT_PAUSED`.
#[utoipa::path(
    post, path = "/v1/webhook-endpoints/{id}/test", tag = "webhooks",
    params(("id" = WebhookId, Path, description = "The endpoint")),
    responses(
        (status = 202, description = "It is on its way", body = WebhookDeliveryView), Errors)
)]
pub async fn test_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(id): Path<WebhookId>,
) -> Result<(StatusCode, Json<WebhookDeliveryView>), Problem> {
    let delivery = replay::ping(&webhooks, id).await?;
    Ok((StatusCode::ACCEPTED, Json(delivery.into())))
}
