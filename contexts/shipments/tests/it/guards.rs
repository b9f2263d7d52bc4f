//! The guards of the database, each seen red: by statements that go around the use cases.

use crate::shop::{app, confirmed, go, pack, post};
use platform::{DbError, Engine};
use serde_json::json;
use testkit::{TestApp, on_both};

/// Runs a statement of its own in a transaction of its own.
async fn run(app: &TestApp, sql: &'static str) -> Result<u64, DbError> {
    let mut tx = app.host().db.begin().await?;
    let changed = tx.query(sql).execute().await?;
    tx.commit().await?;
    Ok(changed)
}

/// Whether the database refused with these words or this constraint.
#[track_caller]
fn refused(outcome: Result<u64, DbError>, why: &str) {
    match outcome {
        Err(DbError::Check(what)) if what.contains(why) => {}
        other => panic!("{why:?} expected, not {other:?}"),
    }
}

const MORE: &str = "insert into shipments_shipment (id, order_id, store_id, status, recalled,
        carrier, created_at, updated_at, version)
    select order_id, order_id, store_id, 'processing', false, 'manual', 0, 0, 1
    from shipments_shipment";
const ITEM_OF_MORE: &str = "insert into shipments_item (shipment_id, product_id, quantity)
    select s.id, l.product_id, 1 from shipments_shipment s join shipments_line l
        on l.order_id = s.order_id where s.id = s.order_id";

on_both! {
    async fn no_more_is_packed_than_was_ordered(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let first = pack(&app, &order, json!({})).await;
        let mut tx = app.host().db.begin().await.expect("the database answers");
        tx.query(MORE).execute().await.expect("an empty shipment");
        let outcome = tx.query(ITEM_OF_MORE).execute().await;
        drop(tx);
        refused(outcome, "shipments_line_packed");
        post(&app, &format!("{first}/cancel"), json!({})).await.expect(200);
        pack(&app, &order, json!({})).await;
    }

    async fn what_is_packed_is_not_changed_by_hand(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        pack(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        let why = "only items change what is packed";
        refused(run(&app, "update shipments_line set packed = 0").await, why);
        refused(run(&app, "update shipments_line set ordered = 9").await, why);
        refused(run(&app, "delete from shipments_line").await, why);
        let filled = "insert into shipments_line (order_id, product_id, ordered, packed)
            select order_id, order_id, 5, 5 from shipments_line";
        refused(run(&app, filled).await, why);
        let written = "what was packed stays written";
        refused(run(&app, "update shipments_item set quantity = 2").await, written);
        refused(run(&app, "delete from shipments_item").await, written);
        refused(run(&app, "delete from shipments_shipment").await, "never deleted");
        if app.engine() == Engine::Postgres {
            refused(run(&app, "truncate shipments_item").await, written);
        }
    }

    async fn a_shipment_holds_products_of_its_order_only(app: TestApp) {
        let order = confirmed(&app, &[2]).await;
        let shipment = pack(&app, &order, json!({"items": [order.item(0, 1)]})).await;
        let strange = "insert into shipments_item (shipment_id, product_id, quantity)
            select id, order_id, 1 from shipments_shipment";
        refused(run(&app, strange).await, "a shipment holds what its order does not");
        go(&app, &shipment, "in_transit").await.expect(200);
        refused(run(&app, strange).await, "or is closed");
        let none = "insert into shipments_item (shipment_id, product_id, quantity)
            select id, order_id, 0 from shipments_shipment";
        refused(run(&app, none).await, "");
    }

    async fn a_shipment_only_goes_forward(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let why = "a shipment only goes forward";
        let skip = "update shipments_shipment set status = 'delivered', dispatched_at = 1,
            delivered_at = 1, version = version + 1";
        refused(run(&app, skip).await, why);
        refused(run(&app, "update shipments_shipment set carrier = 'x'").await, why);
        go(&app, &shipment, "in_transit").await.expect(200);
        for back in [
            "update shipments_shipment set status = 'processing', dispatched_at = null,
                version = version + 1",
            "update shipments_shipment set status = 'cancelled', dispatched_at = null,
                cancelled_at = 1, version = version + 1",
            "update shipments_shipment set order_id = id, version = version + 1",
        ] {
            refused(run(&app, back).await, why);
        }
        let born = "insert into shipments_shipment (id, order_id, store_id, status, recalled,
                carrier, dispatched_at, created_at, updated_at, version)
            select order_id, order_id, store_id, 'in_transit', false, 'manual', 1, 0, 0, 1
            from shipments_shipment";
        refused(run(&app, born).await, why);
    }

    async fn moments_and_status_agree(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        pack(&app, &order, json!({})).await;
        for (wrong, why) in [
            ("update shipments_shipment set status = 'in_transit', version = 2",
                "shipments_shipment_dispatched"),
            ("update shipments_shipment set delivered_at = 1, version = 2",
                "shipments_shipment_delivered"),
            ("update shipments_shipment set cancelled_at = 1, version = 2",
                "shipments_shipment_cancelled"),
            ("update shipments_shipment set recalled = true, version = 2",
                "shipments_shipment_recalled"),
        ] {
            refused(run(&app, wrong).await, why);
        }
    }
}
