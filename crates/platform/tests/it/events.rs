//! Delivery: inline, by the runner, poison and its isolation, replay.

use crate::sample::{app, counter, step, step_once, tally};
use platform::events::{list_parked, read_aggregate, replay_parked};
use platform::{Cause, DbError};
use testkit::{TestApp, on_both};

on_both! {
    async fn an_event_is_handled_in_the_transaction_that_publishes_it(app: TestApp) {
        step_once(&app, counter(1), false).await;
        assert_eq!(tally(&app.host().db, counter(1)).await, Some((1, 1, 0)));
    }

    async fn a_rolled_back_change_tells_nobody(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        step(&mut tx, counter(1), false).await.unwrap();
        drop(tx);
        assert_eq!(tally(&app.host().db, counter(1)).await, None);
    }

    async fn what_was_handled_inline_is_not_handled_again(app: TestApp) {
        for _ in 0..5 {
            step_once(&app, counter(1), false).await;
        }
        app.settle().await;
        assert_eq!(tally(&app.host().db, counter(1)).await, Some((5, 5, 0)));
    }

    async fn a_failing_reaction_does_not_fail_the_change_and_parks_its_aggregate_only(
        app: TestApp
    ) {
        let db = &app.host().db;
        step_once(&app, counter(1), true).await; // poison: committed all the same
        step_once(&app, counter(1), false).await; // must wait behind it
        step_once(&app, counter(2), false).await; // is none of its business
        assert_eq!(tally(db, counter(1)).await, None);
        assert_eq!(tally(db, counter(2)).await, Some((1, 1, 0)));
        let parked = until_parked(&app, 2).await;
        assert_eq!((parked[0].state.as_str(), parked[1].state.as_str()), ("retrying", "behind"));
        let mut tx = db.begin().await.unwrap();
        let cure = tx.query("insert into sample_cure (id) values ($1)").bind(counter(1));
        cure.execute().await.unwrap();
        tx.commit().await.unwrap();
        replay_parked(db).await.unwrap();
        while !list_parked(db).await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        assert_eq!(tally(db, counter(1)).await, Some((2, 2, 0)));
    }

    async fn who_is_given_events_last_gets_all_of_a_transaction_at_once(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        step(&mut tx, counter(1), false).await.unwrap();
        tx.deliver_published().await.unwrap();
        step(&mut tx, counter(1), false).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(tally(&app.host().db, counter(1)).await, Some((2, 2, 0)));
        let mut tx = app.host().db.read().await.unwrap();
        let rows = tx.query("select size from sample_batch").fetch_all().await.unwrap();
        let sizes: Vec<i64> = rows.iter().map(|row| row.get("size").unwrap()).collect();
        assert_eq!(sizes, [2]);
    }

    async fn a_transaction_that_will_be_repeated_fails_with_its_reaction(app: TestApp) {
        let mut tx = app.host().db.begin_optimistic().await.unwrap();
        step(&mut tx, counter(1), true).await.unwrap();
        assert!(tx.commit().await.is_err());
        assert_eq!(tally(&app.host().db, counter(1)).await, None);
    }

    async fn two_events_of_one_version_cannot_both_be_published(app: TestApp) {
        step_once(&app, counter(1), false).await;
        let event = crate::sample::Counted { counter: counter(1), value: 1, poison: false };
        let mut tx = app.host().db.begin().await.unwrap();
        tx.publish(&event, 1).unwrap();
        assert!(matches!(tx.commit().await, Err(DbError::Unique(_))));
    }

    async fn the_cause_of_an_event_is_kept(app: TestApp) {
        let correlation = uuid::Uuid::from_u128(77);
        let cause = Cause { correlation, actor: "user/x".to_owned(), ..Cause::system() };
        cause.scope(step_once(&app, counter(1), false)).await;
        let mut tx = app.host().db.read().await.unwrap();
        let trail = read_aggregate(&mut tx, "counter", counter(1).uuid()).await.unwrap();
        assert_eq!((trail[0].correlation, trail[0].actor.as_str()), (correlation, "user/x"));
    }
}

pub async fn until_parked(app: &TestApp, wanted: usize) -> Vec<platform::events::ParkedDelivery> {
    // Waiting for the runner starts it; it gives up because something stays parked.
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.settle().await }
    });
    loop {
        let mut parked = list_parked(&app.host().db).await.unwrap();
        parked.sort_by_key(|one| one.version);
        if parked.len() == wanted {
            waiting.abort();
            return parked;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
}
