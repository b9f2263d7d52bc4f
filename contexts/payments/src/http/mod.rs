//! REST: the routes of payments and who may call them.

mod handling;
mod paying;
mod reading;
mod reconciliation;
mod sandbox_page;
mod views;
mod webhook;

use crate::payments::Payments;
use crate::refusal::PaymentError;
use crate::sale::Sale;
use platform::auth::Principal;
use platform::http::{Allow, MANAGERS, Problem, Routes, STAFF};
use platform::routes;

pub fn routes(payments: &Payments) -> Routes<Payments> {
    let (staff, own) = (Allow::only(STAFF), Allow::only(STAFF).or_own());
    Routes::new(payments.clone())
        .add(own, routes!(reading::list_order_payments))
        .add(own, routes!(paying::pay_order))
        .add(staff, routes!(reading::list_payments))
        .add(
            Allow::only(MANAGERS),
            routes!(reconciliation::read_reconciliation),
        )
        .add(own, routes!(reading::read_payment))
        .add(staff, routes!(handling::capture_payment))
        .add(staff, routes!(handling::void_payment))
        .add(own, routes!(reading::list_refunds))
        .add(staff, routes!(handling::refund_payment))
        .add(Allow::anyone(), routes!(sandbox_page::show_sandbox_page))
        .add(
            Allow::anyone(),
            routes!(sandbox_page::approve_on_sandbox_page),
        )
        .add(
            Allow::anyone(),
            routes!(sandbox_page::decline_on_sandbox_page),
        )
        .merge(webhook::routes(payments))
}

/// Another customer's order, or one of a store the caller is not limited to, is not there.
fn may_see(principal: &Principal, sale: &Sale) -> Result<(), Problem> {
    let visible = match principal.is_staff() {
        true => sale
            .store_id
            .is_none_or(|store| principal.may_act_in(store)),
        false => {
            let client = sale.placed.as_ref().map(|placed| placed.client_id);
            client == Some(principal.client_id())
        }
    };
    match visible {
        true => Ok(()),
        false => Err(PaymentError::NotFound.into()),
    }
}
