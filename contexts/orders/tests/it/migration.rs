//! The change to a record of waiting sales, on a database that has orders already.

use platform::{Host, Source};
use testkit::{TestApp, TestDatabase, on_both};

fn app(host: &Host) -> Vec<platform::Module> {
    crate::shop::app(host)
}

on_both! {
    async fn orders_outlive_the_change(app: TestApp) {
        let database = TestDatabase::empty(app.engine()).await;
        let db = database.connect(&Source::system()).await;
        let migrations = crate::shop::app(app.host()).remove(0).migrations;
        db.migrate("orders", &migrations[..1]).await.unwrap();
        let ids: Vec<uuid::Uuid> = (1..=2).map(uuid::Uuid::from_u128).collect();
        let mut tx = db.begin().await.unwrap();
        for (nth, (status, payment, fulfilment, reference)) in [
            ("pending", "unpaid", "unfulfilled", None),
            ("returned", "refund_due", "returned", Some("R")),
        ].into_iter().enumerate() {
            tx.query(
                "insert into orders_order (id, serial, status, payment_method, payment_status,
                     fulfilment_status, client_id, currency, total_minor, reference, created_at,
                     updated_at, version)
                 values ($1, $2, $3, 'invoice', $4, $5, $1, 'CAD', 0, $6, 1, 5, 1)",
            )
            .bind(ids[nth]).bind(nth as i64).bind(status).bind(payment).bind(fulfilment)
            .bind(reference).execute().await.unwrap();
        }
        tx.query("insert into orders_return (id, order_id, restock, total_minor, returned_at)
                 values ($1, $1, false, 0, 1)").bind(ids[1]).execute().await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(db.migrate("orders", migrations).await.unwrap()[0], "0002_saga");

        let mut tx = db.begin().await.unwrap();
        let rows = tx.query("select status, payment_status, fulfilment_status, version
                 from orders_order order by serial").fetch_all().await.unwrap();
        let text = |nth: usize, column: &str| rows[nth].get::<String>(column).unwrap();
        assert_eq!(text(0, "payment_status"), "unpaid");
        assert_eq!((text(1, "status").as_str(), text(1, "payment_status").as_str(),
            text(1, "fulfilment_status").as_str()), ("returned", "refund_due", "returned"));
        let saga = tx.query("select order_id, step, state, deadline_at from orders_saga")
            .fetch_all().await.unwrap();
        assert_eq!(saga.len(), 1);
        assert_eq!(saga[0].get::<uuid::Uuid>("order_id").unwrap(), ids[0]);
        assert_eq!(saga[0].get::<i64>("deadline_at").unwrap(), 900_000_005);
        // The indexes and keys are still there.
        let twice = tx.query("update orders_order set reference = 'R'").execute().await;
        assert!(twice.unwrap_err().is_unique("reference"));
        drop(tx);
        let mut tx = db.begin().await.unwrap();
        let gone = tx.query("delete from orders_order").execute().await;
        assert!(matches!(gone, Err(platform::DbError::ForeignKey)), "{gone:?}");
        drop(tx);
        db.close().await;
        database.end().await;
    }
}
