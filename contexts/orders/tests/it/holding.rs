//! News of several orders, told to several reactions in one transaction: whoever holds several of
//! the same orders meanwhile waits in no circle with it. On PostgreSQL: SQLite has one writer.

use crate::shop::app;
use contracts::inventory::StockReserved;
use contracts::payments::PaymentAuthorized;
use kernel::{OrderId, PaymentId, StoreId};
use platform::db::DbOptions;
use platform::{Db, Engine, Tx};
use std::time::Duration;
use testkit::{Setup, TestApp};
use uuid::Uuid;

fn order(nth: u128) -> OrderId {
    OrderId::from_uuid(Uuid::from_u128(nth))
}

/// From a process at which no context is at home: all of it is left to the runner.
async fn tell(elsewhere: &Db, stock_of: OrderId, money_of: OrderId) {
    let mut tx = elsewhere.begin().await.unwrap();
    let reserved = StockReserved {
        order_id: stock_of,
        store_id: StoreId::from_uuid(Uuid::from_u128(1)),
    };
    let authorized = PaymentAuthorized {
        payment_id: PaymentId::from_uuid(money_of.uuid()),
        order_id: money_of,
        amount_minor: 100,
        currency: "CAD".to_owned(),
    };
    tx.publish(&reserved, 1).unwrap();
    tx.publish(&authorized, 1).unwrap();
    tx.commit().await.unwrap();
}

async fn somebody_waits(tx: &mut Tx) {
    let sql = "select count(*) as waiting from pg_locks l join pg_database d on d.oid = l.database
        where not l.granted and d.datname = current_database()";
    loop {
        let row = tx.query(sql).fetch_one().await.unwrap();
        if row.get::<i64>("waiting").unwrap() > 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn body(app: TestApp) {
    let source = app.host().source.clone();
    let elsewhere = Db::connect(app.database_url(), DbOptions::default(), source);
    let elsewhere = elsewhere.await.unwrap();
    // Whichever of the reactions comes first, in one of the rounds it wants the later order.
    for (stock_of, money_of) in [(2, 1), (3, 4)] {
        tell(&elsewhere, order(stock_of), order(money_of)).await;
        let mut other = app.host().db.begin().await.unwrap();
        other.hold([order(stock_of.min(money_of))]).await.unwrap();
        let settling = app.clone();
        let settling = tokio::spawn(async move { settling.settle().await });
        somebody_waits(&mut other).await;
        let later = vec![order(stock_of.max(money_of))];
        let free = other.hold_free(later).await.unwrap();
        assert_eq!(
            free.len(),
            1,
            "the runner has one order and waits for the other"
        );
        other.commit().await.unwrap();
        settling.await.unwrap();
    }
    elsewhere.close().await;
}

#[test]
fn news_of_several_orders_and_who_holds_several_wait_in_no_circle() {
    testkit::run(Setup::new(Engine::Postgres, app), body);
}
