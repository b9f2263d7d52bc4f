//! Holding things before their rows are locked: who holds them, who waits, and what undoes it.
//! On SQLite a transaction that writes holds everything, so nobody else is there to ask.

use crate::sample::app;
use kernel::OrderId;
use platform::{Db, Engine, Tx};
use std::time::Duration;
use testkit::{TestApp, on_both};
use uuid::Uuid;

fn order(nth: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(nth))
}

async fn begin(db: &Db) -> Tx {
    db.begin().await.unwrap()
}

on_both! {
    async fn what_is_free_is_held_and_what_is_not_is_left_out(app: TestApp) {
        let db = &app.host().db;
        let mut first = begin(db).await;
        first.hold([order(1)]).await.unwrap();
        if db.engine() == Engine::Postgres {
            let mut second = begin(db).await;
            let free = second.hold_free(vec![order(1), order(2)]).await.unwrap();
            assert_eq!(Vec::from_iter(free), [order(2)]);
            second.rollback().await.unwrap();
        }
        let mine = first.hold_free(vec![order(1), order(2)]).await.unwrap();
        assert_eq!(mine.len(), 2, "{mine:?}");
        first.commit().await.unwrap();
        let free = begin(db).await.hold_free(vec![order(1)]).await.unwrap();
        assert_eq!(free.len(), 1);
    }

    async fn what_is_held_already_costs_no_statement(app: TestApp) {
        let db = &app.host().db;
        let mut tx = begin(db).await;
        tx.hold([order(1), order(2)]).await.unwrap();
        let before = db.statements();
        tx.hold([order(2), order(1)]).await.unwrap();
        assert_eq!(db.statements(), before);
    }

    async fn whoever_wants_what_is_held_waits(app: TestApp) {
        let db = app.host().db.clone();
        let mut first = begin(&db).await;
        first.hold([order(1)]).await.unwrap();
        let mut waits = tokio::spawn(async move {
            let mut second = begin(&db).await;
            second.hold([order(1)]).await.unwrap();
        });
        let patience = Duration::from_millis(200);
        assert!(tokio::time::timeout(patience, &mut waits).await.is_err());
        first.rollback().await.unwrap();
        waits.await.unwrap();
    }
}
