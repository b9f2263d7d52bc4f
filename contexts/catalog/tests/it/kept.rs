//! Products that are kept as bytes: what another process changes is seen within a second, and what
//! nobody changes is not asked for again and again.

use crate::{app, category, get, product};
use serde_json::json;
use std::time::Duration;
use testkit::{TestApp, on_both};

const TURN: Duration = Duration::from_millis(50);
/// Longer than a change by another process may go unseen.
const A_WHILE: usize = 30;

async fn made(app: &TestApp, count: usize) -> Vec<String> {
    let lights = category(app, "Lights").await;
    let mut paths = Vec::with_capacity(count);
    for nth in 0..count {
        let answer = product(app, &lights, &format!("LAMP-{nth}"), json!({})).await;
        paths.push(answer.header("location").unwrap().to_owned());
    }
    paths
}

/// Reads all of them over and over again, while time passes.
async fn read_on(app: &TestApp, paths: &[String], turns: usize) {
    for _ in 0..turns {
        for path in paths {
            get(app, path).await.expect(200);
        }
        app.clock_advance(TURN);
        // What is looked up again is so beside the readers.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

on_both! {
    async fn what_another_process_changes_is_seen_while_it_is_read_all_the_time(app: TestApp) {
        let paths = made(&app, 3).await;
        read_on(&app, &paths, A_WHILE).await;
        let sheet = std::io::Cursor::new("sku,name\nLAMP-1,New name\n");
        let options = catalog::ImportOptions::default();
        let report = catalog::import_products(app.host(), sheet, options, |_| {}).await.unwrap();
        assert_eq!(report.updated, 1);
        read_on(&app, &paths, A_WHILE).await;
        for (path, name) in paths.iter().zip(["LAMP-0", "New name", "LAMP-2"]) {
            assert_eq!(get(&app, path).await.json()["name"], name);
        }
    }

    async fn what_does_not_change_is_looked_up_again_all_at_once(app: TestApp) {
        let paths = made(&app, 60).await;
        read_on(&app, &paths, 1).await;
        let before = app.host().db.statements();
        read_on(&app, &paths, 3 * A_WHILE).await;
        let asked = app.host().db.statements() - before;
        assert!(asked < 150, "{asked} statements for sixty products in four seconds");
    }
}
