//! Leases between processes: who stops gives up what it held, and nobody waits for the end of it.

use crate::sample::app;
use platform::Db;
use platform::db::DbOptions;
use platform::events::{Lease, give_up_leases};
use testkit::{TestApp, on_both};

/// Another process at the same database.
pub async fn another_process(app: &TestApp) -> Db {
    let source = app.host().source.clone();
    let options = DbOptions {
        connections: 2,
        ..DbOptions::default()
    };
    Db::connect(app.database_url(), options, source)
        .await
        .unwrap()
}

async fn still_holds(db: &Db, lease: &Lease) -> bool {
    let mut tx = db.begin().await.unwrap();
    let held = lease.renew(&mut tx).await.unwrap();
    tx.commit().await.unwrap();
    held
}

on_both! {
    async fn whoever_takes_a_lease_anew_has_it_once(app: TestApp) {
        let db = &app.host().db;
        let owner = db.lease_owner();
        let before = Lease::take(db, "work", &owner).await.unwrap().unwrap();
        let now = Lease::take(db, "work", &owner).await.unwrap().unwrap();
        assert!(!still_holds(db, &before).await, "what was held before is over");
        assert!(still_holds(db, &now).await);
    }

    async fn whoever_stops_gives_up_all_it_held_and_another_takes_it_at_once(app: TestApp) {
        let (stopping, staying) = (app.host().db.clone(), another_process(&app).await);
        // A process holds leases under many names: each of its workers has its own.
        let [one, two] = [stopping.lease_owner(), stopping.lease_owner()];
        let other = staying.lease_owner();
        let take = async |db: &Db, name: &str, owner: &str| {
            Lease::take(db, name, owner).await.unwrap()
        };
        let first = take(&stopping, "first", &one).await.unwrap();
        take(&stopping, "second", &two).await.unwrap();
        let third = take(&staying, "third", &other).await.unwrap();
        for name in ["first", "second"] {
            assert!(take(&staying, name, &other).await.is_none(), "{name} is held");
        }

        give_up_leases(&stopping).await.unwrap();
        assert!(!still_holds(&stopping, &first).await, "whoever gave it up has it no more");
        for name in ["first", "second"] {
            assert!(take(&staying, name, &other).await.is_some(), "{name} is free");
        }
        assert!(still_holds(&staying, &third).await, "what others hold is theirs");
        assert!(take(&stopping, "third", &one).await.is_none());
        staying.close().await;
    }
}
