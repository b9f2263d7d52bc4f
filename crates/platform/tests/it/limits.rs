//! How long a statement may run: one that takes too long, or that nobody waits for any more, is
//! stopped, and its connection serves the next one.

use crate::sample::app;
use kernel::{ErrorKind, Fault as _};
use platform::db::DbOptions;
use platform::{Db, Engine};
use std::time::Duration;
use testkit::{Setup, TestApp, on_both};
use tokio::task::JoinSet;

/// Minutes.
const ENDLESS: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 1000000000)
    select count(*) as n from n";
/// More than [`SHORT`], and no more than a second or two.
const LONG: &str = "
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000)
    select count(*) as n from n";
const SHORT: Duration = Duration::from_millis(20);
/// However busy the machine is.
const MOMENT: Duration = Duration::from_secs(3);

async fn connect(app: &TestApp, statement_timeout: Duration) -> Db {
    let options = DbOptions {
        connections: 4,
        statement_timeout,
        ..DbOptions::default()
    };
    let source = app.host().source.clone();
    Db::connect(app.database_url(), options, source)
        .await
        .unwrap()
}

/// So many read at the same time.
async fn all_read(db: &Db, readers: u32) {
    let mut all = Vec::new();
    for _ in 0..readers {
        let mut tx = db.read().await.unwrap();
        tx.query("select 1 as one").fetch_one().await.unwrap();
        all.push(tx);
    }
}

on_both! {
    async fn readers_that_nobody_waits_for_are_soon_free_again(app: TestApp) {
        // PostgreSQL is not told, and goes on until the statement has had its time.
        let (readers, limit) = match app.engine() {
            Engine::Sqlite => (4, Duration::from_secs(3600)),
            Engine::Postgres => (2, Duration::from_millis(500)),
        };
        let db = connect(&app, limit).await;
        let mut reading = JoinSet::new();
        for _ in 0..readers {
            let db = db.clone();
            reading.spawn(async move {
                let mut tx = db.read().await.unwrap();
                let read = tx.query(ENDLESS).fetch_one();
                let given_up = tokio::time::timeout(Duration::from_millis(100), read).await;
                assert!(given_up.is_err());
            });
        }
        reading.join_all().await;
        let free = tokio::time::timeout(MOMENT, all_read(&db, readers)).await;
        free.expect("all of them read again");
        db.close().await;
    }

    async fn who_reads_too_long_is_refused_and_reads_on(app: TestApp) {
        let db = connect(&app, Duration::from_millis(300)).await;
        let mut tx = db.read().await.unwrap();
        for _ in 0..2 {
            let refused = tokio::time::timeout(MOMENT, tx.query(ENDLESS).fetch_one()).await;
            let refused = refused.expect("it is stopped").err().unwrap();
            assert_eq!(refused.kind(), ErrorKind::Unavailable, "{refused}");
            tx.query("select 1 as one").fetch_one().await.unwrap();
        }
        drop(tx);
        db.close().await;
    }
}

async fn body(app: TestApp) {
    let db = connect(&app, SHORT).await;
    let mut tx = db.read().await.unwrap();
    assert!(tx.query(LONG).fetch_one().await.is_err());
    let mut tx = tx.unhurried();
    tx.query(LONG).fetch_one().await.unwrap();
    drop(tx);
    let mut tx = db.begin().await.unwrap();
    let written = tx.query(
        "insert into sample_batch (size)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 2000000)
         select count(*) from n",
    );
    assert_eq!(written.execute().await.unwrap(), 1);
    tx.commit().await.unwrap();
    db.close().await;
}

#[test]
fn who_writes_on_sqlite_and_who_reads_unhurried_is_not_stopped() {
    testkit::run(Setup::new(Engine::Sqlite, app), body);
}
