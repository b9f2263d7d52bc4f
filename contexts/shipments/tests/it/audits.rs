//! Every audit of shipments, seen red.

use crate::shop::{app, confirmed, pack, send};
use serde_json::json;
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[
    Harm::past(
        &["shipments_line"],
        "what-is-packed-is-in-shipments",
        &["update shipments_line set packed = 1 where packed = 2"],
    ),
    Harm::past(
        &["shipments_item"],
        "a-shipment-holds-what-its-order-does",
        &["delete from shipments_item"],
    ),
    Harm::new(
        "the-queue-holds-what-has-not-left",
        &["update shipments_fulfilment set open = not open where open"],
    ),
    Harm::new(
        "the-queue-holds-what-has-not-left",
        &["update shipments_fulfilment set open = not open where not open"],
    ),
    Harm::new(
        "nothing-of-a-cancelled-order-is-under-way",
        &["update shipments_order set cancelled = true"],
    ),
];

on_both! {
    async fn the_audits_see_what_got_past_the_guards(app: TestApp) {
        let (half, gone) = (confirmed(&app, &[3]).await, confirmed(&app, &[1]).await);
        pack(&app, &half, json!({"items": [half.item(0, 2)]})).await;
        send(&app, &gone, json!({})).await;
        let audits = shipments::module(app.host()).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
