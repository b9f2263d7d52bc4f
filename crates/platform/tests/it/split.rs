//! Two databases and a bus between them: the same reaction, the same final state.

use crate::sample::{FarTally, MIGRATIONS, app, counter, step_once, tally};
use platform::db::DbOptions;
use platform::events::{Bus, Consumer, MemoryBus, Relay, Sequencer};
use platform::module::PLATFORM_MIGRATIONS;
use platform::{Db, Subscriptions};
use std::sync::Arc;
use std::time::Duration;
use testkit::{TestApp, on_both};

/// A database that only listens, in a file of its own.
async fn listener(app: &TestApp, folder: &std::path::Path) -> Db {
    let url = format!("sqlite://{}", folder.join("listener.db").display());
    let source = app.host().source.clone();
    let db = Db::connect(&url, DbOptions::default(), source)
        .await
        .unwrap();
    db.migrate("platform", PLATFORM_MIGRATIONS).await.unwrap();
    db.migrate("sample", MIGRATIONS).await.unwrap();
    db
}

on_both! {
    async fn a_bus_that_delivers_twice_counts_once_and_in_order(app: TestApp) {
        let folder = std::env::temp_dir().join(app.host().source.uuid().to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let far = listener(&app, &folder).await;
        let bus: Arc<dyn Bus> = Arc::new(MemoryBus::unruly());
        let there = Arc::new(Subscriptions::new().on(FarTally));
        let consumer = Consumer::new(far.clone(), Arc::clone(&bus), there, "sample");
        let near = app.host().db.clone();
        let tasks = [
            tokio::spawn(Sequencer::new(near.clone()).run()),
            tokio::spawn(Relay::new(near, bus).run()),
            tokio::spawn(consumer.run()),
        ];
        for nth in 0..30 {
            step_once(&app, counter(1 + nth % 3), false).await;
        }
        let all = async {
            for which in 1..=3 {
                while tally(&far, counter(which)).await.is_none_or(|(_, last, _)| last < 10) {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
            }
        };
        tokio::time::timeout(Duration::from_secs(30), all).await.expect("all of it arrives");
        tokio::time::sleep(Duration::from_millis(300)).await; // let the doubles arrive too
        for which in 1..=3 {
            assert_eq!(tally(&far, counter(which)).await, Some((10, 10, 0)));
        }
        for task in tasks {
            task.abort();
        }
        far.close().await;
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
