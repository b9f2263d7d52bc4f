//! What inventory does when parcels leave: of a reservation in one piece or in several, early,
//! late, twice, and while the order is being cancelled.

use crate::shop::{
    answers, app, cancel, counts, get, give_back, order, parcel, place, placed, product, products,
    released, reserved, ship, stock, store,
};
use contracts::shipments::ShipmentDispatched;
use kernel::{OrderId, ProductId, StoreId};
use platform::DbError;
use serde_json::{Value, json};
use std::sync::Arc;
use testkit::{TestApp, on_both};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// One product, ten of it in one store, and an order of six.
async fn six_of_ten(app: &TestApp) -> (ProductId, StoreId, OrderId) {
    let (product, store) = (product(app, "A").await, store(app, "MTL").await);
    stock(app, product, store, 10).await;
    let order = place(app, Some(store), &[(product, 6)]).await;
    (product, store, order)
}

/// Kind and change on hand of an order's movements, the first first.
async fn ledger(app: &TestApp, order: OrderId) -> Vec<(String, i64)> {
    let page = get(
        app,
        &format!("/v1/inventory/movements?limit=100&reference={order}"),
    )
    .await;
    let items = page["items"].as_array().expect("a page has items").clone();
    let line = |one: &Value| {
        let kind = one["kind"].as_str().expect("a kind").to_owned();
        (kind, one["on_hand_change"].as_i64().expect("a number"))
    };
    items.iter().rev().map(line).collect()
}

fn lines(kinds: &[(&str, i64)]) -> Vec<(String, i64)> {
    kinds
        .iter()
        .map(|&(kind, pieces)| (kind.to_owned(), pieces))
        .collect()
}

/// Runs the jobs of inventory once.
async fn run_jobs(app: &TestApp) {
    for job in inventory::module(app.host()).jobs {
        (job.run)().await.expect("the job runs");
    }
}

async fn dispatch(app: &TestApp, event: &ShipmentDispatched) -> Result<(), DbError> {
    let mut tx = app.host().db.begin().await?;
    tx.publish(event, 2)?;
    tx.commit().await
}

