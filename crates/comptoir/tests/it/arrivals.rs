//! A cancellation, a parcel that leaves and the taking of the money, in every order they can come
//! in: whoever was first, no money is kept for what is cancelled, and nothing stays held.

use crate::shop::{Furnished, furnish, level, open, order, payments, place};
use payments::provider::sandbox::Switches;
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use testkit::{TestApp, on_both};
use tokio::sync::Barrier;

/// The buyer approves on a page, so that the test decides when the money is taken.
const BUYER_APPROVES: Switches = Switches {
    slow: None,
    redirect: true,
    answer_lost: false,
    failing_capture: false,
};

pub fn app(host: &Host) -> Vec<Module> {
    open(host, BUYER_APPROVES)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Move {
    Cancel,
    Send,
    Take,
}

use Move::{Cancel, Send, Take};

const ORDERS_OF_ARRIVAL: [[Move; 3]; 6] = [
    [Cancel, Send, Take],
    [Cancel, Take, Send],
    [Send, Cancel, Take],
    [Send, Take, Cancel],
    [Take, Cancel, Send],
    [Take, Send, Cancel],
];

/// An order whose money is set aside and whose parcel is packed.
struct Ready {
    order: String,
    shipment: String,
}

async fn read(app: &TestApp, path: &str) -> Value {
    let answer = app.get(path).as_role(Role::Clerk).send().await;
    answer.expect(200).json()
}

async fn calls(app: &TestApp) {
    match payments(app).make_calls().await {
        Err(error) if !error.is_transient() => panic!("calls are not made: {error}"),
        _ => {}
    }
}

async fn count(app: &TestApp, sql: &'static str) -> i64 {
    let mut tx = app.host().db.read().await.unwrap();
    let row = tx.query(sql).fetch_one().await.unwrap();
    row.get("many").unwrap()
}

async fn ready(app: &TestApp, shop: &Furnished, nth: u64) -> Ready {
    let mut body = order(&shop.client, &[&shop.products[0]]);
    body["payment"]["method"] = json!("sandbox");
    let key = format!("order-{nth}");
    let placing = place(app, &key, &body);
    let paying = async {
        let begun = "select count(*) as many from payments_attempt where open";
        while count(app, begun).await == 0 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        calls(app).await;
    };
    let (placed, ()) = tokio::join!(placing, paying);
    let order = placed.expect(202).field("id");
    let of_order = read(app, &format!("/v1/orders/{order}/payments")).await;
    let page = of_order["items"][0]["redirect_url"].as_str().unwrap();
    let approve = page.trim_start_matches("http://shop.test").to_owned() + "/approve";
    app.post(&approve).send().await.expect(303);
    app.settle().await;
    let packing = app.post(&format!("/v1/orders/{order}/shipments"));
    let packed = packing.as_role(Role::Clerk).json(json!({})).send().await;
    let shipment = format!("/v1/shipments/{}", packed.expect(201).field("id"));
    Ready { order, shipment }
}

/// Answers whether it went through.
async fn make(app: &TestApp, ready: &Ready, step: Move) -> bool {
    let answer = match step {
        Take => {
            calls(app).await;
            return true;
        }
        Cancel => {
            let request = app.post(&format!("/v1/orders/{}/cancel", ready.order));
            request.as_role(Role::Clerk).json(json!({})).send().await
        }
        Send => {
            let request = app.patch(&ready.shipment).as_role(Role::Clerk);
            let leaves = json!({"status": "in_transit"});
            request.json(leaves).send().await
        }
    };
    let known = [200, 409].contains(&answer.status);
    assert!(known, "{step:?}: {}", answer.text());
    answer.status == 200
}

/// Lets everything come to its end.
async fn rest(app: &TestApp) {
    for _ in 0..100 {
        app.settle().await;
        let open = "select (select count(*) from payments_attempt where open)
            + (select count(*) from orders_saga where state <> 'done') as many";
        if count(app, open).await == 0 {
            return;
        }
        calls(app).await;
    }
    panic!("calls or sagas never end");
}

/// What must hold of an order however it went: `sent` and `cancelled` say what its people were
/// answered.
async fn check(app: &TestApp, ready: &Ready, (sent, cancelled): (bool, bool), what: &str) {
    assert!(sent || cancelled, "{what}: one of them goes through");
    let order = read(app, &format!("/v1/orders/{}", ready.order)).await;
    let paid = read(app, &format!("/v1/orders/{}/payments", ready.order)).await;
    assert_eq!(paid["items"].as_array().unwrap().len(), 1, "{what}: {paid}");
    let paid = &paid["items"][0];
    let kept = paid["captured"]["amount"] != paid["refunded"]["amount"];
    let shipment = read(app, &ready.shipment).await;
    match cancelled {
        true => {
            assert_eq!(order["status"], "cancelled", "{what}");
            assert!(!kept, "{what}: money is kept: {paid}");
            let over = ["voided", "refunded"];
            assert!(
                over.contains(&paid["status"].as_str().unwrap()),
                "{what}: {paid}"
            );
            assert_eq!(order["payment_status"], paid["status"], "{what}");
        }
        false => {
            assert_eq!(order["status"], "shipped", "{what}");
            assert_eq!(paid["captured"]["amount"], "9.99", "{what}: {paid}");
            assert_eq!(paid["refunded"]["amount"], "0.00", "{what}: {paid}");
            assert_eq!(order["payment_status"], "paid", "{what}");
        }
    }
    let status = if sent { "in_transit" } else { "cancelled" };
    assert_eq!(shipment["status"], status, "{what}");
    assert_eq!(shipment["recalled"], json!(sent && cancelled), "{what}");
}

on_both! {
    async fn whichever_comes_first_money_and_stock_end_where_they_belong(app: TestApp) {
        let shop = furnish(&app, 1, 100).await;
        let mut gone = 0;
        for (nth, arrival) in (0..).zip(ORDERS_OF_ARRIVAL) {
            let ready = ready(&app, &shop, nth).await;
            let (mut sent, mut cancelled) = (false, false);
            for step in arrival {
                let done = make(&app, &ready, step).await;
                match step {
                    Cancel => cancelled = done,
                    Send => sent = done,
                    Take => {}
                }
            }
            rest(&app).await;
            let what = format!("{arrival:?}");
            check(&app, &ready, (sent, cancelled), &what).await;
            let cancel_first = arrival.iter().find(|step| **step != Take) == Some(&Cancel);
            assert_eq!((sent, cancelled), (!cancel_first, cancel_first), "{what}");
            gone += i64::from(sent);
            assert_eq!(level(&app, &shop.products[0]).await, (100 - gone, 0), "{what}");
        }
    }

    /// The provider takes a while, so that its answer comes before, between and after the others.
    async fn all_at_once_they_end_alike(app: TestApp) {
        let shop = furnish(&app, 1, 100).await;
        let mut gone = 0;
        for nth in 0..18_u64 {
            let sandbox = payments(&app).sandbox().unwrap().clone();
            sandbox.switch(BUYER_APPROVES);
            let ready = ready(&app, &shop, nth).await;
            let slow = Some(Duration::from_millis(nth % 6 * 2));
            sandbox.switch(Switches { slow, ..BUYER_APPROVES });
            let together = Arc::new(Barrier::new(3));
            let race = |step: Move, pause: u64| {
                let (app, ready, together) = (&app, &ready, Arc::clone(&together));
                async move {
                    together.wait().await;
                    tokio::time::sleep(Duration::from_micros(pause)).await;
                    make(app, ready, step).await
                }
            };
            let (cancelled, sent, _) =
                tokio::join!(race(Cancel, nth % 3 * 900), race(Send, nth / 3 * 500), race(Take, 0));
            rest(&app).await;
            check(&app, &ready, (sent, cancelled), &format!("race {nth}")).await;
            gone += i64::from(sent);
            assert_eq!(level(&app, &shop.products[0]).await, (100 - gone, 0), "race {nth}");
        }
    }
}
