//! An event that nobody can read parks its own order and nothing else; once it is put right,
//! `comptoir events replay` brings it and what waited behind it, in order.

pub use crate::shop::app;

use crate::shop::{Furnished, furnish, order, place};
use platform::Source;
use platform::auth::Role;
use platform::events::{ParkedDelivery, list_parked};
use serde_json::{Value, json};
use std::process::Command;
use std::time::Duration;
use testkit::{Engine, TestApp, on_both};
use uuid::Uuid;

const NOTICES: &str = "notifications.on-order";
const CONFIRMED: &str = "comptoir.orders.order-confirmed.v1";

/// Runs `comptoir` beside the app, over its database, as an operator would.
fn comptoir(app: &TestApp, words: &[&str]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let ran = Command::new(env!("CARGO_BIN_EXE_comptoir"))
        .args(words)
        .env_clear()
        .env("DATABASE_URL", app.database_url())
        .env("COMPTOIR_DATA_DIR", folder.path())
        .env("COMPTOIR_SECRET", "the secret that every test knows")
        .env("COMPTOIR_LOG", "warn")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(ran.status.success(), "{words:?}: {}", text(&ran.stderr));
    text(&ran.stdout)
}

/// The operator's clock is the machine's; the app's goes on from the same moment.
fn join_the_present(app: &TestApp) {
    let (now, begun) = (Source::system().now(), app.host().source.now());
    let behind = u64::try_from(now.unix_micros() - begun.unix_micros()).unwrap();
    app.clock_advance(Duration::from_micros(behind));
}

async fn buy(app: &TestApp, shop: &Furnished, key: &str) -> String {
    let body = order(&shop.client, &[&shop.products[0]]);
    place(app, key, &body).await.expect(201).field("id")
}

async fn cancel(app: &TestApp, order: &str) {
    let cancel = app.post(&format!("/v1/orders/{order}/cancel"));
    let cancel = cancel.as_role(Role::Clerk).json(json!({}));
    cancel.send().await.expect(200);
}

/// The kinds of an order's mail, the oldest first.
async fn mail_of(app: &TestApp, order: &str) -> Vec<String> {
    let path = format!("/v1/notifications?channel=email&order_id={order}");
    let page = app.get(&path).as_role(Role::Clerk).send().await;
    let page = page.expect(200).json();
    let kinds = page["items"].as_array().unwrap().iter().rev();
    kinds
        .map(|one| one["kind"].as_str().unwrap().to_owned())
        .collect()
}

/// The data of the newest event of a kind, and its aggregate.
async fn newest(app: &TestApp, kind: &str) -> (Uuid, String) {
    let mut tx = app.host().db.read().await.unwrap();
    let query = tx.query(
        "select aggregate_id, data from event_log where kind = $1 order by pos desc, nth desc
         limit 1",
    );
    let row = query.bind(kind).fetch_one().await.unwrap();
    (row.get("aggregate_id").unwrap(), row.get("data").unwrap())
}

/// The log is append-only: its guard is off for as long as somebody damages it.
async fn damage_log(app: &TestApp, kind: &str, aggregate: Uuid) {
    let (guard_off, guard_on) = match app.engine() {
        Engine::Sqlite => (
            "drop trigger event_log_read_only_update",
            "create trigger event_log_read_only_update before update on event_log
             begin select raise(abort, 'the event log is append-only'); end",
        ),
        Engine::Postgres => (
            "alter table event_log disable trigger event_log_read_only",
            "alter table event_log enable trigger event_log_read_only",
        ),
    };
    let mut tx = app.host().db.begin().await.unwrap();
    tx.query(guard_off).execute().await.unwrap();
    tx.query("update event_log set data = '{}' where kind = $1 and aggregate_id = $2")
        .bind(kind)
        .bind(aggregate)
        .execute()
        .await
        .unwrap();
    tx.query(guard_on).execute().await.unwrap();
    tx.commit().await.unwrap();
}

