//! The change to suppressions of their own and to letters that go first, on a database that has
//! notices already.

use crate::shop::*;
use platform::Db;
use testkit::{TestApp, TestDatabase, on_both};
use uuid::Uuid;

async fn count(db: &Db, sql: &'static str) -> i64 {
    let mut tx = db.read().await.unwrap();
    tx.query(sql).fetch_one().await.unwrap().get("n").unwrap()
}

on_both! {
    async fn what_bounced_before_stays_suppressed_and_letters_that_wait_go_first(app: TestApp) {
        let database = TestDatabase::empty(app.engine()).await;
        let db = database.connect(&app.host().source).await;
        let migrations = crate::shop::app(app.host()).remove(0).migrations;
        db.migrate("notifications", &migrations[..3]).await.unwrap();
        let mut tx = db.begin().await.unwrap();
        for (nth, (kind, status)) in [("order_placed", "dead"), ("password_reset", "queued")]
            .into_iter()
            .enumerate()
        {
            tx.query(
                "insert into notifications_notice (id, told_of, kind, channel, person_id, details,
                     status, tries, next_at, deadline_at, version, created_at, updated_at)
                 values ($1, $2, $2, 'email', $1, 'null', $3, 1, 1, 1, 1, 1, 1)",
            )
            .bind(Uuid::from_u128(nth as u128)).bind(kind).bind(status).execute().await.unwrap();
        }
        // Two addresses that one notice showed, of which one is kept.
        for address in [vec![10_u8], vec![11]] {
            tx.query(
                "insert into notifications_suppression (address, notice_id, reason, suppressed_at)
                 values ($1, $2, 'smtp_550', 7)",
            )
            .bind(address).bind(Uuid::from_u128(0)).execute().await.unwrap();
        }
        tx.commit().await.unwrap();
        let applied = db.migrate("notifications", migrations).await.unwrap();
        assert_eq!(applied[..2], ["0004_urgent_first", "0005_suppressions"]);
        assert_eq!(count(&db, "select count(*) as n from notifications_suppressed s
            join notifications_notice n on n.id = s.notice_id and n.id = s.id
            where s.cause = 'bounce' and s.reason = 'smtp_550' and s.suppressed_at = 7
                and s.channel = 'email' and n.status = 'dead'").await, 1);
        assert_eq!(count(&db, "select count(*) as n from notifications_suppressed").await, 1);
        assert_eq!(count(&db, "select count(*) as n from notifications_notice
            where urgent and kind = 'password_reset'").await, 1);
        assert_eq!(count(&db, "select count(*) as n from notifications_notice
            where urgent").await, 1);
        db.close().await;
        database.end().await;
    }
}
