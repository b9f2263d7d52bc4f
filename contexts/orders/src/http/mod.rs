//! REST: the routes of orders and who may call them.

mod change;
pub mod create;
mod events;
mod export;
pub mod read;
mod sagas;
pub mod words;

use crate::cart::{self, AvailabilitySlot, Carts};
use crate::desk::{Counter, Desk};
use crate::error::OrderError;
use crate::graphql;
use crate::order::Order;
use crate::payment::Offered;
use crate::saga::State;
use crate::waiting::Waiting;
use platform::Host;
use platform::auth::{Principal, Role};
use platform::http::{Allow, Problem, Routes, STAFF};
use platform::routes;

/// What the handlers need.
#[derive(Clone)]
pub struct Orders {
    pub host: Host,
    pub desk: Desk,
    pub waiting: Waiting,
    pub offered: Offered,
}

pub fn routes(
    host: &Host,
    waiting: &Waiting,
    offered: Offered,
    availability: AvailabilitySlot,
) -> Routes<Orders> {
    let at = Counter {
        host: host.clone(),
        waiting: waiting.clone(),
    };
    let orders = Orders {
        host: host.clone(),
        desk: Desk::new(at, offered),
        waiting: waiting.clone(),
        offered,
    };
    let carts = Carts {
        host: host.clone(),
        desk: orders.desk.clone(),
        availability,
    };
    let admin = Allow::only(&[Role::Admin]);
    let own = Allow::only(STAFF).or_own();
    Routes::new(orders)
        .add_with_own_retry(own, routes!(create::create_order))
        .add(own, routes!(read::list_orders))
        .add(Allow::only(STAFF), routes!(export::export_orders))
        .add(own, routes!(read::read_order))
        .add(own, routes!(change::update_order))
        .add(own, routes!(change::delete_order))
        .add(own, routes!(change::place_order))
        .add(own, routes!(change::cancel_order))
        .add(Allow::only(STAFF), routes!(change::return_order))
        .add(own, routes!(events::list_order_events))
        .add(own, routes!(events::track_order))
        .merge(cart::http::routes(carts))
        .add(admin, routes!(sagas::list_sagas))
        .add(admin, routes!(sagas::read_saga))
        .add(admin, routes!(sagas::retry_saga))
        .schema::<State>()
        .graphql(graphql::part(host))
}

/// Another customer's order, or one of a store the caller is not limited to, is not there.
pub fn may_see(principal: &Principal, order: &Order) -> Result<(), Problem> {
    let visible = match principal.is_staff() {
        true => order
            .store_id
            .is_none_or(|store| principal.may_act_in(store)),
        false => order.client_id == principal.client_id(),
    };
    if visible {
        Ok(())
    } else {
        Err(OrderError::NotFound.into())
    }
}
