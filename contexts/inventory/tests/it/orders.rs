//! What inventory answers to orders, in whatever order the news come.

use crate::shop::{
    answers, app, cancel, counts, give_back, level, order, place, placed, post, product, products,
    refused, released, reserved, stock, store, told,
};
use contracts::inventory::{AvailabilityChanged, StockRefused, StockReserved};
use contracts::orders::OrderReturned;
use kernel::{Event as _, OrderId, ProductId, StoreId};
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// One product, ten of it in one store.
async fn ten(app: &TestApp) -> (ProductId, StoreId) {
    let (product, store) = (product(app, "A").await, store(app, "MTL").await);
    stock(app, product, store, 10).await;
    (product, store)
}

/// The newest event of a level, if it ever crossed anything.
async fn last_crossing(app: &TestApp, level: &Value) -> Option<(i64, Value)> {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let rows = tx
        .query("select version, data from event_log where kind = $1 order by version desc")
        .bind(AvailabilityChanged::TYPE)
        .fetch_all()
        .await
        .expect("the log is read");
    let read = |row: &platform::db::Row| {
        let data: String = row.get("data").expect("data is text");
        let data: Value = serde_json::from_str(&data).expect("events are JSON");
        (row.get::<i64>("version").expect("versions count"), data)
    };
    let of_level = |(_, data): &(i64, Value)| {
        data["product_id"] == level["product_id"] && data["store_id"] == level["store_id"]
    };
    rows.iter().map(read).find(of_level)
}

