//! What happened to an order: the event trail for auditors, the timeline for buyers.

use super::{Orders, may_see};
use crate::error::OrderError;
use crate::order::{FulfilmentStatus, Order, PaymentStatus, Status};
use crate::store;
use axum::extract::State;
use kernel::{EventId, OrderId, Timestamp};
use platform::auth::Principal;
use platform::events::{Logged, read_aggregate};
use platform::http::{Errors, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// All events of an order, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderEvents {
    pub items: Vec<OrderEvent>,
}

/// Something that happened to an order.
#[derive(Debug, Serialize, ToSchema)]
pub struct OrderEvent {
    pub id: EventId,
    #[serde(rename = "type")]
    #[schema(example = "comptoir.orders.order-placed.v1")]
    pub kind: String,
    /// The order's version after it.
    pub version: i64,
    pub occurred_at: Timestamp,
    /// `user/…`, `key/…` or `system`; staff only.
    pub actor: Option<String>,
    #[schema(value_type = Object)]
    pub data: Box<serde_json::value::RawValue>,
}

/// The audit trail of an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}/events", tag = "orders",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "Its events", body = OrderEvents), Errors)
)]
pub async fn list_order_events(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
) -> Result<Json<OrderEvents>, Problem> {
    let (_, logged) = read(&orders, &principal, id).await?;
    let items: Result<_, _> = logged
        .into_iter()
        .map(|event| view(event, principal.is_staff()))
        .collect();
    Ok(Json(OrderEvents {
        items: items.map_err(Problem::bug)?,
    }))
}

fn view(event: Logged, for_staff: bool) -> Result<OrderEvent, serde_json::Error> {
    Ok(OrderEvent {
        id: EventId::from_uuid(event.id),
        kind: event.kind,
        version: event.version,
        occurred_at: event.occurred_at,
        actor: for_staff.then_some(event.actor),
        data: serde_json::value::RawValue::from_string(event.data)?,
    })
}

/// Where an order stands and how it came there.
#[derive(Debug, Serialize, ToSchema)]
pub struct Tracking {
    pub order_id: OrderId,
    pub number: String,
    pub status: Status,
    pub payment_status: PaymentStatus,
    pub fulfilment_status: FulfilmentStatus,
    /// Oldest first.
    pub timeline: Vec<Step>,
}

/// A step on the way.
#[derive(Debug, Serialize, ToSchema)]
pub struct Step {
    pub at: Timestamp,
    /// What happened: `placed`, `confirmed`, `cancelled`, `returned`, `imported`.
    #[schema(example = "confirmed")]
    pub step: String,
}

/// The timeline of an order.
#[utoipa::path(
    get, path = "/v1/orders/{id}/tracking", tag = "orders",
    params(("id" = OrderId, Path, description = "The order")),
    responses((status = 200, description = "Where it stands", body = Tracking), Errors)
)]
pub async fn track_order(
    State(orders): State<Orders>,
    principal: Principal,
    Path(id): Path<OrderId>,
) -> Result<Json<Tracking>, Problem> {
    let (order, logged) = read(&orders, &principal, id).await?;
    Ok(Json(Tracking {
        order_id: id,
        number: order.number(),
        status: order.status,
        payment_status: order.payment_status,
        fulfilment_status: order.fulfilment_status,
        timeline: logged.iter().filter_map(step).collect(),
    }))
}

/// `comptoir.orders.order-placed.v1` is the step `placed`.
fn step(event: &Logged) -> Option<Step> {
    let name = event.kind.strip_prefix("comptoir.orders.order-")?;
    let step = name.split('.').next()?.to_owned();
    Some(Step {
        at: event.occurred_at,
        step,
    })
}

async fn read(
    orders: &Orders,
    principal: &Principal,
    id: OrderId,
) -> Result<(Order, Vec<Logged>), Problem> {
    let mut tx = orders.host.db.read().await?;
    let order = store::find(&mut tx, id)
        .await?
        .ok_or(OrderError::NotFound)?;
    may_see(principal, &order)?;
    let logged = read_aggregate(&mut tx, "order", id.uuid()).await?;
    Ok((order, logged))
}
