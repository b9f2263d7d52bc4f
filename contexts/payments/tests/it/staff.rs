//! What staff and customers may ask for, and what they are told.

use crate::shop::{
    app, cancel, client, confirm, paid, payments_of, place, read, refund, status, store, sums,
    text, the_payment, told, work,
};
use kernel::{OrderId, StoreId};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::json;
use testkit::{Answer, TestApp, on_both};
use uuid::Uuid;

async fn pay(app: &TestApp, order: OrderId, body: serde_json::Value) -> Answer {
    let path = format!("/v1/orders/{order}/payments");
    app.post(&path).as_role(Role::Clerk).json(body).send().await
}

/// A clerk of one store.
fn clerk_of(store: StoreId) -> Principal {
    Principal {
        subject: Uuid::from_u128(7),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Clerk]),
        client: None,
        stores: Some(vec![store]),
    }
}

on_both! {
    async fn staff_write_down_what_comes_for_an_invoice_in_parts(app: TestApp) {
        let order = place(&app, "invoice", 1_000).await;
        assert_eq!(payments_of(&app, order).await.len(), 0);
        let part = pay(&app, order, json!({"method": "invoice", "amount": "4.00"})).await;
        assert_eq!(part.expect(201).json()["status"], "captured");
        let over = pay(&app, order, json!({"method": "cash", "amount": "6.01"})).await;
        assert_eq!(over.expect(422).code(), "AMOUNT_TOO_LARGE");
        let rest = pay(&app, order, json!({"method": "cash"})).await.expect(201);
        assert_eq!(rest.json()["amount"], json!({"amount": "6.00", "currency": "CAD"}));
        let more = pay(&app, order, json!({"method": "cash"})).await;
        assert_eq!(more.expect(409).code(), "NOTHING_DUE");
        let id = rest.field("id").parse().expect("a payment's id");
        assert_eq!(told(&app, id).await, ["captured"]);
    }

    async fn an_invoice_is_paid_by_card_later(app: TestApp) {
        let order = place(&app, "invoice", 1_000).await;
        confirm(&app, order).await;
        let path = format!("/v1/orders/{order}/payments");
        let customer = app.post(&path).as_customer(client().uuid());
        customer.json(json!({"method": "sandbox"})).send().await.expect(201);
        work(&app).await;
        assert_eq!(status(&app, order).await, "captured");
    }

    async fn after_a_refusal_the_buyer_may_try_again(app: TestApp) {
        let order = place(&app, "sandbox", 100_000).await;
        work(&app).await;
        let again = pay(&app, order, json!({"method": "sandbox", "amount": "999.99"})).await;
        again.expect(201);
        work(&app).await;
        let all = payments_of(&app, order).await;
        let statuses: Vec<_> = all.iter().map(|one| text(&one["status"])).collect();
        assert_eq!(statuses, ["failed", "authorized"]);
    }

    async fn nothing_is_paid_for_a_cancelled_order(app: TestApp) {
        let order = place(&app, "invoice", 1_000).await;
        cancel(&app, order).await;
        let refused = pay(&app, order, json!({"method": "cash"})).await;
        assert_eq!(refused.expect(409).code(), "ORDER_CANCELLED");
    }

    async fn money_is_given_back_in_parts_and_never_more_than_there_is(app: TestApp) {
        let (order, payment) = paid(&app, 1_000).await;
        let part = refund(&app, payment, "4.00").await.expect(201);
        assert_eq!(part.json()["status"], "pending");
        let over = refund(&app, payment, "6.01").await;
        assert_eq!(over.expect(409).code(), "REFUND_TOO_LARGE", "the first is on its way");
        work(&app).await;
        assert_eq!(status(&app, order).await, "partially_refunded");
        let path = format!("/v1/payments/{payment}/refunds");
        app.post(&path).as_role(Role::Manager).json(json!({})).send().await.expect(201);
        work(&app).await;
        assert_eq!(status(&app, order).await, "refunded");
        assert_eq!(sums(&app, payment).await, ["10.00", "10.00", "10.00"]);
        let listed = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
        let done: Vec<_> = listed["items"].as_array().expect("a list").iter()
            .map(|one| (text(&one["amount"]["amount"]), text(&one["status"]))).collect();
        assert_eq!(done, [("4.00".to_owned(), "done".to_owned()),
            ("6.00".to_owned(), "done".to_owned())]);
        let nothing = refund(&app, payment, "0.01").await;
        assert_eq!(nothing.expect(409).code(), "REFUND_TOO_LARGE");
    }

    async fn cash_that_goes_back_is_written_down_at_once(app: TestApp) {
        let order = place(&app, "invoice", 1_000).await;
        let made = pay(&app, order, json!({"method": "cash"})).await.expect(201);
        let payment = made.field("id").parse().expect("a payment's id");
        let back = refund(&app, payment, "2.50").await.expect(201);
        assert_eq!(back.json()["status"], "done");
        assert_eq!(told(&app, payment).await, ["captured", "refunded"]);
        cancel(&app, order).await;
        assert_eq!(status(&app, order).await, "partially_refunded", "people give back cash");
    }

    async fn staff_take_a_part_and_the_rest_is_let_go_of(app: TestApp) {
        let order = place(&app, "sandbox", 1_000).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        let path = format!("/v1/payments/{payment}/capture");
        let take = |body| app.post(&path).as_role(Role::Clerk).json(body);
        let over = take(json!({"amount": "10.01"})).send().await;
        assert_eq!(over.expect(422).code(), "AMOUNT_TOO_LARGE");
        take(json!({"amount": "6.00"})).send().await.expect(202);
        assert_eq!(take(json!({})).send().await.expect(409).code(), "PAYMENT_BUSY");
        work(&app).await;
        assert_eq!(sums(&app, payment).await, ["10.00", "6.00", "0.00"]);
        assert_eq!(take(json!({})).send().await.expect(409).code(), "ILLEGAL_TRANSITION");
        let history = read(&app, payment).await["history"].clone();
        assert_eq!(history[2]["amount"]["amount"], "4.00");
    }

    async fn staff_let_go_of_what_is_set_aside(app: TestApp) {
        let order = place(&app, "sandbox", 1_000).await;
        work(&app).await;
        let payment = the_payment(&app, order).await;
        let path = format!("/v1/payments/{payment}/void");
        let void = || app.post(&path).as_role(Role::Clerk).json(json!({}));
        void().send().await.expect(202);
        work(&app).await;
        assert_eq!(status(&app, order).await, "voided");
        assert_eq!(void().send().await.expect(409).code(), "ILLEGAL_TRANSITION");
    }

    async fn customers_see_what_is_theirs_and_learn_nothing_of_the_rest(app: TestApp) {
        let (order, payment) = paid(&app, 1_000).await;
        for path in [format!("/v1/orders/{order}/payments"), format!("/v1/payments/{payment}"),
            format!("/v1/payments/{payment}/refunds")]
        {
            app.get(&path).as_customer(client().uuid()).send().await.expect(200);
            let stranger = Uuid::from_u128(99);
            app.get(&path).as_customer(stranger).send().await.expect(404);
            let elsewhere = clerk_of(StoreId::from_uuid(Uuid::from_u128(5)));
            app.get(&path).as_principal(&elsewhere).send().await.expect(404);
            app.get(&path).as_principal(&clerk_of(store())).send().await.expect(200);
        }
        let pay = format!("/v1/orders/{order}/payments");
        let cash = app.post(&pay).as_customer(client().uuid()).json(json!({"method": "cash"}));
        cash.send().await.expect(403);
        let refund = format!("/v1/payments/{payment}/refunds");
        let back = app.post(&refund).as_customer(client().uuid()).json(json!({}));
        back.send().await.expect(403);
    }

    async fn bad_input_is_refused_by_name(app: TestApp) {
        let (order, payment) = paid(&app, 1_000).await;
        let pay = format!("/v1/orders/{order}/payments");
        let refunds = format!("/v1/payments/{payment}/refunds");
        for (path, body) in [
            (&pay, json!({})),
            (&pay, json!({"method": "cash", "status": "captured"})),
            (&pay, json!({"method": "cash", "amount": "-1"})),
            (&pay, json!({"method": "cash", "amount": {"amount": "1.00", "currency": "USD"}})),
            (&refunds, json!({"amount": "0"})),
            (&refunds, json!({"amount": "1.001"})),
            (&refunds, json!({"refunded": true})),
        ] {
            let answer = app.post(path).as_role(Role::Manager).json(body.clone()).send().await;
            assert!([409, 422].contains(&answer.status), "{body}: {answer:?}");
        }
        let nobody = place(&app, "invoice", 500).await;
        let answer = pay_by(&app, nobody, "barter").await;
        assert_eq!(answer.expect(422).code(), "UNKNOWN_METHOD");
    }

    async fn lists_are_filtered_and_paged(app: TestApp) {
        let (order, payment) = paid(&app, 1_000).await;
        let failed = place(&app, "sandbox", 100_000).await;
        work(&app).await;
        let list = async |query: &str| {
            let path = format!("/v1/payments?{query}");
            let answer = app.get(&path).as_role(Role::Clerk).send().await.expect(200).json();
            let ids = answer["items"].as_array().expect("a list").iter();
            (ids.map(|one| text(&one["order_id"])).collect::<Vec<_>>(), answer)
        };
        assert_eq!(list("status=captured").await.0, [order.to_string()]);
        assert_eq!(list("status=pending").await.0.len(), 0);
        assert_eq!(list(&format!("order_id={failed}&method=sandbox")).await.0.len(), 1);
        assert_eq!(list("method=cash").await.0.len(), 0);
        assert_eq!(list("from=2027-01-01T00:00:00Z").await.0.len(), 0);
        assert_eq!(list("to=2027-01-01T00:00:00Z&count=true").await.1["total"], 2);
        let (first, page) = list("limit=1").await;
        assert_eq!(first, [failed.to_string()]);
        let cursor = text(&page["next_cursor"]);
        let (second, page) = list(&format!("limit=1&cursor={cursor}")).await;
        assert_eq!((second, page["next_cursor"].is_null()), (vec![order.to_string()], true));
        app.get("/v1/payments?statuz=x").as_role(Role::Clerk).send().await.expect(422);
        let path = format!("/v1/payments/{payment}");
        let read = app.get(&path).as_role(Role::Clerk).send().await.expect(200);
        let tag = read.header("etag").expect("a tag").to_owned();
        let again = app.get(&path).as_role(Role::Clerk).header("if-none-match", &tag);
        again.send().await.expect(304);
    }

    async fn a_refund_told_twice_with_one_key_is_made_once(app: TestApp) {
        let (_, payment) = paid(&app, 1_000).await;
        let path = format!("/v1/payments/{payment}/refunds");
        let ask = || app.post(&path).as_role(Role::Manager).key("one").json(json!({"amount": 1}));
        let (first, second) = (ask().send().await.expect(201), ask().send().await.expect(201));
        assert_eq!(first.body, second.body);
        work(&app).await;
        assert_eq!(sums(&app, payment).await[2], "1.00");
    }
}

async fn pay_by(app: &TestApp, order: OrderId, method: &str) -> Answer {
    pay(app, order, json!({"method": method})).await
}
