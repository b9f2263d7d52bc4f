//! Whole sales, and what undoes them, as the other contexts would tell them.

use crate::sale::*;
use crate::shop::*;
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

type Undoing = (
    &'static [&'static str],
    &'static str,
    Option<[&'static str; 3]>,
);

on_both! {
    async fn a_card_order_stands_when_stock_and_payment_have_come(app: TestApp) {
        furnish(&app).await;
        for payment_first in [true, false] {
            let id = pending(&app, "sandbox").await;
            assert_eq!(waits(&app, id).await, ("stock".to_owned(), "running".to_owned()));
            if payment_first {
                payment(&app, id, "authorized", 1).await;
                assert_eq!(stands(&app, id).await, ["pending", "authorized", "unfulfilled"]);
                reserve(&app, id).await;
            } else {
                reserve(&app, id).await;
                assert_eq!(waits(&app, id).await.0, "payment");
                payment(&app, id, "authorized", 1).await;
            }
            assert_eq!(stands(&app, id).await, ["confirmed", "authorized", "unfulfilled"]);
            assert_eq!(waits(&app, id).await, ("capture".to_owned(), "running".to_owned()));
            payment(&app, id, "captured", 2).await;
            assert_eq!(stands(&app, id).await, ["confirmed", "paid", "unfulfilled"]);
            assert_eq!(waits(&app, id).await.1, "done");
            assert_eq!(trail(&app, id).await, ["placed", "confirmed"]);
        }
    }

    async fn the_last_piece_delivers_an_order(app: TestApp) {
        furnish(&app).await;
        // The order of arrival across parcels and money does not matter.
        for nth in 0..4 {
            let id = pending(&app, "sandbox").await;
            payment(&app, id, "authorized", 1).await;
            reserve(&app, id).await;
            if nth == 0 {
                payment(&app, id, "captured", 2).await;
            }
            if nth % 2 == 0 {
                dispatch(&app, id, 1, (1, 0)).await;
                assert_eq!(stands(&app, id).await[2], "partially_fulfilled");
                dispatch(&app, id, 2, (1, 1)).await;
                assert_eq!(stands(&app, id).await[0], "shipped");
                deliver(&app, id, 2, (1, 1)).await;
                assert_eq!(stands(&app, id).await[0], "shipped");
                deliver(&app, id, 1, (1, 0)).await;
            } else {
                dispatch(&app, id, 2, (1, 1)).await;
                deliver(&app, id, 2, (1, 1)).await;
                assert_eq!(stands(&app, id).await[0], "shipped");
                dispatch(&app, id, 1, (1, 0)).await;
                deliver(&app, id, 1, (1, 0)).await;
            }
            if nth > 0 {
                payment(&app, id, "captured", 2).await;
            }
            assert_eq!(stands(&app, id).await, ["delivered", "paid", "fulfilled"]);
            assert_eq!(trail(&app, id).await, ["placed", "confirmed", "delivered"]);
            assert_eq!(waits(&app, id).await.1, "done");
        }
    }

    async fn a_declined_payment_ends_the_order(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "failed", 1).await;
        let order = read(&app, id).await;
        assert_eq!((&order["status"], &order["cancel_reason"]),
            (&json!("cancelled"), &json!("payment_failed")));
        assert_eq!(order["payment_status"], "failed");
        assert_eq!(waits(&app, id).await.1, "done");
        assert_eq!(trail(&app, id).await, ["placed", "cancelled"]);
    }

    async fn a_capture_that_fails_ends_an_order_that_has_not_left(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        payment(&app, id, "failed", 2).await;
        assert_eq!(stands(&app, id).await, ["cancelled", "failed", "unfulfilled"]);
        let id = pending(&app, "sandbox").await;
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        dispatch(&app, id, 1, (2, 1)).await;
        payment(&app, id, "failed", 2).await;
        assert_eq!(stands(&app, id).await, ["shipped", "failed", "fulfilled"]);
        let saga = saga(&app, id).await;
        assert_eq!((&saga["step"], &saga["state"]), (&json!("capture"), &json!("running")));
        assert!(saga["explanation"].as_str().unwrap().starts_with("Its goods have left"));
    }

    async fn cancelling_undoes_what_the_payment_did(app: TestApp) {
        furnish(&app).await;
        // (what the payment said before, how the money stands then, what undoes it)
        let cases: [Undoing; 4] = [
            (&[], "unpaid", None),
            (&["action_required"], "action_required", Some(["void", "failed", "failed"])),
            (&["authorized"], "authorized", Some(["void", "voided", "voided"])),
            (&["authorized", "captured"], "refund_due", Some(["refund", "refunded", "refunded"])),
        ];
        for (said, stands_at, undone) in cases {
            let id = pending(&app, "sandbox").await;
            reserve(&app, id).await;
            for (word, version) in said.iter().zip(1..) {
                payment(&app, id, word, version).await;
            }
            let cancelled = cancel(&app, id).await.expect(200).json();
            assert_eq!(cancelled["status"], "cancelled");
            assert_eq!(cancelled["payment_status"], stands_at);
            assert_eq!(trail(&app, id).await.last().unwrap(), "cancelled");
            if let Some([step, word, then]) = undone {
                let waiting = (step.to_owned(), "compensating".to_owned());
                assert_eq!(waits(&app, id).await, waiting);
                payment(&app, id, word, said.len() as i64 + 1).await;
                assert_eq!(stands(&app, id).await, ["cancelled", then, "unfulfilled"]);
            }
            assert_eq!(waits(&app, id).await.1, "done");
            let twice = cancel(&app, id).await.expect(409);
            assert_eq!(twice.code(), "ILLEGAL_TRANSITION");
        }
    }

    async fn money_that_comes_after_the_cancellation_is_minded_until_it_is_back(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "sandbox").await;
        cancel(&app, id).await.expect(200);
        assert_eq!(waits(&app, id).await.1, "done");
        reserve(&app, id).await;
        payment(&app, id, "authorized", 1).await;
        assert_eq!(waits(&app, id).await, ("void".to_owned(), "compensating".to_owned()));
        payment(&app, id, "captured", 2).await;
        assert_eq!(waits(&app, id).await, ("refund".to_owned(), "compensating".to_owned()));
        payment(&app, id, "refunded", 3).await;
        assert_eq!(stands(&app, id).await, ["cancelled", "refunded", "unfulfilled"]);
        let saga = saga(&app, id).await;
        assert_eq!(saga["state"], "done");
        let outcomes: Vec<_> = saga["history"].as_array().unwrap().iter()
            .map(|one| (one["fact"].as_str().unwrap(), one["outcome"].as_str().unwrap())).collect();
        for seen in [("stock_reserved", "late"), ("payment_captured", "late"),
            ("payment_refunded", "applied")] {
            assert!(outcomes.contains(&seen), "{outcomes:?}");
        }
        assert_eq!(trail(&app, id).await, ["placed", "cancelled"]);
    }

    async fn a_wish_to_cancel_waits_while_the_payment_is_uncertain(app: TestApp) {
        furnish(&app).await;
        for (truth, money) in [("authorized", "authorized"), ("captured", "refund_due"),
            ("failed", "failed")] {
            let id = pending(&app, "sandbox").await;
            reserve(&app, id).await;
            payment(&app, id, "uncertain", 1).await;
            for _ in 0..2 {
                let queued = cancel(&app, id).await.expect(202).json();
                assert_eq!((&queued["status"], &queued["cancel_requested"]),
                    (&json!("pending"), &json!(true)));
            }
            assert!(saga(&app, id).await["explanation"].as_str().unwrap().contains("wish"));
            payment(&app, id, truth, 2).await;
            let order = read(&app, id).await;
            assert_eq!((&order["status"], &order["cancel_requested"]),
                (&json!("cancelled"), &json!(false)));
            assert_eq!(order["payment_status"], money);
            assert_eq!(trail(&app, id).await, ["placed", "cancelled"]);
        }
    }

    async fn goods_come_back_only_as_far_as_they_have_left(app: TestApp) {
        furnish(&app).await;
        let id = paid(&app).await;
        let path = format!("/v1/orders/{id}/return");
        let back = async |mugs: i64, others: i64| {
            let item = |(nth, quantity): (u128, i64)| json!({
                "product_id": product(nth).to_string(), "quantity": quantity});
            let items: Vec<_> = [(1, mugs), (2, others)].into_iter()
                .filter(|(_, many)| *many > 0).map(item).collect();
            app.post(&path).as_role(Role::Manager).json(json!({"items": items})).send().await
        };
        assert_eq!(back(1, 0).await.expect(409).code(), "ILLEGAL_TRANSITION");
        dispatch(&app, id, 1, (1, 0)).await;
        assert_eq!(back(2, 0).await.expect(422).code(), "TOO_MANY_RETURNED");
        assert_eq!(back(0, 1).await.expect(422).code(), "TOO_MANY_RETURNED");
        let order = back(1, 0).await.expect(200).json();
        assert_eq!((&order["status"], &order["payment_status"], &order["fulfilment_status"]),
            (&json!("shipped"), &json!("refund_due"), &json!("partially_returned")));
        post(&app, &path).await.expect(409); // nothing else is out
        dispatch(&app, id, 2, (1, 1)).await;
        deliver(&app, id, 1, (1, 0)).await;
        deliver(&app, id, 2, (1, 1)).await;
        assert_eq!(stands(&app, id).await, ["delivered", "refund_due", "partially_returned"]);
        post(&app, &path).await.expect(200);
        assert_eq!(stands(&app, id).await, ["returned", "refund_due", "returned"]);
        payment(&app, id, "refunded", 3).await;
        assert_eq!(stands(&app, id).await, ["returned", "refunded", "returned"]);
    }

    async fn a_parcel_that_left_after_the_cancellation_may_come_back(app: TestApp) {
        furnish(&app).await;
        let id = paid(&app).await;
        cancel(&app, id).await.expect(200);
        post(&app, &format!("/v1/orders/{id}/return")).await.expect(409);
        dispatch(&app, id, 1, (2, 1)).await;
        assert_eq!(stands(&app, id).await, ["cancelled", "refund_due", "fulfilled"]);
        post(&app, &format!("/v1/orders/{id}/return")).await.expect(200);
        assert_eq!(stands(&app, id).await, ["cancelled", "refund_due", "returned"]);
        payment(&app, id, "refunded", 3).await;
    }

    async fn tracking_shows_money_and_parcels_with_the_order(app: TestApp) {
        furnish(&app).await;
        let id = paid(&app).await;
        dispatch(&app, id, 1, (2, 1)).await;
        deliver(&app, id, 1, (2, 1)).await;
        let path = format!("/v1/orders/{id}/tracking");
        let tracking = app.get(&path).as_customer(client(1).uuid()).send().await.expect(200).json();
        let mut steps: Vec<_> = tracking["timeline"].as_array().unwrap().iter()
            .map(|step| step["step"].as_str().unwrap().to_owned()).collect();
        steps.sort(); // the clock stands still
        assert_eq!(steps, ["confirmed", "delivered", "payment_authorized", "payment_captured",
            "placed", "shipment_delivered", "shipment_dispatched"]);
        let subjects: Vec<_> = tracking["timeline"].as_array().unwrap().iter()
            .filter_map(|step| step["subject"].as_str()).collect();
        assert!(subjects.contains(&payment_of(id).to_string().as_str()));
        assert!(subjects.contains(&shipment_of(id, 1).to_string().as_str()));
    }

    async fn cash_waits_for_its_stock_only(app: TestApp) {
        furnish(&app).await;
        let id = pending(&app, "cash").await;
        reserve(&app, id).await;
        // Waiting for stock from elsewhere, it had one; it ends with the answer.
        assert_eq!(stands(&app, id).await[0], "confirmed");
        assert_eq!(waits(&app, id).await, ("stock".to_owned(), "done".to_owned()));
        dispatch(&app, id, 1, (2, 1)).await;
        deliver(&app, id, 1, (2, 1)).await;
        assert_eq!(stands(&app, id).await, ["delivered", "paid", "fulfilled"]);
    }
}