/// Puts right what is parked of an aggregate.
async fn repair(app: &TestApp, aggregate: Uuid, data: &str) {
    let mut tx = app.host().db.begin().await.unwrap();
    let query = tx.query(
        "select subscription, version, envelope from event_parked
         where aggregate_id = $1 and state = 'dead'",
    );
    for row in query.bind(aggregate).fetch_all().await.unwrap() {
        let envelope: String = row.get("envelope").unwrap();
        let mut envelope: Value = serde_json::from_str(&envelope).unwrap();
        envelope["data"] = json!(data);
        tx.query(
            "update event_parked set envelope = $4
             where aggregate_id = $1 and subscription = $2 and version = $3",
        )
        .bind(aggregate)
        .bind(row.get::<String>("subscription").unwrap())
        .bind(row.get::<i64>("version").unwrap())
        .bind(envelope.to_string())
        .execute()
        .await
        .unwrap();
    }
    tx.commit().await.unwrap();
}

/// Waits until something is parked; the runners, once started, go on.
async fn until_parked(app: &TestApp, wanted: impl Fn(&[ParkedDelivery]) -> bool) {
    let waiting = tokio::spawn({
        let app = app.clone();
        async move { app.settle().await }
    });
    while !wanted(&list_parked(&app.host().db).await.unwrap()) {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    waiting.abort();
    // Its share of the app must be gone before the app may end.
    let _ = waiting.await;
}

on_both! {
    async fn an_event_nobody_can_read_parks_its_own_order_and_is_replayed_once_mended(
        app: TestApp
    ) {
        join_the_present(&app);
        let shop = furnish(&app, 1, 5).await;
        let poisoned = buy(&app, &shop, "one").await;
        let (aggregate, data) = newest(&app, CONFIRMED).await;
        damage_log(&app, CONFIRMED, aggregate).await;
        cancel(&app, &poisoned).await;
        let other = buy(&app, &shop, "two").await;
        cancel(&app, &other).await;

        until_parked(&app, |parked| {
            let of = |state: &str| parked.iter()
                .any(|one| one.subscription == NOTICES && one.state == state);
            of("dead") && of("behind")
        }).await;
        let later = buy(&app, &shop, "three").await;
        while mail_of(&app, &later).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        assert_eq!(mail_of(&app, &other).await, ["order_placed", "order_cancelled"]);
        assert_eq!(mail_of(&app, &poisoned).await, [""; 0]);
        let parked = list_parked(&app.host().db).await.unwrap();
        assert!(parked.iter().all(|one| one.aggregate_id == aggregate), "{parked:#?}");
        let said = comptoir(&app, &["events", "parked"]);
        for word in [NOTICES, CONFIRMED, "dead", "behind", &aggregate.to_string()] {
            assert!(said.contains(word), "{word} is not in {said}");
        }

        // Nothing is mended yet: it is parked again, and what waits behind it goes on waiting.
        let replayed = format!("{} deliveries are due now", parked.iter()
            .filter(|one| one.state == "dead").count());
        assert!(comptoir(&app, &["events", "replay"]).starts_with(&replayed));
        app.clock_advance(Duration::from_secs(60));
        until_parked(&app, |now| now.len() == parked.len() && now.iter().all(|one| {
            one.state == "behind" || (one.state == "dead" && one.attempts > 0)
        })).await;
        assert_eq!(mail_of(&app, &poisoned).await, [""; 0]);

        repair(&app, aggregate, &data).await;
        comptoir(&app, &["events", "replay"]);
        app.clock_advance(Duration::from_secs(60));
        while !list_parked(&app.host().db).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        app.settle().await;
        assert_eq!(mail_of(&app, &poisoned).await, ["order_placed", "order_cancelled"]);
        assert_eq!(comptoir(&app, &["events", "parked"]).trim(), "nothing is parked");
    }
}
