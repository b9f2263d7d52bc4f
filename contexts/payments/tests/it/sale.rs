//! How payments follow a sale, in whatever order its news come.

use crate::shop::{
    app, cancel, client, confirm, count, paid, payments, payments_of, place, placed, read, reserve,
    status, store, sums, text, the_payment, told, told_of_order, work,
};
use contracts::inventory::StockReserved;
use contracts::orders::{OrderCancelled, OrderConfirmed};
use kernel::{OrderId, UserId};
use platform::Cause;
use testkit::{TestApp, on_both};

on_both! {
    async fn money_is_set_aside_once_stock_is_held_and_taken_once_the_order_is_confirmed(
        app: TestApp
    ) {
        let order = place(&app, "sandbox", 99_999).await;
        assert_eq!(status(&app, order).await, "pending");
        work(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
        confirm(&app, order).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        assert_eq!(sums(&app, payment).await, ["999.99", "999.99", "0.00"]);
        assert_eq!(told(&app, payment).await, ["authorized", "captured"]);
        let history = read(&app, payment).await["history"].clone();
        let steps = [text(&history[0]["what"]), text(&history[1]["what"])];
        assert_eq!(steps, ["authorize", "capture"]);
    }

    async fn nobody_is_asked_for_money_before_stock_is_held(app: TestApp) {
        let order = app.host().source.id();
        app.publish(&placed(order, "sandbox", 500), 1).await;
        work(&app).await;
        assert_eq!(payments_of(&app, order).await.len(), 0);
        reserve(&app, order).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
    }

    async fn stock_that_is_heard_of_before_its_order_waits_for_it(app: TestApp) {
        let order = app.host().source.id();
        reserve(&app, order).await;
        app.publish(&placed(order, "sandbox", 500), 1).await;
        work(&app).await;
        assert_eq!(status(&app, order).await, "authorized");
    }

    async fn a_confirmation_that_overtakes_the_answer_has_the_money_taken_at_once(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        confirm(&app, order).await;
        work(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["authorized", "captured"]);
    }

    async fn a_thousand_and_more_is_declined(app: TestApp) {
        let order = place(&app, "sandbox", 100_000).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        assert_eq!(told(&app, payment).await, ["failed"]);
        let view = read(&app, payment).await;
        assert_eq!([text(&view["status"]), text(&view["reason"])], ["failed", "declined"]);
    }

    async fn a_method_nobody_takes_fails_at_once_so_that_the_sale_can_end(app: TestApp) {
        let order = place(&app, "barter", 500).await;
        assert_eq!(told_of_order(&app, order).await, ["failed"]);
    }

    async fn news_that_come_twice_make_one_payment(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        app.publish(&placed(order, "sandbox", 500), 2).await;
        let (order_id, store_id) = (order, store());
        app.publish(&StockReserved { order_id, store_id }, 2).await;
        work(&app).await;
        app.publish(&OrderConfirmed { order_id, store_id }, 3).await;
        app.publish(&OrderConfirmed { order_id, store_id }, 4).await;
        work(&app).await;
        app.publish(&OrderConfirmed { order_id, store_id }, 5).await;
        work(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["authorized", "captured"]);
    }

    async fn a_cancellation_before_the_call_withdraws_it(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        cancel(&app, order).await;
        work(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["failed"]);
        let tried = "select cast(sum(tries) as bigint) as n from payments_attempt";
        assert_eq!(count(&app, tried).await, 0);
    }

    async fn what_is_set_aside_for_a_cancelled_order_is_let_go_of(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        cancel(&app, order).await;
        work(&app).await;
        assert_eq!(told_of_order(&app, order).await, ["authorized", "voided"]);
        assert_eq!(status(&app, order).await, "voided");
    }

    async fn what_was_taken_for_a_cancelled_order_goes_back_once(app: TestApp) {
        let (order, payment) = paid(&app, 500).await;
        cancel(&app, order).await;
        work(&app).await;
        let reason = "again".to_owned();
        app.publish(&OrderCancelled { order_id: order, reason }, 4).await;
        work(&app).await;
        assert_eq!(told(&app, payment).await, ["authorized", "captured", "refunded"]);
        assert_eq!(sums(&app, payment).await, ["5.00", "5.00", "5.00"]);
    }

    async fn a_cancellation_that_overtakes_its_order_wins(app: TestApp) {
        let order: OrderId = app.host().source.id();
        let reason = "requested".to_owned();
        app.publish(&OrderCancelled { order_id: order, reason }, 1).await;
        app.publish(&placed(order, "sandbox", 500), 2).await;
        reserve(&app, order).await;
        work(&app).await;
        assert_eq!(payments_of(&app, order).await.len(), 0);
    }

    async fn cash_over_the_counter_is_in_the_ledger_a_moment_later(app: TestApp) {
        let order = place(&app, "cash", 1_234).await;
        payments(&app).book_cash().await.expect("it is booked");
        payments(&app).book_cash().await.expect("nothing is left");
        let payment = the_payment(&app, order).await;
        assert_eq!(sums(&app, payment).await, ["12.34", "12.34", "0.00"]);
        assert_eq!(told(&app, payment).await.len(), 0, "orders knew of it from the start");
    }

    async fn cash_that_a_customer_promises_is_not_in_the_ledger(app: TestApp) {
        let order = app.host().source.id();
        let buyer = UserId::from_uuid(client().uuid());
        let cause = Cause { actor: format!("user/{buyer}"), ..Cause::system() };
        cause.scope(app.publish(&placed(order, "cash", 500), 1)).await;
        reserve(&app, order).await;
        payments(&app).book_cash().await.expect("nothing is to be booked");
        assert_eq!(payments_of(&app, order).await.len(), 0);
    }

    async fn who_has_an_order_told_again_has_not_taken_its_money(app: TestApp) {
        let order = app.host().source.id();
        let buyer = format!("user/{}", UserId::from_uuid(client().uuid()));
        let buying = Cause { actor: buyer, ..Cause::system() };
        let mut tx = app.host().db.begin().await.expect("the database answers");
        tx.publish_as(&buying, &placed(order, "cash", 500), 1).expect("it is published");
        tx.publish_as(&Cause::system(), &placed(order, "cash", 500), 2).expect("and again");
        tx.commit().await.expect("both are heard in one batch");
        reserve(&app, order).await;
        payments(&app).book_cash().await.expect("nothing is to be booked");
        assert_eq!(payments_of(&app, order).await.len(), 0);
    }

    async fn an_order_that_is_refused_while_it_is_placed_leaves_nothing_behind(app: TestApp) {
        let order: OrderId = app.host().source.id();
        let mut tx = app.host().db.begin().await.expect("the database answers");
        tx.publish(&placed(order, "cash", 500), 1).expect("it is published");
        tx.deliver_published().await.expect("nobody holds stock");
        tx.retract(order.uuid());
        tx.commit().await.expect("nothing is left");
        assert_eq!(count(&app, "select count(*) as n from payments_order").await, 0);
    }

    async fn a_batch_of_orders_paid_by_hand_costs_one_statement(app: TestApp) {
        let mut spent = Vec::new();
        for method in ["invoice", "cash"] {
            for size in [1, 64] {
                let mut tx = app.host().db.begin().await.expect("the database answers");
                for _ in 0..size {
                    let (order_id, store_id) = (app.host().source.id(), store());
                    tx.publish(&placed(order_id, method, 500), 1).expect("it is published");
                    tx.publish(&StockReserved { order_id, store_id }, 1).expect("it is published");
                    tx.publish(&OrderConfirmed { order_id, store_id }, 2).expect("it is published");
                }
                let before = app.host().db.statements();
                tx.commit().await.expect("it commits");
                spent.push(app.host().db.statements() - before);
            }
        }
        // The others look for what must come first, keep a savepoint, and write the log.
        assert!(spent.iter().all(|one| *one <= 6), "{spent:?} statements");
        payments(&app).book_cash().await.expect("it is booked");
        assert_eq!(count(&app, "select count(*) as n from payments_entry").await, 65);
    }

    async fn a_round_of_64_calls_costs_no_more_statements_than_a_round_of_one(app: TestApp) {
        let mut spent = Vec::new();
        for size in [1_usize, 64] {
            for _ in 0..size {
                place(&app, "sandbox", 500).await;
            }
            let before = app.host().db.statements();
            work(&app).await;
            spent.push(app.host().db.statements() - before);
        }
        assert!(spent[1] <= spent[0] + 2, "{spent:?}: two to look whether more is due");
        let authorized = "select count(*) as n from payments_payment where status = 'authorized'";
        assert_eq!(count(&app, authorized).await, 65);
    }
}
