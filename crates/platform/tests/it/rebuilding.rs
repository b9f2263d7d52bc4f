//! Starting a context over misses nothing of the log, whatever became of the process that gave it
//! numbers.

use crate::later::app;
use crate::leases::another_process;
use crate::sample::{counter, step_once, tally};
use platform::events::{Lease, Rebuild, give_up_leases};
use platform::{Db, Engine, Tx};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::{TestApp, on_both};

/// A process that holds the sequencer's lease and numbers nothing, as one that was killed.
async fn killed(app: &TestApp) -> Db {
    let db = another_process(app).await;
    let owner = db.lease_owner();
    Lease::take(&db, "sequencer", &owner)
        .await
        .unwrap()
        .unwrap();
    db
}

async fn forget(tx: &mut Tx) -> Result<(), platform::DbError> {
    let tallies = tx.query("delete from sample_tally");
    tallies.execute().await.map(drop)
}

on_both! {
    async fn what_a_killed_process_left_without_a_number_is_waited_for(app: TestApp) {
        let db = &app.host().db;
        let killed = killed(&app).await;
        for _ in 0..3 {
            step_once(&app, counter(1), false).await;
        }
        let mut tx = db.begin().await.unwrap();
        let sooner = "update event_lease set until_at = until_at - 8000000
            where name = 'sequencer'";
        tx.query(sooner).execute().await.unwrap();
        tx.commit().await.unwrap();

        let rebuild = Rebuild::begin(db, "sample", forget).await.unwrap();
        assert_eq!(tally(db, counter(1)).await, None);
        while rebuild.step().await.unwrap().is_some() {}
        assert_eq!(tally(db, counter(1)).await, Some((3, 3, 0)));
        killed.close().await;
    }

    async fn whoever_waits_in_vain_is_told_and_may_try_again(app: TestApp) {
        let db = &app.host().db;
        let killed = killed(&app).await;
        step_once(&app, counter(1), false).await;
        let told = AtomicU32::new(0);
        let tell = || { told.fetch_add(1, Ordering::Relaxed); };
        let patience = Duration::from_secs(1);
        let numbered = Rebuild::wait_for_numbers(db, patience, tell).await.unwrap();
        // The only writer of SQLite numbers what it writes.
        let numbers_itself = app.engine() == Engine::Sqlite;
        assert_eq!(numbered, numbers_itself);
        assert_eq!(told.into_inner(), u32::from(!numbers_itself));
        give_up_leases(&killed).await.unwrap();
        assert!(Rebuild::wait_for_numbers(db, patience, || ()).await.unwrap());
        killed.close().await;
    }
}
