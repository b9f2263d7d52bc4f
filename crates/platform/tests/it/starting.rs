//! Several processes start at once on a database with nothing in it: each step of the schema is
//! applied once, by whoever comes first, and nobody fails.

use crate::sample::MIGRATIONS;
use platform::module::PLATFORM_MIGRATIONS;
use platform::{Engine, Source};
use std::sync::Arc;
use testkit::TestDatabase;
use tokio::sync::Barrier;

const PROCESSES: usize = 4;

async fn start_at_once(engine: Engine) {
    let database = Arc::new(TestDatabase::empty(engine).await);
    let barrier = Arc::new(Barrier::new(PROCESSES));
    let process = |_| {
        let (database, barrier) = (Arc::clone(&database), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            let db = database.connect(&Source::system()).await;
            let mut applied = Vec::new();
            for (context, steps) in [("platform", PLATFORM_MIGRATIONS), ("sample", MIGRATIONS)] {
                applied.extend(db.migrate(context, steps).await.expect("it is up to date"));
            }
            db.close().await;
            applied
        })
    };
    let processes: Vec<_> = (0..PROCESSES).map(process).collect();
    let mut applied = Vec::new();
    for process in processes {
        applied.extend(process.await.expect("it ends"));
    }
    let all = PLATFORM_MIGRATIONS.iter().chain(MIGRATIONS);
    let mut all: Vec<_> = all.map(|step| step.name).collect();
    all.sort_unstable();
    applied.sort_unstable();
    assert_eq!(applied, all, "each step once");
    database.end().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_bring_the_schema_up_to_date_once_on_sqlite() {
    start_at_once(Engine::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn processes_that_start_at_once_bring_the_schema_up_to_date_once_on_postgres() {
    start_at_once(Engine::Postgres).await;
}
