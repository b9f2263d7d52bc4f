//! The guards of the ledger, each seen red: by statements that go around the use cases.

use crate::shop::{app, cancel, counts, order, place, product, ship, stock, store};
use kernel::{OrderId, ProductId, ShipmentId, StoreId};
use platform::{DbError, Engine};
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

/// A row of the ledger, as somebody could write it by hand.
struct Row {
    product: ProductId,
    store: StoreId,
    kind: &'static str,
    on_hand: i64,
    reserved: i64,
    order: Option<OrderId>,
    shipment: Option<ShipmentId>,
}

impl Row {
    async fn write(&self, app: &TestApp) -> Result<u64, DbError> {
        let host = app.host();
        let mut tx = host.db.begin().await?;
        let written = tx
            .query(
                "insert into inventory_movement (id, product_id, store_id, kind, d_on_hand,
                     d_reserved, order_id, shipment_id, reason, actor, occurred_at)
                 values ($1, $2, $3, $4, $5, $6, $7, $8, 'a test', 'user/x', $9)",
            )
            .bind(host.source.uuid())
            .bind(self.product)
            .bind(self.store)
            .bind(self.kind)
            .bind(self.on_hand)
            .bind(self.reserved)
            .bind(self.order)
            .bind(self.shipment)
            .bind(host.source.now())
            .execute()
            .await?;
        tx.commit().await?;
        Ok(written)
    }
}

/// Five pieces in one place, and a row of nothing to vary.
async fn five(app: &TestApp) -> Row {
    let (product, store) = (product(app, "A").await, store(app, "MTL").await);
    stock(app, product, store, 5).await;
    Row {
        product,
        store,
        kind: "adjust",
        on_hand: 0,
        reserved: 0,
        order: None,
        shipment: None,
    }
}

