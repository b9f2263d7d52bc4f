//! How the engines go about choosing what is due while they know nothing of the table: that is when
//! PostgreSQL plans the statements, which it then keeps.

use crate::shop::{app, explained};
use platform::Engine;
use testkit::{TestApp, on_both};

/// The statement that claims, as it stands in the source.
fn claim() -> String {
    let source = include_str!("../../../src/webhook/store/due.rs");
    let begin = source
        .find("update notifications_webhook_delivery")
        .unwrap();
    let end = source[begin..].find("returning id").unwrap();
    source[begin..begin + end].to_owned()
}

async fn plan(app: &TestApp) -> String {
    let id = match app.engine() {
        Engine::Sqlite => "x'00'",
        Engine::Postgres => "'00000000-0000-0000-0000-000000000001'::uuid",
    };
    let statement = claim().replace("$1", id).replace("$2", id);
    let statement = statement.replace("$3", "9").replace("$4", "9");
    explained(app, "", &statement.replace("$5", "16")).await
}

on_both! {
    async fn claiming_goes_by_due_by_order_and_by_key_whatever_is_known_of_the_table(app: TestApp) {
        let plan = plan(&app).await;
        let key = match app.engine() {
            Engine::Sqlite => "sqlite_autoindex_notifications_webhook_delivery_1 (id=?)",
            Engine::Postgres => "notifications_webhook_delivery_pkey",
        };
        for index in ["notifications_webhook_delivery_due",
            "notifications_webhook_delivery_order", key]
        {
            assert_eq!(plan.matches(index).count(), 1, "{index}: {plan}");
        }
        for work in ["Seq Scan", "Join Filter", "Bitmap", "SCAN"] {
            assert!(!plan.contains(work), "{work}: {plan}");
        }
    }
}
