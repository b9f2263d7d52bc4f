//! The log: nothing is lost, nothing comes twice, no aggregate's events swap places.

use crate::sample::{app, counter, step};
use platform::events::{Logged, read_after};
use platform::{Db, DbError, Engine};
use std::collections::HashMap;
use std::time::Duration;
use testkit::{TestApp, on_both};

const WRITERS: u128 = 8;
const EACH: usize = 40;

/// Steps counters at random, holding transactions open for different times before they commit.
async fn write(db: Db, seed: u128) {
    for nth in 0..EACH as u128 {
        loop {
            let mut tx = db.begin().await.unwrap();
            let which = (seed * 7 + nth * 13) % 5;
            let stepped = step(&mut tx, counter(1 + which), false).await;
            if db.engine() == Engine::Postgres {
                tokio::time::sleep(Duration::from_millis(((seed + nth) % 4) as u64)).await;
            }
            match (stepped, tx.commit().await) {
                (Ok(()), Ok(())) => break,
                (Err(DbError::Busy), _) | (_, Err(DbError::Busy)) => continue,
                (stepped, committed) => panic!("{stepped:?} {committed:?}"),
            }
        }
    }
}

/// Follows the log as a reader does, until it has seen everything.
async fn follow(db: &Db, wanted: usize) -> Vec<Logged> {
    let (mut after, mut seen) = (0, Vec::new());
    while seen.len() < wanted {
        let batch = read_after(&mut db.read().await.unwrap(), after, 7)
            .await
            .unwrap();
        after = batch.last().map_or(after, |event| event.seq);
        if batch.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        seen.extend(batch);
    }
    seen
}

on_both! {
    async fn a_reader_misses_nothing_while_eight_write(app: TestApp) {
        let db = app.host().db.clone();
        let wanted = WRITERS as usize * EACH;
        let reading = tokio::spawn({
            let db = db.clone();
            async move { tokio::time::timeout(Duration::from_secs(60), follow(&db, wanted)).await }
        });
        let settling = tokio::spawn(platform::events::Sequencer::new(db.clone()).run());
        let start = |seed| tokio::spawn(write(db.clone(), seed));
        let writers: Vec<_> = (0..WRITERS).map(start).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let seen = reading.await.unwrap().expect("every event is seen");
        settling.abort();
        let numbers: Vec<i64> = seen.iter().map(|event| event.seq).collect();
        assert_eq!(numbers, (1..=wanted as i64).collect::<Vec<_>>(), "no gap, none twice");
        let mut last = HashMap::new();
        for event in &seen {
            let before = last.insert(event.aggregate_id, event.version).unwrap_or(0);
            assert_eq!(event.version, before + 1, "the order of one aggregate");
        }
    }

    async fn what_a_reaction_still_has_to_handle_is_read_like_everything_else(app: TestApp) {
        crate::sample::step_once(&app, counter(1), true).await;
        let mut tx = app.host().db.begin().await.unwrap();
        tx.query("insert into sample_cure (id) values ($1)").bind(counter(1)).execute().await
            .unwrap();
        tx.commit().await.unwrap();
        app.settle().await;
        let seen = read_after(&mut app.host().db.read().await.unwrap(), 0, 10).await.unwrap();
        assert_eq!(seen.len(), 1);
    }

    async fn the_log_is_append_only(app: TestApp) {
        crate::sample::step_once(&app, counter(1), false).await;
        for sql in ["update event_log set data = '{}'", "delete from event_log"] {
            let mut tx = app.host().db.begin().await.unwrap();
            let refused = tx.query(sql).execute().await;
            assert!(matches!(refused, Err(DbError::Check(_))), "{sql}: {refused:?}");
        }
    }
}
