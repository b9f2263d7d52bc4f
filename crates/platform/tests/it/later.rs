//! Reactions whose turn is never the publisher's: the runner brings them everything, once and in
//! order, and keeps no guard for it.

use crate::events::until_parked;
use crate::sample::{LaterTally, MIGRATIONS, counter, step_once, tally};
use platform::events::{list_parked, replay_parked};
use platform::{Host, Module, Subscriptions};
use std::time::Duration;
use testkit::{TestApp, on_both};

pub fn app(_: &Host) -> Vec<Module> {
    let later = Subscriptions::new().on(LaterTally);
    vec![
        Module::new("sample")
            .migrations(MIGRATIONS)
            .subscriptions(later),
    ]
}

on_both! {
    async fn the_publisher_does_not_wait_for_it(app: TestApp) {
        step_once(&app, counter(1), false).await;
        assert_eq!(tally(&app.host().db, counter(1)).await, None);
        app.settle().await;
        assert_eq!(tally(&app.host().db, counter(1)).await, Some((1, 1, 0)));
    }

    async fn everything_comes_once_and_in_order_without_a_guard(app: TestApp) {
        let db = &app.host().db;
        for round in 0..40 {
            step_once(&app, counter(round % 3), false).await;
            if round == 20 {
                app.settle().await;
            }
        }
        app.settle().await;
        let seen = [tally(db, counter(0)).await, tally(db, counter(1)).await];
        assert_eq!(seen, [Some((14, 14, 0)), Some((13, 13, 0))]);
        let mut tx = db.read().await.unwrap();
        let guards = tx.query("select count(*) as n from event_guard").fetch_one().await.unwrap();
        assert_eq!(guards.get::<i64>("n").unwrap(), 0);
    }

    async fn what_fails_holds_back_its_own_aggregate_and_is_replayed_in_order(app: TestApp) {
        let db = &app.host().db;
        step_once(&app, counter(1), true).await;
        step_once(&app, counter(1), false).await;
        step_once(&app, counter(2), false).await;
        let parked = until_parked(&app, 2).await;
        assert_eq!((parked[0].state.as_str(), parked[1].state.as_str()), ("retrying", "behind"));
        assert_eq!(tally(db, counter(2)).await, Some((1, 1, 0)));
        let mut tx = db.begin().await.unwrap();
        let cure = tx.query("insert into sample_cure (id) values ($1)").bind(counter(1));
        cure.execute().await.unwrap();
        tx.commit().await.unwrap();
        step_once(&app, counter(1), false).await;
        replay_parked(db).await.unwrap();
        while !list_parked(db).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        app.settle().await;
        assert_eq!(tally(db, counter(1)).await, Some((3, 3, 0)));
    }
}
