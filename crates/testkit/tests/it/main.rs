//! The test kit's own promises, each seen red: what it watches over must fail a test that leaves
//! it behind.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use kernel::Event;
use platform::{Audit, Db, DbError, Delivered, Engine, Host, Module, Reaction, Subscriptions, Tx};
use serde::{Deserialize, Serialize};
use testkit::{Setup, TestApp, on_both};
use uuid::Uuid;

/// Something that happened in another context.
#[derive(Clone, Serialize, Deserialize)]
struct BellRang {
    bell: Uuid,
}

impl Event for BellRang {
    const TYPE: &'static str = "comptoir.tests.bell-rang.v1";
    const AGGREGATE: &'static str = "bell";

    fn aggregate_id(&self) -> Uuid {
        self.bell
    }
}

/// Hears every bell, or fails at every one.
struct OnBellRang {
    deaf: bool,
}

impl Reaction for OnBellRang {
    type Event = BellRang;
    const NAME: &'static str = "tests.on-bell-rang";

    async fn handle(&self, _: &mut Tx, _: &[Delivered<BellRang>]) -> Result<(), DbError> {
        if self.deaf {
            Err(DbError::Bug("heard nothing".to_owned()))
        } else {
            Ok(())
        }
    }
}

fn app(_: &Host) -> Vec<Module> {
    vec![Module::new("tests").subscriptions(Subscriptions::new().on(OnBellRang { deaf: false }))]
}

fn deaf(_: &Host) -> Vec<Module> {
    vec![Module::new("tests").subscriptions(Subscriptions::new().on(OnBellRang { deaf: true }))]
}

fn dirty(_: &Host) -> Vec<Module> {
    const AUDITS: &[Audit] = &[Audit {
        name: "always-dirty",
        sql: "select 'it' as subject, 'is dirty' as finding",
    }];
    vec![Module::new("tests").audits(AUDITS)]
}

async fn ring(app: TestApp) {
    app.publish(
        &BellRang {
            bell: Uuid::from_u128(7),
        },
        1,
    )
    .await;
}

/// The message of the panic with which a test ends.
fn failure(setup: Setup, body: impl AsyncFnOnce(TestApp)) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| testkit::run(setup, body))).unwrap_err();
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap()
}

on_both! {
    async fn a_handled_event_leaves_nothing_behind(app: TestApp) {
        ring(app.clone()).await;
        app.settle().await;
        app.audit().await;
    }

    async fn each_test_has_a_database_of_its_own(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        tx.query("create table tests_note (id uuid primary key)").execute().await.unwrap();
        tx.commit().await.unwrap();
        let other = TestApp::start(Setup::new(app.engine(), super::app)).await;
        let mut tx = other.host().db.begin().await.unwrap();
        tx.query("create table tests_note (id uuid primary key)").execute().await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn the_clock_stands_still_until_it_is_pushed(app: TestApp) {
        let before = app.host().source.now();
        assert_eq!(before.to_string(), "2026-03-02T14:00:00Z");
        app.clock_advance(Duration::from_secs(60));
        assert_eq!(app.host().source.now(), before.plus(Duration::from_secs(60)));
    }

    async fn an_unknown_path_is_answered_by_the_real_stack(app: TestApp) {
        let answer = app.get("/v1/nothing").send().await.expect(404);
        assert_eq!(answer.code(), "RESOURCE_NOT_FOUND");
        assert!(answer.header("x-request-id").is_some());
    }
}

#[test]
fn an_event_left_unhandled_fails_the_test() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let said = failure(Setup::new(engine, deaf), ring);
        assert!(
            said.contains("events were parked") && said.contains("heard nothing"),
            "{said}"
        );
    }
}

#[test]
fn a_dirty_audit_fails_the_test() {
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let said = failure(Setup::new(engine, dirty), async |_| {});
        assert!(
            said.contains("audits found") && said.contains("always-dirty"),
            "{said}"
        );
    }
}

#[test]
fn an_app_that_is_merely_dropped_is_checked_too() {
    let said = failure(Setup::new(Engine::Sqlite, app), async |_| {
        drop(TestApp::start(Setup::new(Engine::Sqlite, dirty)).await);
    });
    assert!(said.contains("audits found"), "{said}");
}

#[test]
fn the_failure_of_the_body_is_the_failure_of_the_test() {
    let said = failure(Setup::new(Engine::Sqlite, dirty), async |_| {
        panic!("the body's own words")
    });
    assert_eq!(said, "the body's own words");
}

#[test]
fn a_database_is_gone_after_its_test_even_a_failed_one() {
    let mut url = String::new();
    failure(Setup::new(Engine::Postgres, app), async |app| {
        url = app.database_url().to_owned();
        panic!("on purpose");
    });
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let opened = Db::connect(&url, Default::default(), platform::Source::system()).await;
        assert!(opened.is_err(), "{url} is still there");
    });
}
