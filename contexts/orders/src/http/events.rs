//! What happened to an order: the event trail for auditors, the timeline for buyers.

use super::{Orders, may_see};
use crate::error::OrderError;
use crate::fact::Record;
use crate::order::{FulfilmentStatus, Order, PaymentStatus, Status};
use crate::sagas::subject;
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
    /// What happened: `placed`, `confirmed`, `cancelled`, `delivered`, `returned`, `imported`, or
    /// what payments and shipments told, as `payment_captured` and `shipment_dispatched`.
    #[schema(example = "confirmed")]
    pub step: String,
    /// The payment or shipment it is about.
    #[schema(example = "shp_01h455vb4pex5vsknk084sn02q")]
    pub subject: Option<String>,
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
    let history = store::history(&mut orders.host.db.read().await?, id).await?;
    Ok(Json(Tracking {
        order_id: id,
        number: order.number(),
        status: order.status,
        payment_status: order.payment_status,
        fulfilment_status: order.fulfilment_status,
        timeline: timeline(&logged, &history),
    }))
}

/// What happened here and elsewhere, in turn. What was told again to be sure happened once.
fn timeline(logged: &[Logged], history: &[Record]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for step in logged.iter().filter_map(step) {
        let once = ["placed", "confirmed", "cancelled"].contains(&step.step.as_str());
        if !once || steps.iter().all(|known| known.step != step.step) {
            steps.push(step);
        }
    }
    steps.extend(history.iter().filter_map(step_elsewhere));
    steps.sort_by_key(|step| step.at);
    steps
}

/// `comptoir.orders.order-placed.v1` is the step `placed`.
fn step(event: &Logged) -> Option<Step> {
    let name = event.kind.strip_prefix("comptoir.orders.order-")?;
    Some(Step {
        at: event.occurred_at,
        step: name.split('.').next()?.to_owned(),
        subject: None,
    })
}

fn step_elsewhere(record: &Record) -> Option<Step> {
    let told = ["payment_", "shipment_"];
    let is_told = told.iter().any(|start| record.fact.starts_with(start));
    is_told.then(|| Step {
        at: record.at,
        step: record.fact.clone(),
        subject: Some(subject(&record.fact, record.subject)),
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
