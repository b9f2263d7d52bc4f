//! What inventory tells of stock that moves beside orders being held.

use crate::shop::{app, cancel, give_back, level, place, post, product, ship, stock, store};
use contracts::inventory::StockMoved;
use kernel::{Event as _, ProductId, StoreId};
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// What was told so far, oldest first: on hand, threshold and version of one place.
async fn told(app: &TestApp, product: ProductId, at: StoreId) -> Vec<(i64, Option<i64>, i64)> {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let sql = "select data from event_log where kind = $1 order by pos, nth";
    let rows = tx
        .query(sql)
        .bind(StockMoved::TYPE)
        .fetch_all()
        .await
        .expect("events are read");
    let event = |row: &platform::db::Row| {
        let data: String = row.get("data").expect("data is text");
        serde_json::from_str::<StockMoved>(&data).expect("data is JSON")
    };
    let levels = rows.iter().flat_map(|row| event(row).levels);
    let here = levels.filter(|level| (level.product_id, level.store_id) == (product, at));
    here.map(|level| (level.on_hand, level.min_stock, level.version))
        .collect()
}

async fn version(app: &TestApp, product: ProductId, at: StoreId) -> i64 {
    let mut tx = app.host().db.read().await.expect("the database answers");
    let sql = "select version from inventory_level where product_id = $1 and store_id = $2";
    let row = tx
        .query(sql)
        .bind(product)
        .bind(at)
        .fetch_one()
        .await
        .expect("it is there");
    row.get("version").expect("a number")
}

on_both! {
    async fn whatever_moves_by_hand_is_told_with_the_levels_version(app: TestApp) {
        let (product, here) = (product(&app, "A").await, store(&app, "HERE").await);
        let there = store(&app, "THERE").await;
        stock(&app, product, here, 10).await;
        let limited = json!({"product_id": product, "store_id": here, "quantity": 10,
            "min_stock": 4});
        post(&app, "/v1/inventory", limited).await.expect(200);
        let moved = json!({"product_id": product, "source_store_id": here,
            "target_store_id": there, "quantity": 3});
        post(&app, "/v1/inventory/transfers", moved).await.expect(201);
        let seen = told(&app, product, here).await;
        let counts: Vec<_> = seen.iter().map(|one| (one.0, one.1)).collect();
        assert_eq!(counts, [(10, None), (10, Some(4)), (7, Some(4))]);
        assert_eq!(seen.last().map(|one| one.2), Some(version(&app, product, here).await));
        assert_eq!(told(&app, product, there).await.len(), 1);
    }

    /// Placing an order is as cheap as it was: nothing is told of what it holds.
    async fn what_orders_hold_is_not_told_and_what_leaves_is(app: TestApp) {
        let (product, here) = (product(&app, "A").await, store(&app, "HERE").await);
        stock(&app, product, here, 10).await;
        let order = place(&app, None, &[(product, 4)]).await;
        let other = place(&app, None, &[(product, 2)]).await;
        cancel(&app, other).await;
        assert_eq!(told(&app, product, here).await.len(), 1);
        ship(&app, order, here, &[(product, 3)]).await;
        give_back(&app, order, Some(here), &[(product, 1)], 5).await;
        let seen = told(&app, product, here).await;
        let counts: Vec<_> = seen.iter().map(|one| one.0).collect();
        assert_eq!(counts, [10, 7, 8]);
        assert_eq!(seen.last().map(|one| one.2), Some(version(&app, product, here).await));
    }

    /// As after an upgrade: levels that were there before anything was told.
    async fn levels_nobody_was_told_of_are_told_of_once(app: TestApp) {
        let (product, here) = (product(&app, "A").await, store(&app, "HERE").await);
        stock(&app, product, here, 10).await;
        place(&app, None, &[(product, 4)]).await;
        let mut tx = app.host().db.begin().await.expect("the database answers");
        let forget = "insert into inventory_untold (level_id) select id from inventory_level";
        tx.query(forget).execute().await.expect("they are forgotten");
        tx.commit().await.expect("it is written");
        for _ in 0..2 {
            inventory::tell_all(app.host()).await.expect("they are told of");
        }
        let seen = told(&app, product, here).await;
        assert_eq!(seen[1..], [(10, None, version(&app, product, here).await)]);
        let shown: Value = level(&app, product, here).await;
        assert_eq!(shown["reserved"], 4);
    }
}