on_both! {
    async fn stock_is_held_for_an_order(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 3)]).await;
        assert_eq!(answers(&app, order).await, [reserved()]);
        assert_eq!(counts(&app, product, store).await, (10, 3));
    }

    async fn more_ordered_than_there_is(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 11)]).await;
        let told = told(&app, "reservation", order.uuid()).await;
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].2["short"], json!([
            {"product_id": product, "wanted": 11, "available": 10}
        ]));
        assert_eq!(counts(&app, product, store).await, (10, 0));
    }

    async fn the_same_product_on_two_lines_adds_up(app: TestApp) {
        let (product, store) = ten(&app).await;
        let too_much = place(&app, Some(store), &[(product, 6), (product, 5)]).await;
        assert_eq!(answers(&app, too_much).await, [refused()]);
        let absurd = place(&app, Some(store), &[(product, i64::MAX), (product, i64::MAX)]).await;
        assert_eq!(answers(&app, absurd).await, [refused()]);
        let all = place(&app, Some(store), &[(product, 6), (product, 4)]).await;
        assert_eq!(answers(&app, all).await, [reserved()]);
        assert_eq!(counts(&app, product, store).await, (10, 10));
    }

    async fn an_unknown_product_or_store_has_nothing(app: TestApp) {
        let (product, store) = ten(&app).await;
        let unknown = ProductId::from_uuid(app.host().source.uuid());
        let nowhere = StoreId::from_uuid(app.host().source.uuid());
        for order in [
            place(&app, Some(store), &[(product, 1), (unknown, 1)]).await,
            place(&app, None, &[(unknown, 1)]).await,
            place(&app, Some(nowhere), &[(product, 1)]).await,
        ] {
            assert_eq!(answers(&app, order).await, [refused()]);
        }
        assert_eq!(counts(&app, product, store).await, (10, 0));
    }

    async fn without_a_named_store_the_first_by_code_that_has_all_of_it_serves(app: TestApp) {
        let (a, b) = (product(&app, "A").await, product(&app, "B").await);
        let (second, first) = (store(&app, "b").await, store(&app, "B").await);
        stock(&app, a, first, 9).await;
        stock(&app, a, second, 2).await;
        stock(&app, b, second, 2).await;
        let both = place(&app, None, &[(a, 1), (b, 1)]).await;
        let one = place(&app, None, &[(a, 1)]).await;
        assert_eq!((answers(&app, both).await, answers(&app, one).await),
            (vec![reserved()], vec![reserved()]));
        assert_eq!(counts(&app, a, second).await, (2, 1));
        assert_eq!(counts(&app, a, first).await, (9, 1));
    }

    async fn an_order_that_comes_twice_is_held_once(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 3)]).await;
        app.publish(&placed(&app, order, Some(store), &[(product, 3)]), 2).await;
        assert_eq!(answers(&app, order).await, [reserved()]);
        assert_eq!(counts(&app, product, store).await, (10, 3));
    }

    async fn the_last_piece_told_twice_is_not_refused_afterwards(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 10)]).await;
        app.publish(&placed(&app, order, Some(store), &[(product, 10)]), 2).await;
        assert_eq!(answers(&app, order).await, [reserved()]);
    }

    async fn a_refused_order_that_is_told_again_is_answered_again(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 11)]).await;
        app.publish(&placed(&app, order, Some(store), &[(product, 11)]), 2).await;
        assert_eq!(answers(&app, order).await, [refused(), (refused().0, 2)]);
        app.publish(&placed(&app, order, Some(store), &[(product, 10)]), 3).await;
        let reason = "requested".to_owned();
        app.publish(&contracts::orders::OrderCancelled { order_id: order, reason }, 4).await;
        let last = [(reserved().0, 3), (released().0, 4)];
        assert_eq!(answers(&app, order).await[2..], last);
        assert_eq!(counts(&app, product, store).await, (10, 0));
    }

    async fn a_cancelled_order_gives_back_what_it_holds_once(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = place(&app, Some(store), &[(product, 3)]).await;
        cancel(&app, order).await;
        assert_eq!(counts(&app, product, store).await, (10, 0));
        let reason = "again".to_owned();
        let again = contracts::orders::OrderCancelled { order_id: order, reason };
        app.publish(&again, 3).await;
        assert_eq!(answers(&app, order).await, [reserved(), released()]);
        assert_eq!(counts(&app, product, store).await, (10, 0));
    }

    async fn a_cancellation_that_overtakes_its_order_wins(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = order(&app);
        cancel(&app, order).await;
        app.publish(&placed(&app, order, Some(store), &[(product, 3)]), 3).await;
        assert_eq!(answers(&app, order).await, []);
        assert_eq!(counts(&app, product, store).await, (10, 0));
    }

    async fn an_order_refused_by_a_rolled_back_placing_gets_another_chance(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = order(&app);
        let mut tx = app.host().db.begin().await.expect("the database answers");
        let much = placed(&app, order, Some(store), &[(product, 11)]);
        tx.publish(&much, 1).expect("it is published");
        tx.deliver_published().await.expect("inventory answers");
        let refusals = tx.claim::<StockRefused>("test.desk").expect("answers are read");
        assert_eq!(refusals.len(), 1);
        tx.retract(order.uuid());
        tx.commit().await.expect("nothing of it is left");
        app.publish(&placed(&app, order, Some(store), &[(product, 10)]), 1).await;
        assert_eq!(answers(&app, order).await, [reserved()]);
    }

    async fn a_batch_is_served_in_the_order_it_came(app: TestApp) {
        let (product, store) = ten(&app).await;
        let orders: Vec<OrderId> = (0..6).map(|_| order(&app)).collect();
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for id in &orders {
            tx.publish(&placed(&app, *id, None, &[(product, 4)]), 1).expect("it is published");
        }
        tx.deliver_published().await.expect("inventory answers");
        let held = tx.claim::<StockReserved>("test.desk").expect("answers are read");
        let held: Vec<OrderId> = held.into_iter().map(|event| event.order_id).collect();
        tx.commit().await.expect("it commits");
        assert_eq!(held, orders[..2]);
        assert_eq!(counts(&app, product, store).await, (10, 8));
    }

    async fn a_batch_of_orders_costs_four_statements_at_most(app: TestApp) {
        let all = products(&app, 8).await;
        let store = store(&app, "MTL").await;
        for product in &all {
            stock(&app, *product, store, 1000).await;
        }
        for named in [Some(store), None] {
            let mut tx = app.host().db.begin().await.expect("the database answers");
            for nth in 0..50 {
                let lines = [(all[nth % 8], 1), (all[(nth + 3) % 8], 2)];
                let event = placed(&app, order(&app), named, &lines);
                tx.publish(&event, 1).expect("it is published");
            }
            let before = app.host().db.statements();
            tx.deliver_published().await.expect("inventory answers");
            let statements = app.host().db.statements() - before;
            tx.commit().await.expect("it commits");
            // Two are the savepoint's, and one holds the orders where others may hold them, too.
            let most = if named.is_some() { 3 } else { 4 };
            assert!(statements <= most + 3, "{statements} statements");
        }
    }

    async fn crossing_zero_and_the_threshold_is_told_once(app: TestApp) {
        let (product, store) = ten(&app).await;
        let body = json!({"product_id": product, "store_id": store, "quantity": 10,
            "min_stock": 4});
        post(&app, "/v1/inventory", body).await.expect(200);
        let before = level(&app, product, store).await;
        place(&app, Some(store), &[(product, 2)]).await;
        let told = last_crossing(&app, &before).await.expect("the first goods were told");
        assert_eq!((&told.1["in_stock"], &told.1["low"]), (&json!(true), &json!(false)));
        place(&app, Some(store), &[(product, 4)]).await;
        let (version, data) = last_crossing(&app, &before).await.expect("it is low now");
        assert_eq!((data["low"].clone(), data["available"].clone()), (json!(true), json!(4)));
        assert_eq!(json!(version), level(&app, product, store).await["version"]);
        place(&app, Some(store), &[(product, 1)]).await;
        assert_eq!(last_crossing(&app, &before).await.map(|told| told.0), Some(version));
        place(&app, Some(store), &[(product, 3)]).await;
        let (_, data) = last_crossing(&app, &before).await.expect("it is gone now");
        assert_eq!((&data["in_stock"], &data["was_low"]), (&json!(false), &json!(true)));
    }

    async fn crossing_the_maximum_is_told_once(app: TestApp) {
        let (product, store) = ten(&app).await;
        let set = |limits: Value| {
            let mut body = json!({"product_id": product, "store_id": store, "quantity": 10});
            body["max_stock"] = limits;
            post(&app, "/v1/inventory", body)
        };
        set(json!(10)).await.expect(200);
        let before = level(&app, product, store).await;
        let first = last_crossing(&app, &before).await.expect("the first goods were told");
        assert_eq!(first.1["excess"], false);
        stock(&app, product, store, 11).await;
        let (version, data) = last_crossing(&app, &before).await.expect("it is too much now");
        assert_eq!((&data["excess"], &data["was_excess"]), (&json!(true), &json!(false)));
        assert_eq!((&data["low"], &data["max_stock"]), (&json!(false), &json!(10)));
        let now = level(&app, product, store).await;
        assert_eq!((&json!(version), &json!(true)), (&now["version"], &now["excess"]));
        stock(&app, product, store, 12).await;
        let order = place(&app, Some(store), &[(product, 2)]).await;
        assert_eq!(last_crossing(&app, &before).await.map(|told| told.0), Some(version));
        crate::shop::ship(&app, order, store, &[(product, 2)]).await;
        let (_, data) = last_crossing(&app, &before).await.expect("it is no more too much");
        assert_eq!((&data["excess"], &data["was_excess"]), (&json!(false), &json!(true)));
        set(json!(9)).await.expect(200);
        let (_, data) = last_crossing(&app, &before).await.expect("by a new maximum");
        assert_eq!((&data["excess"], &data["max_stock"]), (&json!(true), &json!(9)));
    }

    async fn returned_goods_go_back_on_the_shelf_once(app: TestApp) {
        let (product, store) = ten(&app).await;
        let order = order(&app);
        give_back(&app, order, Some(store), &[(product, 2)], 4).await;
        give_back(&app, order, Some(store), &[(product, 1)], 5).await;
        assert_eq!(counts(&app, product, store).await, (13, 0));
        let (items, restock) = (crate::shop::items(&[(product, 5)]), false);
        let (store_id, returned_at) = (Some(store), None);
        let history = OrderReturned { order_id: order, store_id, items, restock, returned_at };
        app.publish(&history, 6).await;
        assert_eq!(counts(&app, product, store).await, (13, 0));
    }

    async fn a_return_without_a_store_goes_where_the_order_was_served(app: TestApp) {
        let product = product(&app, "A").await;
        let (other, served) = (store(&app, "A").await, store(&app, "B").await);
        stock(&app, product, served, 10).await;
        let order = place(&app, None, &[(product, 3)]).await;
        give_back(&app, order, None, &[(product, 1)], 4).await;
        assert_eq!(counts(&app, product, served).await, (11, 3));
        assert_eq!(level(&app, product, other).await, Value::Null);
    }

    async fn a_return_to_a_closed_store_goes_to_an_open_one(app: TestApp) {
        let product = product(&app, "A").await;
        let (closed, open) = (store(&app, "A").await, store(&app, "B").await);
        app.delete(&format!("/v1/stores/{closed}"))
            .as_role(platform::auth::Role::Manager)
            .send()
            .await
            .expect(204);
        give_back(&app, order(&app), Some(closed), &[(product, 1)], 4).await;
        assert_eq!(counts(&app, product, open).await, (1, 0));
    }
}