on_both! {
    async fn a_level_is_not_changed_by_hand(app: TestApp) {
        five(&app).await;
        let why = "a level changes only through a movement";
        refused(run(&app, "update inventory_level set on_hand = 99, version = 9").await, why);
        refused(run(&app, "update inventory_level set reserved = 1, version = 9").await, why);
        refused(run(&app, "update inventory_level set version = version").await, why);
        let moved = "update inventory_level set product_id = store_id, version = 9";
        refused(run(&app, moved).await, why);
        let made = "insert into inventory_level (id, product_id, store_id, on_hand, reserved,
            version, created_at, updated_at) select product_id, id, store_id, 3, 0, 1, 0, 0
            from inventory_level";
        refused(run(&app, made).await, why);
    }

    async fn a_threshold_may_be_changed_with_a_new_version(app: TestApp) {
        five(&app).await;
        let sql = "update inventory_level set min_stock = 2, version = version + 1";
        assert!(matches!(run(&app, sql).await, Ok(1)));
        let sql = "update inventory_level set min_stock = 9, version = version + 1";
        refused(run(&app, sql).await, "inventory_level_low");
        let sql = "update inventory_level set max_stock = 1, excess_since = 7,
            version = version + 1";
        refused(run(&app, sql).await, "inventory_level_limits");
        let sql = "update inventory_level set max_stock = 4, version = version + 1";
        refused(run(&app, sql).await, "inventory_level_excess");
        let sql = "update inventory_level set excess_since = 7, version = version + 1";
        refused(run(&app, sql).await, "inventory_level_excess");
    }

    async fn a_level_is_not_deleted(app: TestApp) {
        five(&app).await;
        refused(run(&app, "delete from inventory_level").await, "never deleted");
    }

    async fn movements_are_neither_changed_nor_deleted(app: TestApp) {
        five(&app).await;
        let why = "movements are append-only";
        refused(run(&app, "update inventory_movement set reason = 'other'").await, why);
        refused(run(&app, "update inventory_movement set d_on_hand = 6").await, why);
        refused(run(&app, "delete from inventory_movement").await, why);
        if app.engine() == Engine::Postgres {
            refused(run(&app, "truncate inventory_movement").await, why);
            refused(run(&app, "truncate inventory_level").await, "never deleted");
        }
    }

    async fn a_movement_changes_its_level_by_itself(app: TestApp) {
        let row = five(&app).await;
        assert!(matches!(Row { on_hand: -2, ..row }.write(&app).await, Ok(1)));
        assert_eq!(counts(&app, row.product, row.store).await, (3, 0));
    }

    async fn nothing_is_taken_that_is_not_there(app: TestApp) {
        let row = five(&app).await;
        refused(Row { on_hand: -6, ..row }.write(&app).await, "inventory_level_");
        assert_eq!(counts(&app, row.product, row.store).await, (5, 0));
    }

    async fn what_is_reserved_is_not_taken_and_not_promised_twice(app: TestApp) {
        let row = five(&app).await;
        place(&app, None, &[(row.product, 4)]).await;
        refused(Row { on_hand: -2, ..row }.write(&app).await, "inventory_level_no_oversell");
        let promise = Row { kind: "reserve", reserved: 2, order: Some(order(&app)), ..row };
        refused(promise.write(&app).await, "inventory_level_no_oversell");
        assert_eq!(counts(&app, row.product, row.store).await, (5, 4));
    }

    async fn a_movement_has_the_shape_of_its_kind(app: TestApp) {
        let row = five(&app).await;
        let order = Some(order(&app));
        for (kind, on_hand, reserved) in [
            ("reserve", 1, 1), ("reserve", 0, -1), ("release", 0, 1), ("ship", -1, 0),
            ("ship", -1, -2), ("receive", -1, 0), ("receive", 1, 1), ("return", 0, 0),
            ("transfer_out", 1, 0), ("transfer_in", -1, 0), ("adjust", 0, 1), ("adjust", 0, 0),
            ("steal", -1, 0),
        ] {
            let wrong = Row { kind, on_hand, reserved, order, ..row };
            refused(wrong.write(&app).await, "inventory_movement_shape");
        }
        let nobodys = Row { kind: "reserve", reserved: 1, ..row };
        refused(nobodys.write(&app).await, "inventory_movement_shape");
        let nowhere = Row { kind: "transfer_in", on_hand: 1, ..row };
        refused(nowhere.write(&app).await, "inventory_movement_shape");
    }

    async fn a_movement_needs_a_level(app: TestApp) {
        let row = five(&app).await;
        let elsewhere = StoreId::from_uuid(app.host().source.uuid());
        let lost = Row { store: elsewhere, kind: "receive", on_hand: 1, ..row };
        refused(lost.write(&app).await, "a level that does not exist");
    }

    async fn an_order_reserves_a_product_in_a_store_once(app: TestApp) {
        let row = five(&app).await;
        let order = Some(place(&app, None, &[(row.product, 1)]).await);
        let again = Row { kind: "reserve", reserved: 1, order, ..row };
        let outcome = again.write(&app).await;
        assert!(matches!(outcome, Err(DbError::Unique(_))), "{outcome:?}");
    }

    async fn a_shipment_takes_of_a_reservation_once(app: TestApp) {
        let row = five(&app).await;
        let order = place(&app, None, &[(row.product, 3)]).await;
        let shipment = Some(ship(&app, order, row.store, &[(row.product, 1)]).await);
        let order = Some(order);
        let again = Row { kind: "ship", on_hand: -1, reserved: -1, order, shipment, ..row };
        let outcome = again.write(&app).await;
        assert!(matches!(outcome, Err(DbError::Unique(_))), "{outcome:?}");
        assert_eq!(counts(&app, row.product, row.store).await, (4, 2));
    }

    async fn what_remains_is_released_once(app: TestApp) {
        let row = five(&app).await;
        let order = place(&app, None, &[(row.product, 3)]).await;
        ship(&app, order, row.store, &[(row.product, 1)]).await;
        cancel(&app, order).await;
        let again = Row { kind: "release", reserved: -1, order: Some(order), ..row };
        let outcome = again.write(&app).await;
        assert!(matches!(outcome, Err(DbError::Unique(_))), "{outcome:?}");
        assert_eq!(counts(&app, row.product, row.store).await, (4, 0));
    }

    /// Other orders hold more than enough: the level alone would not notice.
    async fn an_order_lets_go_of_no_more_than_it_holds(app: TestApp) {
        let row = five(&app).await;
        place(&app, None, &[(row.product, 2)]).await;
        let order = place(&app, None, &[(row.product, 3)]).await;
        ship(&app, order, row.store, &[(row.product, 2)]).await;
        let why = "an order lets go of more than it holds";
        let release = Row { kind: "release", reserved: -2, order: Some(order), ..row };
        refused(release.write(&app).await, why);
        let shipment = Some(app.host().source.id());
        let leave = Row { kind: "ship", on_hand: -2, reserved: -2, shipment, ..release };
        refused(leave.write(&app).await, why);
        let nobodys = Row { reserved: -1, order: Some(crate::shop::order(&app)), ..release };
        refused(nobodys.write(&app).await, why);
        assert_eq!(counts(&app, row.product, row.store).await, (3, 3));
    }

    async fn goods_of_an_order_leave_in_a_shipment(app: TestApp) {
        let row = five(&app).await;
        let order = Some(place(&app, None, &[(row.product, 3)]).await);
        let ship = Row { kind: "ship", on_hand: -1, reserved: -1, order, ..row };
        refused(ship.write(&app).await, "goods of an order leave in a shipment");
    }

    async fn many_movements_of_one_statement_are_applied_together(app: TestApp) {
        let row = five(&app).await;
        let copies = "insert into inventory_movement (id, product_id, store_id, kind, d_on_hand,
                d_reserved, reason, occurred_at)
            select o.id, l.product_id, l.store_id, 'adjust', 2, 0, 'a test', 7
            from inventory_level l cross join (
                select id from inventory_product union all select id from inventory_store) o";
        assert!(matches!(run(&app, copies).await, Ok(2)));
        assert_eq!(counts(&app, row.product, row.store).await, (9, 0));
    }
}
