//! Making and dropping PostgreSQL databases. Names carry the process that made them, so that what
//! a killed test run left behind is recognised and removed.

use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};

use platform::db::DbOptions;
use platform::{Db, Source};
use tokio::sync::OnceCell;

/// Names a PostgreSQL that tests may fill with databases.
const VARIABLE: &str = "COMPTOIR_TEST_POSTGRES";
const PREFIX: &str = "comptoir_test";

static COUNTER: AtomicU32 = AtomicU32::new(0);
static SWEPT: OnceCell<()> = OnceCell::const_new();

/// A new database, empty or copied from the one behind `template`; answers its URL.
pub async fn create(template: Option<&str>) -> String {
    let admin = admin().await;
    SWEPT.get_or_init(|| sweep(&admin)).await;
    let number = COUNTER.fetch_add(1, Ordering::Relaxed);
    let name = format!("{PREFIX}_{}_{number}", std::process::id());
    let template = template.map_or("template0", name_of);
    command(
        &admin,
        format!("create database {name} template {template}"),
    )
    .await;
    admin.close().await;
    url_of(&name)
}

pub async fn drop_database(url: &str) {
    let admin = admin().await;
    command(
        &admin,
        format!("drop database if exists {} with (force)", name_of(url)),
    )
    .await;
    admin.close().await;
}

/// Where the databases of the tests may be made.
#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings, the runner tells them"
)]
fn cluster() -> String {
    std::env::var(VARIABLE).unwrap_or_else(|_| {
        panic!(
            "{VARIABLE} is not set, and this test needs PostgreSQL. Run `cargo xtask test`, which \
             starts a private one (`cargo xtask test -- -p orders` for one crate), or start one \
             for many runs with `cargo xtask services` and export the line it prints"
        )
    })
}

async fn admin() -> Db {
    let options = DbOptions {
        connections: 1,
        ..DbOptions::default()
    };
    let admin = Db::connect(&cluster(), options, Source::system()).await;
    admin.unwrap_or_else(|error| panic!("{VARIABLE} names no PostgreSQL that answers: {error}"))
}

/// Runs one statement outside of a transaction, as creating and dropping databases wants it.
/// The door takes literals only; leaking a short text per test is the price of not widening it.
async fn command(admin: &Db, sql: String) {
    let text: &'static str = Box::leak(sql.into_boxed_str());
    let mut tx = admin.read().await.expect("the cluster answers");
    if let Err(error) = tx.query(text).execute().await {
        panic!("{text}: {error}");
    }
}

/// Removes databases of processes that are gone.
async fn sweep(admin: &Db) {
    let mut tx = admin.read().await.expect("the cluster answers");
    let sql = "select datname::text as name from pg_database where datname like 'comptoir_test_%'";
    let rows = tx
        .query(sql)
        .fetch_all()
        .await
        .expect("databases can be listed");
    drop(tx);
    let names = rows.iter().filter_map(|row| row.get::<String>("name").ok());
    for name in names.filter(|name| is_orphan(name)) {
        command(
            admin,
            format!("drop database if exists {name} with (force)"),
        )
        .await;
    }
}

fn is_orphan(name: &str) -> bool {
    let process = name
        .trim_start_matches(PREFIX)
        .trim_start_matches('_')
        .split('_')
        .next();
    let alive = |process: &str| Path::new("/proc").join(process).exists();
    let known = |process: &&str| process.parse::<u32>().is_ok();
    Path::new("/proc/self").exists() && process.filter(known).is_some_and(|p| !alive(p))
}

/// The URL of another database of the same cluster.
fn url_of(name: &str) -> String {
    let cluster = cluster();
    let (server, _) = cluster.rsplit_once('/').expect("the URL names a database");
    format!("{server}/{name}")
}

fn name_of(url: &str) -> &str {
    url.rsplit('/').next().unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_databases_of_processes_that_are_gone_are_orphans() {
        assert!(!is_orphan(&format!("{PREFIX}_{}_0", std::process::id())));
        assert!(is_orphan(&format!("{PREFIX}_{}_0", u32::MAX)));
        assert!(!is_orphan("comptoir_testimonials"));
        assert!(!is_orphan("comptoir_test_"));
    }
}
