//! Every audit of inventory, seen red.

use crate::shop::{app, place, product, stock, store};
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const LEVEL: &[&str] = &["inventory_level"];
const LEDGER: &[&str] = &["inventory_movement"];

const HARMS: &[Harm] = &[
    Harm::past(
        LEVEL,
        "stock-equals-movements",
        &["update inventory_level set on_hand = 6"],
    ),
    Harm::past(
        LEDGER,
        "stock-equals-movements",
        &["delete from inventory_movement where kind = 'reserve'"],
    ),
    Harm::past(
        LEVEL,
        "movements-have-a-level",
        &["delete from inventory_level"],
    ),
    Harm::past(
        LEVEL,
        "stock-is-never-negative",
        &["update inventory_level set on_hand = -1, reserved = -1"],
    ),
    Harm::past(
        LEVEL,
        "stock-is-never-negative",
        &["update inventory_level set reserved = on_hand + 1"],
    ),
    Harm::past(
        LEDGER,
        "open-reservations-equal-reserved",
        &["delete from inventory_movement where kind = 'reserve'"],
    ),
    Harm::past(
        LEDGER,
        "no-order-lets-go-of-more-than-it-held",
        &["update inventory_movement set d_reserved = -1 where kind = 'reserve'"],
    ),
    Harm::past(
        LEDGER,
        "a-release-leaves-nothing-held",
        &["insert into inventory_movement
               (id, product_id, store_id, kind, d_on_hand, d_reserved, order_id, occurred_at)
           select order_id, product_id, store_id, 'release', 0, -1, order_id, occurred_at
           from inventory_movement where kind = 'reserve'"],
    ),
    Harm::past(
        LEDGER,
        "what-is-shipped-left-in-a-known-shipment",
        &["update inventory_movement set kind = 'ship' where kind = 'reserve'"],
    ),
    Harm::new(
        "what-has-left-is-off-the-shelf",
        &[
            "insert into inventory_shipment (shipment_id, order_id)
             select id, order_id from inventory_movement where kind = 'reserve'",
            "insert into inventory_missing (shipment_id, product_id, store_id, order_id, pieces)
             select id, product_id, store_id, order_id, 1
             from inventory_movement where kind = 'reserve'",
        ],
    ),
    Harm::new(
        "answered-orders-hold-stock",
        &["update inventory_reservation set tombstone = true"],
    ),
];

on_both! {
    async fn the_audits_see_what_got_past_the_guards(app: TestApp) {
        let (product, store) = (product(&app, "CUP").await, store(&app, "SHOP").await);
        stock(&app, product, store, 5).await;
        place(&app, None, &[(product, 2)]).await;
        let audits = inventory::module(app.host()).audits;
        every_audit_is_seen_red(&app, audits, HARMS).await;
    }
}