on_both! {
    async fn a_parcel_takes_what_was_held(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        let shipment = ship(&app, order, store, &[(product, 6)]).await;
        assert_eq!(counts(&app, product, store).await, (4, 0));
        assert_eq!(ledger(&app, order).await, lines(&[("reserve", 0), ("ship", -6)]));
        let page = get(&app, "/v1/inventory/movements?kind=ship").await;
        assert_eq!(page["items"][0]["shipment_id"], json!(shipment));
        assert_eq!(page["items"][0]["order_id"], json!(order));
        assert_eq!(answers(&app, order).await, [reserved()]);
    }

    async fn an_order_leaves_in_several_parcels(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        for (pieces, left) in [(1, (9, 5)), (2, (7, 3)), (3, (4, 0))] {
            ship(&app, order, store, &[(product, pieces)]).await;
            assert_eq!(counts(&app, product, store).await, left);
        }
    }

    async fn parcels_of_one_batch_are_taken_off_together(app: TestApp) {
        let (all, store) = (products(&app, 3).await, store(&app, "MTL").await);
        for product in &all {
            stock(&app, *product, store, 9).await;
        }
        let wanted: Vec<_> = all.iter().map(|product| (*product, 3)).collect();
        let orders = [
            place(&app, None, &wanted).await,
            place(&app, None, &wanted).await,
        ];
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for order in orders {
            for pieces in [1, 2] {
                let part: Vec<_> = all.iter().map(|product| (*product, pieces)).collect();
                tx.publish(&parcel(&app, order, store, &part), 2).expect("it is published");
            }
        }
        let before = app.host().db.statements();
        tx.deliver_published().await.expect("inventory reacts");
        let statements = app.host().db.statements() - before;
        tx.commit().await.expect("it commits");
        assert!(statements <= 9, "{statements} statements for four parcels");
        for product in &all {
            assert_eq!(counts(&app, *product, store).await, (3, 0));
        }
    }

    async fn a_parcel_told_twice_leaves_once(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        let event = parcel(&app, order, store, &[(product, 2)]);
        app.publish(&event, 2).await;
        app.publish(&event, 3).await;
        assert_eq!(counts(&app, product, store).await, (8, 4));
        crate::orders::tell_everything_again(&app).await;
        assert_eq!(counts(&app, product, store).await, (8, 4));
    }

    async fn a_cancellation_releases_only_what_has_not_left(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        ship(&app, order, store, &[(product, 2)]).await;
        cancel(&app, order).await;
        assert_eq!(counts(&app, product, store).await, (8, 0));
        assert_eq!(answers(&app, order).await, [reserved(), released()]);
        let told = lines(&[("reserve", 0), ("ship", -2), ("release", 0)]);
        assert_eq!(ledger(&app, order).await, told);
    }

    async fn nothing_is_released_of_an_order_that_has_left_whole(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        ship(&app, order, store, &[(product, 6)]).await;
        cancel(&app, order).await;
        assert_eq!(counts(&app, product, store).await, (4, 0));
        assert_eq!(answers(&app, order).await, [reserved()]);
    }

    async fn goods_that_left_after_their_release_are_adjusted_away(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        ship(&app, order, store, &[(product, 2)]).await;
        cancel(&app, order).await;
        ship(&app, order, store, &[(product, 4)]).await;
        assert_eq!(counts(&app, product, store).await, (4, 0));
        let told = lines(&[("reserve", 0), ("ship", -2), ("release", 0), ("adjust", -4)]);
        assert_eq!(ledger(&app, order).await, told);
    }

    /// Orders packs no more than was ordered; whoever says otherwise is believed, and written down.
    async fn more_leaves_than_was_held(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        ship(&app, order, store, &[(product, 8)]).await;
        assert_eq!(counts(&app, product, store).await, (2, 0));
        let told = lines(&[("reserve", 0), ("ship", -6), ("adjust", -2)]);
        assert_eq!(ledger(&app, order).await, told);
    }

    async fn what_left_and_is_promised_to_others_goes_off_the_shelf_when_it_can(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        cancel(&app, order).await;
        let other = place(&app, Some(store), &[(product, 9)]).await;
        ship(&app, order, store, &[(product, 6)]).await;
        assert_eq!(counts(&app, product, store).await, (9, 9));
        run_jobs(&app).await;
        assert_eq!(counts(&app, product, store).await, (9, 9));
        let audits = inventory::module(app.host()).audits;
        let found = platform::module::run_audits(&app.host().db, audits).await;
        let found = found.expect("audits run");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].finding, "5 left although promised to others");

        stock(&app, product, store, 12).await;
        run_jobs(&app).await;
        assert_eq!(counts(&app, product, store).await, (9, 9));
        cancel(&app, other).await;
        run_jobs(&app).await;
        run_jobs(&app).await;
        assert_eq!(counts(&app, product, store).await, (7, 0));
        let told = lines(&[("reserve", 0), ("release", 0), ("adjust", -1), ("adjust", -3),
            ("adjust", -2)]);
        assert_eq!(ledger(&app, order).await, told);
    }

    async fn an_order_that_left_before_it_came_is_not_held(app: TestApp) {
        let (product, store, _) = six_of_ten(&app).await;
        let late = order(&app);
        ship(&app, late, store, &[(product, 1)]).await;
        app.publish(&placed(&app, late, Some(store), &[(product, 1)]), 1).await;
        assert_eq!(answers(&app, late).await, []);
        assert_eq!(counts(&app, product, store).await, (9, 6));
    }

    async fn shipped_goods_that_come_back_are_movements_of_kind_return(app: TestApp) {
        let (product, store, order) = six_of_ten(&app).await;
        ship(&app, order, store, &[(product, 6)]).await;
        give_back(&app, order, Some(store), &[(product, 2)], 5).await;
        assert_eq!(counts(&app, product, store).await, (6, 0));
        give_back(&app, order, None, &[(product, 4)], 6).await;
        assert_eq!(counts(&app, product, store).await, (10, 0));
        let told = lines(&[("reserve", 0), ("ship", -6), ("return", 2), ("return", 4)]);
        assert_eq!(ledger(&app, order).await, told);
    }

    async fn cancelling_and_leaving_race(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        stock(&app, product, store, 1000).await;
        for _ in 0..15 {
            let mut tasks = JoinSet::new();
            let together = Arc::new(Barrier::new(6));
            for _ in 0..2 {
                let id = place(&app, Some(store), &[(product, 5)]).await;
                for pieces in [2, 3] {
                    let (app, together) = (app.clone(), Arc::clone(&together));
                    let event = parcel(&app, id, store, &[(product, pieces)]);
                    tasks.spawn(async move {
                        together.wait().await;
                        dispatch(&app, &event).await.expect("it leaves");
                    });
                }
                let (app, together) = (app.clone(), Arc::clone(&together));
                tasks.spawn(async move {
                    together.wait().await;
                    cancel(&app, id).await;
                });
            }
            while let Some(task) = tasks.join_next().await {
                task.expect("each goes through at the first try");
            }
            let parked = platform::events::list_parked(&app.host().db).await;
            assert!(parked.expect("parked events are listed").is_empty());
        }
        assert_eq!(counts(&app, product, store).await, (850, 0));
        app.settle().await;
    }
}
