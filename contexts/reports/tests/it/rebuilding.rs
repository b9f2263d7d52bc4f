//! Counting everything anew ends where counting along did.

use crate::shop::{
    app, cancelled, category, imported, moved, named, opened, placed, report, reserved, returned,
    tell,
};
use platform::events::Rebuild;
use serde_json::Value;
use testkit::{TestApp, on_both};

const PATHS: [&str; 9] = [
    "best-sellers?from=2000-01-01",
    "highest-spenders?from=2000-01-01",
    "sales?by=day&from=2000-01-01",
    "sales?by=store&from=2000-01-01",
    "sales?by=category&from=2000-01-01",
    "sales?by=country&from=2000-01-01",
    "average-basket?from=2000-01-01",
    "stock-overview",
    "low-stock",
];

async fn everything(app: &TestApp) -> Vec<Value> {
    let mut all = Vec::new();
    for path in PATHS {
        all.push(report(app, path).await);
    }
    all
}

/// Some of everything: in batches of one, as counting along meets it.
async fn live(app: &TestApp) {
    tell(app, &category(30, "Lights"), 1).await;
    tell(app, &named(1, 30, "Lamp", 250), 1).await;
    tell(app, &opened(20, "Main"), 1).await;
    tell(app, &moved(app, &[(1, 20, 10, Some(8), 2)]), 1).await;
    for order in 1..=5 {
        tell(
            app,
            &placed(order, 7 + order % 2, &[(1, 1, 500), (2, 2, 100)]),
            1,
        )
        .await;
        tell(app, &reserved(order, 20), 1).await;
    }
    tell(app, &cancelled(2), 2).await;
    tell(app, &returned(3, &[(1, 1, 500)], None), 4).await;
    tell(
        app,
        &imported(9, "2010-12-01T08:26:00Z", &[(1, 3, 100)], "EIRE"),
        1,
    )
    .await;
}

async fn to_the_end(rebuild: &Rebuild) -> i64 {
    let mut reached = 0;
    while let Some(progress) = rebuild.step().await.unwrap() {
        assert!(progress.position > reached && progress.position <= progress.last);
        reached = progress.position;
    }
    reached
}

on_both! {
    async fn a_rebuild_ends_as_counting_along_did(app: TestApp) {
        live(&app).await;
        let before = everything(&app).await;
        let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
        let cleared = report(&app, "best-sellers?from=2000-01-01").await;
        assert_eq!(cleared["items"], serde_json::json!([]));
        assert!(cleared["lag"]["waiting"].as_i64() > Some(10), "{cleared}");
        assert!(to_the_end(&rebuild).await > 10);
        assert_eq!(everything(&app).await, before);
    }

    /// Whoever ran before the rebuild commits nothing meanwhile, and goes on after it.
    async fn what_happens_during_a_rebuild_is_counted_once(app: TestApp) {
        live(&app).await;
        let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
        app.publish(&placed(6, 7, &[(1, 1, 500)]), 1).await;
        to_the_end(&rebuild).await;
        app.settle().await;
        let by_day = report(&app, "sales?by=day").await;
        assert_eq!(by_day["items"][0]["orders"], 5);
        tell(&app, &placed(7, 7, &[(1, 1, 500)]), 1).await;
        let by_day = report(&app, "sales?by=day").await;
        assert_eq!(by_day["items"][0]["orders"], 6);
    }

    async fn a_rebuild_that_is_cut_off_is_finished_by_the_runner(app: TestApp) {
        live(&app).await;
        let before = everything(&app).await;
        let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
        rebuild.give_up().await.unwrap();
        app.settle().await;
        assert_eq!(everything(&app).await, before);
    }

    /// Counting shares the writer with whoever places orders.
    async fn a_batch_of_many_orders_costs_few_statements(app: TestApp) {
        let mut costs = Vec::new();
        for (first, last) in [(1, 2), (3, 90)] {
            for order in first..=last {
                app.publish(&placed(order, order, &[(order, 1, 500), (2, 2, 100)]), 1).await;
                app.publish(&reserved(order, 20), 1).await;
            }
            app.settle().await;
            let rebuild = reports::begin_rebuild(app.host()).await.unwrap();
            let before = app.host().db.statements();
            rebuild.step().await.unwrap().unwrap();
            costs.push(app.host().db.statements() - before);
            to_the_end(&rebuild).await;
        }
        // The sequencer and the runner look around meanwhile.
        assert!(costs.iter().all(|cost| *cost <= 30), "{costs:?}");
    }
}
