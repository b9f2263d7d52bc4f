//! REST: the routes of shipments and who may call them.

mod fulfilment;
mod shipments;
mod tracking;
mod words;

use crate::fault::ShipmentError;
use crate::shipment::Shipment;
use platform::Host;
use platform::auth::Principal;
use platform::http::{Allow, Problem, Routes, STAFF};
use platform::routes;

pub fn routes(host: &Host) -> Routes<Host> {
    let own = Allow::only(STAFF).or_own();
    Routes::new(host.clone())
        .add(own, routes!(shipments::list_shipments))
        .add(Allow::only(STAFF), routes!(shipments::create_shipment))
        .add(own, routes!(shipments::read_shipment))
        .add(Allow::only(STAFF), routes!(shipments::update_shipment))
        .add(Allow::only(STAFF), routes!(shipments::cancel_shipment))
        .add(Allow::only(STAFF), routes!(fulfilment::list_fulfilment))
        .add(Allow::anyone(), routes!(tracking::track_shipment))
}

/// Another customer's shipment, or one of a store the caller is not limited to, is not there.
fn may_see(principal: &Principal, shipment: &Shipment) -> Result<(), Problem> {
    let visible = match principal.is_staff() {
        true => principal.may_act_in(shipment.store_id),
        false => shipment.client_id == principal.client_id(),
    };
    match visible {
        true => Ok(()),
        false => Err(ShipmentError::NotFound.into()),
    }
}
