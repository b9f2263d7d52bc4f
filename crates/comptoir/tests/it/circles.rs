//! Contexts that change one order at once begin at different ends of it, and wait in no circle:
//! PostgreSQL has no deadlock to break.

pub use crate::shop::app;

use crate::shop::{Furnished, furnish, level, order, payments, place};
use platform::auth::Role;
use platform::{Engine, Tx};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{Request, TestApp, on_both};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Orders of a race.
const ORDERS: usize = 32;
/// As many as a test has for writing.
const CONNECTIONS: usize = 8;
const TOLD: Duration = Duration::from_millis(100);

/// How many deadlocks PostgreSQL has broken in this database. A connection tells what it met when
/// it is idle and has not told lately, so each is made to tell now.
async fn deadlocks(app: &TestApp) -> i64 {
    if app.host().db.engine() == Engine::Sqlite {
        return 0;
    }
    let mut all = JoinSet::new();
    let together = Arc::new(Barrier::new(CONNECTIONS));
    for _ in 0..CONNECTIONS {
        let (db, together) = (app.host().db.clone(), Arc::clone(&together));
        all.spawn(async move {
            let mut tx = db.begin().await.unwrap();
            together.wait().await;
            let tell = tx.query("select pg_stat_force_next_flush()");
            tell.execute().await.unwrap();
            tx.commit().await.unwrap();
        });
    }
    all.join_all().await;
    tokio::time::sleep(TOLD).await;
    let mut tx = app.host().db.read().await.unwrap();
    let sql = "select deadlocks from pg_stat_database where datname = current_database()";
    let row = tx.query(sql).fetch_one().await.unwrap();
    row.get("deadlocks").unwrap()
}

/// Inventory answers no order, or answers again.
async fn set_answering(app: &TestApp, answering: bool) {
    let sql = match (app.engine(), answering) {
        (Engine::Sqlite, false) => {
            "create trigger no_answer before insert on inventory_reservation
             begin select raise(abort, 'nobody answers'); end"
        }
        (Engine::Sqlite, true) => "drop trigger no_answer",
        (Engine::Postgres, false) => {
            "alter table inventory_reservation add constraint no_answer check (false) not valid"
        }
        (Engine::Postgres, true) => "alter table inventory_reservation drop constraint no_answer",
    };
    let mut tx = app.host().db.begin().await.unwrap();
    tx.query(sql).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Keeps whoever takes something off the shelf waiting, until this transaction is dropped. SQLite
/// has one writer: there it only reads.
async fn hold_up(app: &TestApp) -> Tx {
    let db = &app.host().db;
    if app.engine() == Engine::Sqlite {
        return db.read().await.unwrap();
    }
    let mut shelf = db.begin().await.unwrap();
    let lock = shelf.query("select id from inventory_level for no key update");
    lock.execute().await.unwrap();
    shelf
}

/// Waits until so many wait for a lock in this database.
async fn await_waiting(shelf: &mut Tx, wanted: i64) {
    while shelf.engine() == Engine::Postgres {
        let waiting = shelf.query(
            "select count(distinct pid) as waiting from pg_locks where not granted and pid in (
                 select l.pid from pg_locks l join pg_database d on d.oid = l.database
                 where d.datname = current_database())",
        );
        let row = waiting.fetch_one().await.unwrap();
        if row.get::<i64>("waiting").unwrap() >= wanted {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Orders one piece, so many times; answers the orders' paths.
async fn orders(app: &TestApp, shop: &Furnished, method: &str) -> Vec<String> {
    let mut body = order(&shop.client, &[&shop.products[0]]);
    body["payment"]["method"] = json!(method);
    let mut placing = JoinSet::new();
    for nth in 0..ORDERS {
        let (app, body) = (app.clone(), body.clone());
        placing.spawn(async move {
            let placed = place(&app, &format!("order-{nth}"), &body).await;
            assert!([201, 202].contains(&placed.status), "{}", placed.text());
            format!("/v1/orders/{}", placed.field("id"))
        });
    }
    placing.join_all().await
}

/// Insists until the shop is not too busy; answers the status.
async fn insist(request: impl Fn() -> Request) -> u16 {
    loop {
        let answer = request().send().await;
        if answer.status != 503 {
            return answer.status;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn cancel(app: TestApp, order: String) -> u16 {
    let path = format!("{order}/cancel");
    insist(|| app.post(&path).as_role(Role::Admin).json(json!({}))).await
}

async fn send(app: TestApp, shipment: String) -> u16 {
    let step = json!({"status": "in_transit"});
    insist(|| app.patch(&shipment).as_role(Role::Admin).json(step.clone())).await
}

on_both! {
    async fn cancelling_and_a_providers_answer_wait_in_no_circle(app: TestApp) {
        let shop = furnish(&app, 1, 1_000).await;
        let paths = orders(&app, &shop, "sandbox").await;
        let before = deadlocks(&app).await;
        let mut race = JoinSet::new();
        for path in paths {
            race.spawn(cancel(app.clone(), path));
        }
        let working = payments(&app);
        while !race.is_empty() {
            working.make_calls().await.unwrap();
            while let Some(answered) = race.try_join_next() {
                let status = answered.unwrap();
                assert!([200, 202].contains(&status), "{status}");
            }
        }
        working.make_calls().await.unwrap();
        app.settle().await;
        assert_eq!(deadlocks(&app).await, before);
    }

    async fn cancelling_and_a_parcel_that_leaves_wait_in_no_circle(app: TestApp) {
        let shop = furnish(&app, 1, 1_000).await;
        let paths = orders(&app, &shop, "invoice").await;
        let mut race = JoinSet::new();
        let before = deadlocks(&app).await;
        for path in paths {
            let packing = app.post(&format!("{path}/shipments")).as_role(Role::Admin);
            let packed = packing.json(json!({})).send().await.expect(201);
            let shipment = format!("/v1/shipments/{}", packed.field("id"));
            race.spawn(send(app.clone(), shipment));
            race.spawn(cancel(app.clone(), path));
        }
        for status in race.join_all().await {
            assert!([200, 409].contains(&status), "{status}");
        }
        app.settle().await;
        assert_eq!(deadlocks(&app).await, before);
    }

    async fn cancelling_and_stock_that_is_held_late_wait_in_no_circle(app: TestApp) {
        let shop = furnish(&app, 1, 1_000).await;
        set_answering(&app, false).await;
        let paths = orders(&app, &shop, "invoice").await;
        set_answering(&app, true).await;
        let before = deadlocks(&app).await;
        let mut shelf = hold_up(&app).await;
        let mut late = JoinSet::new();
        let settling = app.clone();
        late.spawn(async move { settling.settle().await });
        await_waiting(&mut shelf, 1).await;
        let mut race = JoinSet::new();
        for path in paths {
            race.spawn(cancel(app.clone(), path));
        }
        await_waiting(&mut shelf, 3).await;
        drop(shelf);
        for status in race.join_all().await {
            assert_eq!(status, 200);
        }
        late.join_all().await;
        app.settle().await;
        assert_eq!(deadlocks(&app).await, before);
        assert_eq!(level(&app, &shop.products[0]).await, (1_000, 0));
    }
}
