//! Following a parcel: for whoever knows its number, and no more than where it is.

use crate::shipment::{Shipment, Status};
use crate::store::shipments;
use crate::tracking::TrackingNumber;
use axum::extract::State;
use kernel::Timestamp;
use platform::Host;
use platform::http::{Errors, Json, Path, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// Where a parcel is. It says nothing of what is in it, whose it is or where it goes.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackingView {
    pub status: Status,
    #[schema(required)]
    pub estimated_delivery: Option<Timestamp>,
    pub created_at: Timestamp,
    #[schema(required)]
    pub dispatched_at: Option<Timestamp>,
    #[schema(required)]
    pub delivered_at: Option<Timestamp>,
    #[schema(required)]
    pub cancelled_at: Option<Timestamp>,
}

impl From<Shipment> for TrackingView {
    fn from(shipment: Shipment) -> Self {
        Self {
            status: shipment.status,
            estimated_delivery: shipment.label.estimated_delivery,
            created_at: shipment.created_at,
            dispatched_at: shipment.dispatched_at,
            delivered_at: shipment.delivered_at,
            cancelled_at: shipment.cancelled_at,
        }
    }
}

/// Follow a parcel by its tracking number
#[utoipa::path(
    get, path = "/v1/tracking/{tracking_number}", tag = "shipments",
    params(("tracking_number" = String, Path, description = "As the carrier gave it")),
    responses((status = 200, description = "Where it is", body = TrackingView), Errors)
)]
pub async fn track_shipment(
    State(host): State<Host>,
    Path(number): Path<TrackingNumber>,
) -> Result<Json<TrackingView>, Problem> {
    let mut tx = host.db.read().await?;
    let found = shipments::tracked(&mut tx, &number).await?;
    let shipment = found.ok_or_else(Problem::not_found)?;
    Ok(Json(shipment.into()))
}