/// Makes the platform forget that anything was ever delivered, and delivers all of it again.
pub async fn tell_everything_again(app: &TestApp) {
    let mut tx = app.host().db.begin().await.expect("the database answers");
    let unlock = tx.query_for(
        "drop trigger event_log_read_only_update",
        "drop trigger event_log_read_only on event_log",
    );
    unlock
        .execute()
        .await
        .expect("nobody guards the log any more");
    for forget in [
        "delete from event_guard",
        "update event_log set handled = ''",
        "update event_commit set complete = ''",
    ] {
        tx.query(forget).execute().await.expect("it is forgotten");
    }
    tx.commit().await.expect("it commits");
    app.settle().await;
}

on_both! {
    async fn everything_told_twice_changes_nothing(app: TestApp) {
        let (product, store) = ten(&app).await;
        let kept = place(&app, Some(store), &[(product, 3)]).await;
        let cancelled = place(&app, None, &[(product, 2)]).await;
        cancel(&app, cancelled).await;
        let buried = order(&app);
        cancel(&app, buried).await;
        let returned = order(&app);
        give_back(&app, returned, Some(store), &[(product, 1)], 4).await;
        let before = level(&app, product, store).await;
        assert_eq!(counts(&app, product, store).await, (11, 3));
        tell_everything_again(&app).await;
        assert_eq!(level(&app, product, store).await, before);
        assert_eq!(answers(&app, kept).await, [reserved()]);
        assert_eq!(answers(&app, cancelled).await, [reserved(), released()]);
        assert_eq!(answers(&app, buried).await, []);
    }
}
