//! The shipments of an order, and one shipment.

use super::may_see;
use super::words::{NewShipment, ShipmentCancellation, ShipmentPatch, ShipmentView};
use crate::change::{Change, change};
use crate::fault::ShipmentError;
use crate::pack::pack;
use crate::shipment::{Shipment, Status};
use crate::store::{fulfilment, orders, shipments};
use axum::extract::State;
use kernel::{Cursor, Limit, OrderId, Page, ShipmentId};
use platform::auth::Principal;
use platform::http::{Created, Errors, IfMatch, Json, Path, Problem, Query, Tagged};
use platform::{Host, Tx};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

/// Which part of a list.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ShipmentParams {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
    /// Adds `total`.
    #[serde(default)]
    count: bool,
}

fn tagged(shipment: Shipment) -> Tagged<ShipmentView> {
    Tagged {
        version: shipment.version,
        body: shipment.into(),
    }
}

/// List the shipments of an order, the first first
///
/// 404 for a draft too, and for an order taken over from another system: nothing of them leaves.
#[utoipa::path(
    get, path = "/v1/orders/{id}/shipments", tag = "shipments",
    params(("id" = OrderId, Path, description = "The order"), ShipmentParams),
    responses(
        (status = 200, description = "A page of shipments", body = Page<ShipmentView>), Errors)
)]
pub async fn list_shipments(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Query(params): Query<ShipmentParams>,
) -> Result<Json<Page<ShipmentView>>, Problem> {
    let after = params
        .cursor
        .as_ref()
        .map(Cursor::read::<Uuid>)
        .transpose()?;
    let mut tx = host.db.read().await?;
    may_see_order(&mut tx, &principal, id).await?;
    let after = after.map(ShipmentId::from_uuid);
    let rows = shipments::of_order(&mut tx, id, after, params.limit).await?;
    let total = match params.count {
        true => Some(shipments::count(&mut tx, id).await?),
        false => None,
    };
    let key = |shipment: &Shipment| Cursor::of(&shipment.id.uuid());
    let page = Page::cut(rows, params.limit, key).with_total(total);
    Ok(Json(page.map(ShipmentView::from)))
}

async fn may_see_order(tx: &mut Tx, principal: &Principal, id: OrderId) -> Result<(), Problem> {
    let order = orders::find(tx, id).await?;
    let order = order.ok_or(ShipmentError::NotFound)?;
    let store = fulfilment::store_of(tx, id).await?;
    let visible = match principal.is_staff() {
        true => store.is_none_or(|store| principal.may_act_in(store)),
        false => order.client_id == principal.client_id(),
    };
    match visible {
        true => Ok(()),
        false => Err(ShipmentError::NotFound.into()),
    }
}

/// Pack a shipment of a confirmed order
///
/// Refusals: 409 `ORDER_NOT_CONFIRMED`, `ORDER_CANCELLED`, `NOTHING_TO_SHIP`, `MORE_THAN_ORDERED`
/// (names each line), `DUPLICATE_TRACKING_NUMBER`; 422 `UNKNOWN_PRODUCT`,
/// `TRACKING_NUMBER_IS_MADE`, `UNKNOWN_CARRIER`.
#[utoipa::path(
    post, path = "/v1/orders/{id}/shipments", tag = "shipments", request_body = NewShipment,
    params(("id" = OrderId, Path, description = "The order")),
    responses(
        (status = 201, description = "The new shipment", body = ShipmentView),
        Errors)
)]
pub async fn create_shipment(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<OrderId>,
    Json(input): Json<NewShipment>,
) -> Result<Created<ShipmentView>, Problem> {
    let shipment = pack(&host, &principal, id, input.into_packing()?).await?;
    Ok(Created {
        location: format!("/v1/shipments/{}", shipment.id),
        version: shipment.version,
        body: shipment.into(),
    })
}

/// Read a shipment
#[utoipa::path(
    get, path = "/v1/shipments/{id}", tag = "shipments",
    params(("id" = ShipmentId, Path, description = "The shipment")),
    responses(
        (status = 200, description = "The shipment", body = ShipmentView),
        Errors)
)]
pub async fn read_shipment(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ShipmentId>,
) -> Result<Tagged<ShipmentView>, Problem> {
    let mut tx = host.db.read().await?;
    let shipment = shipments::find(&mut tx, id).await?;
    let shipment = shipment.ok_or(ShipmentError::NotFound)?;
    may_see(&principal, &shipment)?;
    Ok(tagged(shipment))
}

/// Change a shipment, or move it on
///
/// A JSON merge patch. `processing` → `in_transit` → `delivered`; another step is 409
/// `ILLEGAL_TRANSITION`, naming those that are possible. 409 `ORDER_CANCELLED` when it must not
/// leave any more, `SHIPMENT_HAS_LEFT` for a carrier or number that is fixed by now.
#[utoipa::path(
    patch, path = "/v1/shipments/{id}", tag = "shipments", request_body = ShipmentPatch,
    params(("id" = ShipmentId, Path, description = "The shipment"), IfMatch),
    responses(
        (status = 200, description = "The shipment after the change", body = ShipmentView),
        Errors)
)]
pub async fn update_shipment(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ShipmentId>,
    if_match: IfMatch,
    Json(patch): Json<ShipmentPatch>,
) -> Result<Tagged<ShipmentView>, Problem> {
    let check = |shipment: &Shipment| {
        may_see(&principal, shipment)?;
        if_match.check(shipment.version)
    };
    Ok(tagged(change(&host, id, patch.into(), check).await?))
}

/// Cancel a shipment that has not left; what was in it can be packed again
#[utoipa::path(
    post, path = "/v1/shipments/{id}/cancel", tag = "shipments",
    request_body = ShipmentCancellation,
    params(("id" = ShipmentId, Path, description = "The shipment"), IfMatch),
    responses(
        (status = 200, description = "The cancelled shipment", body = ShipmentView),
        Errors)
)]
pub async fn cancel_shipment(
    State(host): State<Host>,
    principal: Principal,
    Path(id): Path<ShipmentId>,
    if_match: IfMatch,
    Json(input): Json<ShipmentCancellation>,
) -> Result<Tagged<ShipmentView>, Problem> {
    let ShipmentCancellation {} = input;
    let cancelled = Change {
        status: Some(Status::Cancelled),
        ..Change::default()
    };
    let check = |shipment: &Shipment| {
        may_see(&principal, shipment)?;
        if_match.check(shipment.version)?;
        match shipment.status {
            // Said once more; an order is told the same.
            Status::Cancelled => {
                Err(ShipmentError::illegal(Status::Cancelled, Status::Cancelled).into())
            }
            _ => Ok(()),
        }
    };
    Ok(tagged(change(&host, id, cancelled, check).await?))
}
