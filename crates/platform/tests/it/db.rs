//! The door: binds, bulk rows, errors, joined requests.

use crate::sample::{app, counter, step, tally};
use platform::db::joined::joined;
use platform::{DbError, Rows, Tx};
use testkit::{TestApp, on_both};
use uuid::Uuid;

async fn counters(tx: &mut Tx) -> u128 {
    let row = tx
        .query("select count(*) as counters from sample_counter")
        .fetch_one()
        .await;
    let counters: i64 = row.unwrap().get("counters").unwrap();
    counters.try_into().unwrap()
}

on_both! {
    async fn a_forgotten_bind_is_refused(app: TestApp) {
        let mut tx = app.host().db.read().await.unwrap();
        let refused = tx.query("select $1 as a, $2 as b").bind(1_i64).fetch_all().await;
        assert!(matches!(refused, Err(DbError::Bug(why)) if why.contains("1 binds for 2")));
    }

    async fn bulk_rows_come_back_as_they_went(app: TestApp) {
        let texts = ["", "it's \"quoted\" \\ back", "ünïcödé \u{1F600}", "line\nbreak\ttab"];
        let rows = Rows::new()
            .bigint("nth", vec![0, 1, 2, i64::MAX])
            .uuid("id", (0..4).map(Uuid::from_u128).collect())
            .optional_text("text", texts.iter().map(|one| Some((*one).to_owned())).collect())
            .optional_bigint("none", vec![None, Some(-1), None, Some(i64::MIN)])
            .boolean("flag", vec![true, false, true, false])
            .bytes("raw", vec![vec![], vec![0, 255], vec![1], vec![127, 128]]);
        let mut tx = app.host().db.read().await.unwrap();
        let back = tx
            .bulk(
                "select nth, id, text, none, flag, raw, {1} as extra from {rows} order by nth",
                rows,
            )
            .bind(7_i64)
            .fetch_all()
            .await
            .unwrap();
        assert_eq!(back.len(), 4);
        for (nth, row) in back.iter().enumerate() {
            assert_eq!(row.get::<Uuid>("id").unwrap(), Uuid::from_u128(nth as u128));
            assert_eq!(row.get::<Option<String>>("text").unwrap().as_deref(), Some(texts[nth]));
            assert_eq!(row.get::<bool>("flag").unwrap(), nth % 2 == 0);
        }
        assert_eq!(back[3].get::<i64>("nth").unwrap(), i64::MAX);
        assert_eq!(back[0].get::<Option<i64>>("none").unwrap(), None);
        assert_eq!(back[3].get::<Option<i64>>("none").unwrap(), Some(i64::MIN));
        assert_eq!(back[1].get::<Vec<u8>>("raw").unwrap(), [0, 255]);
    }

    async fn columns_of_unequal_length_are_refused(app: TestApp) {
        let rows = Rows::new().bigint("a", vec![1, 2]).bigint("b", vec![1]);
        let mut tx = app.host().db.read().await.unwrap();
        let refused = tx.bulk("select a, b from {rows}", rows).fetch_all().await;
        assert!(matches!(refused, Err(DbError::Bug(_))));
    }

    async fn optional_pieces_are_numbered_as_they_are_used(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        step(&mut tx, counter(1), false).await.unwrap();
        for (id, expected) in [(Some(counter(1)), 1), (Some(counter(2)), 0), (None, 1)] {
            let rows = tx
                .build("select value from sample_counter where value > ?")
                .bind(0_i64)
                .and("and id = ?", id)
                .push("limit ?")
                .bind(5_i64)
                .fetch_all()
                .await
                .unwrap();
            assert_eq!(rows.len(), expected);
        }
        tx.rollback().await.unwrap();
    }

    /// More often than there are readers: each is given back to be used again.
    async fn a_snapshot_sees_nothing_that_is_committed_after_it_was_taken(app: TestApp) {
        for count in 0..40 {
            let mut old = app.host().db.snapshot().await.unwrap();
            assert_eq!(counters(&mut old).await, count);
            let mut tx = app.host().db.begin().await.unwrap();
            let insert = "insert into sample_counter (id, value) values ($1, 0)";
            tx.query(insert).bind(counter(count)).execute().await.unwrap();
            tx.commit().await.unwrap();
            assert_eq!(counters(&mut old).await, count);
            let mut new = app.host().db.read().await.unwrap();
            assert_eq!(counters(&mut new).await, count + 1);
        }
    }

    async fn a_taken_key_is_named(app: TestApp) {
        let mut tx = app.host().db.begin().await.unwrap();
        let insert = "insert into sample_counter (id, value) values ($1, $2)";
        tx.query(insert).bind(counter(1)).bind(1_i64).execute().await.unwrap();
        let refused = tx.query(insert).bind(counter(1)).bind(1_i64).execute().await.unwrap_err();
        assert!(matches!(&refused, DbError::Unique(what) if what.contains("sample_counter")));
    }

    async fn a_migration_changed_after_it_was_applied_is_refused(app: TestApp) {
        let changed = platform::db::Migration { both: "select 1", ..crate::sample::MIGRATIONS[0] };
        let changed: &'static [platform::db::Migration] = Box::leak(Box::new([changed]));
        let refused = app.host().db.migrate("sample", changed).await;
        assert!(matches!(refused, Err(DbError::Bug(why)) if why.contains("was changed")));
        let again = app.host().db.migrate("sample", crate::sample::MIGRATIONS).await.unwrap();
        assert!(again.is_empty());
    }

    async fn a_joined_request_commits_once_or_not_at_all(app: TestApp) {
        let db = &app.host().db;
        let two_steps = async || {
            for _ in 0..2 {
                let mut tx = db.begin().await.unwrap();
                step(&mut tx, counter(1), false).await.unwrap();
                tx.commit().await.unwrap();
            }
            tally(db, counter(1)).await // the request reads what it wrote
        };
        let (seen, scope) = joined(two_steps()).await;
        assert_eq!(seen, Some((2, 2, 0)));
        scope.roll_back().await.unwrap();
        assert_eq!(tally(db, counter(1)).await, None);
        let (_, scope) = joined(two_steps()).await;
        scope.commit_with(db, async |tx| step(tx, counter(2), false).await).await.unwrap();
        assert_eq!(tally(db, counter(1)).await, Some((2, 2, 0)));
    }

    async fn committed_work_that_a_later_failure_undid_is_not_forgotten(app: TestApp) {
        let db = &app.host().db;
        let (_, scope) = joined(async {
            let mut tx = db.begin().await.unwrap();
            step(&mut tx, counter(1), false).await.unwrap();
            tx.commit().await.unwrap();
            drop(db.begin().await.unwrap()); // fails without committing
        })
        .await;
        assert!(scope.commit().await.is_err());
    }
}
