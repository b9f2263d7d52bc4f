//! News of orders: in batches, twice, late, and after the parcel has left.

use crate::shop::{Order, app, cancel, confirmed, get, go, pack, queue, send};
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// Makes the platform forget that anything was ever delivered, and delivers all of it again.
async fn tell_everything_again(app: &TestApp) {
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

/// Everything that is known of shipments of these orders.
async fn state(app: &TestApp, orders: &[&Order]) -> Vec<Value> {
    let mut all = vec![json!(queue(app, "").await)];
    for order in orders {
        all.push(get(app, &order.path()).await);
    }
    all
}

on_both! {
    async fn a_batch_costs_one_statement_a_kind_of_event(app: TestApp) {
        let orders: Vec<Order> = (0..50).map(|_| Order::new(&app, &[1, 2, 3])).collect();
        for most in [1, 2] {
            let mut tx = app.host().db.begin().await.expect("the database answers");
            for order in &orders {
                match most {
                    1 => tx.publish(&order.placed(), 1),
                    _ => tx.publish(&order.confirmed(), 2),
                }
                .expect("it is published");
            }
            let before = app.host().db.statements();
            tx.deliver_published().await.expect("shipments reacts");
            let statements = app.host().db.statements() - before;
            tx.commit().await.expect("it commits");
            // Two are the savepoint's; a second version asks whether the first was handled.
            assert!(statements <= most + 2, "{statements} statements");
        }
        assert_eq!(queue(&app, "").await.len(), 50);
    }

    async fn a_whole_life_in_one_batch_is_understood(app: TestApp) {
        let (kept, gone) = (Order::new(&app, &[2]), Order::new(&app, &[2]));
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for order in [&kept, &gone] {
            tx.publish(&order.placed(), 1).expect("it is published");
            tx.publish(&order.confirmed(), 2).expect("it is published");
        }
        tx.publish(&gone.cancelled(), 3).expect("it is published");
        tx.commit().await.expect("it commits");
        assert_eq!(queue(&app, "").await, [kept.id.to_string()]);
    }

    async fn everything_told_twice_changes_nothing(app: TestApp) {
        let waiting = confirmed(&app, &[2]).await;
        pack(&app, &waiting, json!({"items": [waiting.item(0, 1)]})).await;
        let sent = confirmed(&app, &[1]).await;
        let shipment = send(&app, &sent, json!({})).await;
        go(&app, &shipment, "delivered").await.expect(200);
        let stopped = confirmed(&app, &[2]).await;
        send(&app, &stopped, json!({"items": [stopped.item(0, 1)]})).await;
        pack(&app, &stopped, json!({})).await;
        cancel(&app, &stopped).await;
        let before = state(&app, &[&waiting, &sent, &stopped]).await;
        tell_everything_again(&app).await;
        assert_eq!(state(&app, &[&waiting, &sent, &stopped]).await, before);
    }

    async fn what_has_arrived_before_the_cancellation_is_recalled_too(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = send(&app, &order, json!({})).await;
        go(&app, &shipment, "delivered").await.expect(200);
        cancel(&app, &order).await;
        let recalled = get(&app, &shipment).await;
        assert_eq!((&recalled["status"], &recalled["recalled"]),
            (&json!("delivered"), &json!(true)));
    }

    async fn the_cancellation_of_a_pending_order_is_remembered(app: TestApp) {
        let order = Order::new(&app, &[1]);
        app.publish(&order.placed(), 1).await;
        app.publish(&order.cancelled(), 2).await;
        assert_eq!(queue(&app, "").await, [] as [String; 0]);
        let refused = crate::shop::post(&app, &order.path(), json!({})).await.expect(409);
        assert_eq!(refused.code(), "ORDER_CANCELLED");
    }

    async fn the_largest_order_is_kept_whole(app: TestApp) {
        let order = confirmed(&app, &[2; 1000]).await;
        let made = crate::shop::post(&app, &order.path(), json!({})).await.expect(201).json();
        assert_eq!(made["items"].as_array().map(Vec::len), Some(1000));
    }
}
