//! Everybody at once: no piece leaves twice, and what must not leave does not.

use crate::shop::{Order, app, confirmed, get, kinds, pack, post};
use contracts::orders::OrderCancelled;
use platform::auth::Role;
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;
use testkit::{TestApp, on_both};
use tokio::sync::Barrier;
use tokio::task::JoinSet;

/// Two clerks reach for the same pieces at the same moment; answers their statuses, sorted.
async fn two_clerks(app: &TestApp, order: &Order, quantity: i64) -> Vec<u16> {
    let (mut clerks, together) = (JoinSet::new(), Arc::new(Barrier::new(2)));
    for _ in 0..2 {
        let (app, order, together) = (app.clone(), order.clone(), Arc::clone(&together));
        clerks.spawn(async move {
            together.wait().await;
            let body = json!({"items": [order.item(0, quantity)]});
            post(&app, &order.path(), body).await.status
        });
    }
    let mut answers = clerks.join_all().await;
    answers.sort_unstable();
    answers
}

/// As another context would, and again when it lost against somebody.
async fn cancel(app: &TestApp, event: &OrderCancelled) {
    loop {
        let mut tx = app.host().db.begin().await.expect("the database answers");
        tx.publish(event, 3).expect("it is published");
        match tx.commit().await {
            Ok(()) => return,
            Err(error) if error.is_transient() => {}
            Err(error) => panic!("{error}"),
        }
    }
}

on_both! {
    async fn two_clerks_and_the_last_piece(app: TestApp) {
        for _ in 0..10 {
            let order = confirmed(&app, &[3]).await;
            pack(&app, &order, json!({"items": [order.item(0, 2)]})).await;
            assert_eq!(two_clerks(&app, &order, 1).await, [201, 409]);
        }
    }

    /// The first shipment of an order makes its lines; two at once make them once.
    async fn two_clerks_and_the_first_shipment(app: TestApp) {
        for _ in 0..10 {
            let order = confirmed(&app, &[3]).await;
            assert_eq!(two_clerks(&app, &order, 2).await, [201, 409]);
            let order = confirmed(&app, &[4]).await;
            assert_eq!(two_clerks(&app, &order, 2).await, [201, 201]);
        }
    }

    async fn ten_clerks_send_one_shipment_once(app: TestApp) {
        let order = confirmed(&app, &[1]).await;
        let shipment = pack(&app, &order, json!({})).await;
        let (mut clerks, together) = (JoinSet::new(), Arc::new(Barrier::new(10)));
        for _ in 0..10 {
            let (app, path, together) = (app.clone(), shipment.clone(), Arc::clone(&together));
            clerks.spawn(async move {
                together.wait().await;
                let send = app.patch(&path).as_role(Role::Clerk).if_match(1);
                send.json(json!({"status": "in_transit"})).send().await.status
            });
        }
        let answers = clerks.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert_eq!(answers.iter().filter(|status| **status == 412).count(), 9, "{answers:?}");
        assert_eq!(kinds(&app, &shipment).await, ["shipment-dispatched.v1"]);
    }

    async fn cancelling_and_sending_race(app: TestApp) {
        let (mut sent, mut stopped) = (0, 0);
        for nth in 0..20 {
            let order = confirmed(&app, &[2]).await;
            let shipment = pack(&app, &order, json!({"items": [order.item(0, 1)]})).await;
            let together = Arc::new(Barrier::new(3));
            let clerk = async {
                together.wait().await;
                let send = app.patch(&shipment).as_role(Role::Clerk);
                send.json(json!({"status": "in_transit"})).send().await.status
            };
            let packer = async {
                together.wait().await;
                post(&app, &order.path(), json!({})).await.status
            };
            let buyer = async {
                together.wait().await;
                // Who comes first is up to chance; this gives everybody a chance.
                tokio::time::sleep(Duration::from_micros(nth * 250)).await;
                cancel(&app, &order.cancelled()).await;
            };
            let (sending, packing, ()) = tokio::join!(clerk, packer, buyer);
            assert!([201, 409].contains(&packing), "{packing}");
            let list = get(&app, &order.path()).await;
            let items = list["items"].as_array().expect("a page has items");
            match sending {
                200 => sent += 1,
                409 => stopped += 1,
                other => panic!("{other}"),
            }
            for one in items {
                let (status, recalled) = (&one["status"], &one["recalled"]);
                let left = sending == 200 && shipment.ends_with(one["id"].as_str().expect("an id"));
                match left {
                    true => assert_eq!((status, recalled), (&json!("in_transit"), &json!(true))),
                    false => assert_eq!((status, recalled), (&json!("cancelled"), &json!(false))),
                }
            }
            let told = if sending == 200 { 1 } else { 0 };
            assert_eq!(kinds(&app, &shipment).await.len(), told);
        }
        println!("{sent} were sent, {stopped} stopped");
        app.audit().await;
    }
}
