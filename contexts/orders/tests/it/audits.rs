//! Every audit of orders, seen red.

use crate::sale::*;
use crate::shop::{app, furnish, reserve};
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[
    Harm::new(
        "order-total-is-the-sum-of-its-lines",
        &["update orders_order set total_minor = total_minor + 1"],
    ),
    Harm::new(
        "returned-goods-are-booked",
        &["update orders_line set returned = 1"],
    ),
    Harm::new(
        "confirmed-orders-have-a-store",
        &["update orders_order set status = 'confirmed', store_id = null"],
    ),
    Harm::new(
        "confirmed-orders-have-their-payment",
        &["update orders_saga_fact set fact = 'payment_x' where fact = 'payment_authorized'"],
    ),
    Harm::new(
        "orders-that-wait-have-a-saga",
        &["update orders_order set status = 'pending'"],
    ),
    Harm::new(
        "orders-that-wait-have-a-saga",
        &["update orders_saga set step = 'payment'"],
    ),
    Harm::new(
        "sagas-follow-their-orders",
        &["update orders_saga set step = 'void'"],
    ),
    Harm::new(
        "sagas-follow-their-orders",
        &["update orders_order set status = 'cancelled'"],
    ),
    Harm::new(
        "wishes-to-cancel-wait-for-certainty",
        &["update orders_order set cancel_requested = 'no'"],
    ),
    Harm::new(
        "delivered-orders-have-arrived",
        &["update orders_parcel_line set delivered = delivered - 1"],
    ),
    Harm::new(
        "returned-goods-had-left",
        &["update orders_line set returned = quantity + 4, quantity = quantity + 5"],
    ),
];

on_both! {
    async fn the_audits_see_what_went_around_the_use_cases(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        dispatch(&app, id, 1, (2, 1)).await;
        deliver(&app, id, 1, (2, 1)).await;
        let audits = crate::shop::app(app.host()).remove(0).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
