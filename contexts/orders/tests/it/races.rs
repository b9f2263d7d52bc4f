//! Everything at once: an order ends in one of the ways it may, whoever is first.

use crate::sale::*;
use crate::shop::*;
use testkit::{TestApp, on_both};

on_both! {
    async fn stock_money_and_cancellation_at_once_leave_money_to_be_let_go_of(app: TestApp) {
        furnish(&app).await;
        for _ in 0..16 {
            let id = pending(&app, "sandbox").await;
            let (_, _, cancelled, ()) = tokio::join!(
                reserve(&app, id),
                payment(&app, id, "authorized", 1),
                cancel(&app, id),
                look(&app),
            );
            cancelled.expect(200);
            assert_eq!(stands(&app, id).await, ["cancelled", "authorized", "unfulfilled"]);
            assert_eq!(waits(&app, id).await, ("void".to_owned(), "compensating".to_owned()));
            payment(&app, id, "voided", 2).await;
        }
    }

    async fn a_cancellation_and_a_parcel_at_once_end_one_way_or_the_other(app: TestApp) {
        furnish(&app).await;
        for nth in 0..16 {
            let id = paid(&app).await;
            let leave = async {
                if nth % 2 == 0 {
                    tokio::task::yield_now().await;
                }
                dispatch(&app, id, 1, (2, 1)).await;
            };
            let (answer, ()) = tokio::join!(cancel(&app, id), leave);
            let [status, money, goods] = stands(&app, id).await;
            assert_eq!(goods, "fulfilled");
            match answer.status {
                200 => assert_eq!((status.as_str(), money.as_str()), ("cancelled", "refund_due")),
                409 => {
                    assert_eq!((status.as_str(), money.as_str()), ("shipped", "paid"));
                }
                other => panic!("{other}: {}", answer.text()),
            }
        }
    }

    async fn two_returns_at_once_take_no_more_than_left(app: TestApp) {
        furnish(&app).await;
        for _ in 0..8 {
            let id = paid(&app).await;
            dispatch(&app, id, 1, (2, 1)).await;
            let path = format!("/v1/orders/{id}/return");
            let (one, two) = tokio::join!(post(&app, &path), post(&app, &path));
            let mut answers = [one.status, two.status];
            answers.sort_unstable();
            assert_eq!(answers, [200, 409]);
            assert_eq!(stands(&app, id).await[0], "returned");
        }
    }
}
