//! Everybody at once: never more back than was taken, nothing kept of a cancelled order.

use crate::shop::{
    app, cancel, confirm, count, paid, payments, place, read, refund, status, sums, told, work,
};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};
use tokio::task::JoinSet;

on_both! {
    async fn refunds_that_race_never_give_back_more_than_was_taken(app: TestApp) {
        let (_, payment) = paid(&app, 1_000).await;
        let mut clerks = JoinSet::new();
        for _ in 0..30 {
            let app = app.clone();
            clerks.spawn(async move {
                let answer = refund(&app, payment, "1.00").await;
                work(&app).await;
                answer.status
            });
        }
        let mut made = 0;
        while let Some(status) = clerks.join_next().await {
            let status = status.expect("a clerk is answered");
            assert!([201, 409, 503].contains(&status), "{status}");
            made += i64::from(status == 201);
        }
        work(&app).await;
        let back = sums(&app, payment).await;
        assert_eq!(back[2], format!("{made}.00"));
        assert!(made <= 10, "{made} refunds of a tenth");
        assert_eq!(refund(&app, payment, "9.01").await.status, 409);
    }

    async fn a_cancellation_races_with_the_capture(app: TestApp) {
        let mut orders = Vec::new();
        for _ in 0..16 {
            orders.push(place(&app, "sandbox", 500).await);
        }
        work(&app).await;
        let mut tasks = JoinSet::new();
        for order in orders.clone() {
            let app = app.clone();
            tasks.spawn(async move {
                confirm(&app, order).await;
                tokio::join!(cancel(&app, order), work(&app));
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect("both are heard");
        }
        work(&app).await;
        for order in orders {
            let end = status(&app, order).await;
            assert!(["voided", "refunded"].contains(&end.as_str()), "{end}");
        }
        let kept = "select cast(sum(authorized_minor - voided_minor - refunded_minor) as bigint)
            as n from payments_payment";
        assert_eq!(count(&app, kept).await, 0);
    }

    async fn the_truth_told_many_times_at_once_moves_money_once(app: TestApp) {
        let order = place(&app, "sandbox", 500).await;
        work(&app).await;
        confirm(&app, order).await;
        let payment = crate::shop::the_payment(&app, order).await;
        let mut tasks = JoinSet::new();
        for _ in 0..12 {
            let (asking, working) = (payments(&app), payments(&app));
            tasks.spawn(async move {
                asking.ask(payment).await.expect("the sandbox answers");
                working.make_calls().await.expect("calls are made");
            });
        }
        while let Some(task) = tasks.join_next().await {
            task.expect("nobody fails");
        }
        work(&app).await;
        assert_eq!(sums(&app, payment).await, ["5.00", "5.00", "0.00"]);
        assert_eq!(told(&app, payment).await, ["authorized", "captured"]);
    }

    async fn two_who_pay_for_one_order_at_once_pay_once(app: TestApp) {
        let order = place(&app, "invoice", 500).await;
        let path = format!("/v1/orders/{order}/payments");
        let mut tasks = JoinSet::new();
        for nth in 0..12 {
            let (app, path) = (app.clone(), path.clone());
            let method = if nth % 2 == 0 { "invoice" } else { "sandbox" };
            tasks.spawn(async move {
                let body = json!({"method": method});
                app.post(&path).as_role(Role::Clerk).json(body).send().await.status
            });
        }
        let mut made = 0;
        while let Some(status) = tasks.join_next().await {
            let status = status.expect("everybody is answered");
            assert!([201, 409].contains(&status), "{status}");
            made += usize::from(status == 201);
        }
        assert_eq!(made, 1);
        work(&app).await;
        let payment = crate::shop::the_payment(&app, order).await;
        assert_eq!(read(&app, payment).await["captured"]["amount"], "5.00");
    }
}
