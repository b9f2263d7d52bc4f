//! Rows that an optimistic transaction keeps: found by whatever reads, sent in one call, and lost
//! together with what was wrong with one of them.

use crate::sample::app;
use platform::{Db, DbError, Engine, Rows, Tx};
use testkit::{TestApp, on_both};
use uuid::Uuid;

const COUNTER: &str = "insert into sample_counter (id, value) select id, value from {rows}";
const CURE: &str = "insert into sample_cure (id) select id from {rows}";

async fn count(tx: &mut Tx) -> i64 {
    let row = tx
        .query(
            "select (select count(*) from sample_counter)
                 + (select count(*) from sample_cure) as n",
        )
        .fetch_one()
        .await;
    row.unwrap().get("n").unwrap()
}

async fn write(tx: &mut Tx, ids: [u128; 2]) -> Result<(), DbError> {
    let id = |id: u128| Rows::new().uuid("id", vec![Uuid::from_u128(id)]);
    tx.write(COUNTER, id(ids[0]).bigint("value", vec![1]))
        .await?;
    tx.write(CURE, id(ids[1])).await
}

async fn optimistic(db: &Db) -> Tx {
    db.begin_optimistic().await.unwrap()
}

/// As [`count`], in no transaction.
async fn count_apart(tx: &mut Tx) -> i64 {
    let row = tx.query("select count(*) as n from sample_counter").apart();
    row.fetch_one().await.unwrap().get("n").unwrap()
}

on_both! {
    async fn what_was_kept_is_found_by_the_next_statement(app: TestApp) {
        let mut tx = optimistic(&app.host().db).await;
        write(&mut tx, [1, 2]).await.unwrap();
        assert_eq!(count(&mut tx).await, 2);
        write(&mut tx, [3, 4]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(count(&mut app.host().db.read().await.unwrap()).await, 4);
    }

    async fn rows_kept_for_the_end_are_one_statement(app: TestApp) {
        let db = &app.host().db;
        let statements = db.statements();
        let mut tx = optimistic(db).await;
        write(&mut tx, [1, 2]).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.statements() - statements, 1);
    }

    async fn what_was_read_before_is_no_part_of_it(app: TestApp) {
        let db = &app.host().db;
        let mut tx = optimistic(db).await;
        assert_eq!(count_apart(&mut tx).await, 0);
        if db.engine() == Engine::Postgres {
            // Nobody else could write otherwise, and the first would not see it.
            let mut other = db.begin().await.unwrap();
            write(&mut other, [1, 2]).await.unwrap();
            other.commit().await.unwrap();
            assert_eq!(count_apart(&mut tx).await, 1);
        }
        write(&mut tx, [3, 4]).await.unwrap();
        tx.commit().await.unwrap();
        assert!(count_apart(&mut db.read().await.unwrap()).await >= 1);
    }

    async fn once_it_has_written_it_reads_what_it_wrote_and_can_be_undone(app: TestApp) {
        let db = &app.host().db;
        let mut tx = optimistic(db).await;
        write(&mut tx, [1, 2]).await.unwrap();
        assert_eq!(count_apart(&mut tx).await, 1);
        tx.rollback().await.unwrap();
        let mut tx = optimistic(db).await;
        write(&mut tx, [1, 2]).await.unwrap();
        drop(tx);
        assert_eq!(count(&mut db.read().await.unwrap()).await, 0);
    }

    async fn it_is_durable_also_where_others_hung_up_while_they_began(app: TestApp) {
        let db = &app.host().db;
        for nth in 1..=20 {
            for _ in 0..8 {
                // Polled once it has asked for a transaction, and is gone before the answer.
                let mut begin = Box::pin(db.begin());
                let _ = futures::poll!(&mut begin);
            }
            let mut tx = optimistic(db).await;
            write(&mut tx, [2 * nth, 2 * nth + 1]).await.unwrap();
            tx.commit().await.unwrap();
            let seen = count(&mut db.read().await.unwrap()).await;
            assert_eq!(seen, i64::try_from(2 * nth).unwrap());
        }
    }

    async fn what_is_wrong_with_one_of_them_undoes_all(app: TestApp) {
        let db = &app.host().db;
        let mut tx = optimistic(db).await;
        write(&mut tx, [1, 2]).await.unwrap();
        write(&mut tx, [3, 2]).await.unwrap();
        let refused = tx.commit().await;
        assert!(matches!(refused, Err(DbError::Unique(_))), "{refused:?}");
        assert_eq!(count(&mut db.read().await.unwrap()).await, 0);
    }

    async fn others_learn_at_once_what_is_wrong(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        write(&mut tx, [1, 2]).await.unwrap();
        let refused = write(&mut tx, [1, 3]).await;
        assert!(matches!(refused, Err(DbError::Unique(_))), "{refused:?}");
    }
}
