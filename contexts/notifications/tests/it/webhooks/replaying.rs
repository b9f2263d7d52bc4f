//! Sending again what was sent, or what happened before there was an endpoint.

use super::shop::{
    app, confirm, deliver, deliveries, delivery, endpoint, get, patch, place, webhooks,
};
use platform::auth::Role;
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::{Receiver, TestApp, on_both};

on_both! {
    async fn a_delivery_is_sent_again_under_its_id(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        place(&app).await;
        deliver(&app).await;
        let id = delivery(&app, &erp).await["id"].clone();
        let replay = format!("/v1/webhook-endpoints/deliveries/{}/replay",
            id.as_str().expect("an id"));
        let again = app.post(&replay).as_role(Role::Admin).send().await.expect(202).json();
        assert_eq!((&again["state"], &again["delivered_at"]), (&json!("pending"), &json!(null)));
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received.len(), 2);
        assert_eq!((received[0].id(), &received[0].body), (received[1].id(), &received[1].body));
        let told = delivery(&app, &erp).await;
        assert_eq!(told["log"].as_array().map(Vec::len), Some(2));
    }

    async fn an_endpoint_catches_up_on_what_happened_before_it(app: TestApp) {
        let receiver = Receiver::start().await;
        let (first, second) = (place(&app).await, place(&app).await);
        app.settle().await;
        let after = get(&app, "/v1/events?limit=1").await["next_after"].clone();
        confirm(&app, second).await;
        app.settle().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.orders.*"]).await;
        let late = endpoint(&app, &receiver.url("late"), &["comptoir.people.*"]).await;
        deliver(&app).await;
        assert!(receiver.received("erp").is_empty());
        let replay = async |path: &str, after: &str| {
            let path = format!("{path}/replay?after={after}");
            app.post(&path).as_role(Role::Admin).send().await.expect(202).json()
        };
        let told = replay(&erp.path, &after.to_string()).await;
        assert_eq!(told, json!({"queued": 2, "next_after": null}));
        deliver(&app).await;
        let subjects: HashSet<_> = receiver.received("erp").iter()
            .map(|one| one.json()["subject"].as_str().expect("text").to_owned()).collect();
        assert_eq!(subjects, HashSet::from([format!("order/{second}")]));
        assert_eq!(replay(&erp.path, "0").await["queued"], json!(3));
        deliver(&app).await;
        let received = receiver.received("erp");
        let ids: HashSet<_> = received.iter().map(|one| one.id().to_owned()).collect();
        assert_eq!((received.len(), ids.len()), (5, 3), "those it had come under their ids");
        let first = json!(format!("order/{first}"));
        assert!(received.iter().any(|one| one.json()["subject"] == first));
        assert_eq!(replay(&late.path, "0").await["queued"], json!(0), "it wants none of them");
        for bad in ["?after=", "?after=-1", "?after=x", "?before=1"] {
            let path = format!("{}/replay{bad}", erp.path);
            app.post(&path).as_role(Role::Admin).send().await.expect(422);
        }
    }

    async fn a_long_history_is_replayed_in_portions(app: TestApp) {
        let receiver = Receiver::start().await;
        let mut tx = app.host().db.begin().await.expect("the database answers");
        for _ in 0..1001 {
            let client_id = app.host().source.id();
            let changed = contracts::people::ClientChanged {
                client_id, archived: false, erased: false, sealed_contact: None,
            };
            tx.publish(&changed, 1).expect("it is published");
        }
        tx.commit().await.expect("it is done");
        app.settle().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.people.*"]).await;
        let (mut after, mut queued) = (0, Vec::new());
        loop {
            let path = format!("{}/replay?after={after}", erp.path);
            let told = app.post(&path).as_role(Role::Admin).send().await.expect(202).json();
            queued.push(told["queued"].as_i64().expect("a number"));
            match told["next_after"].as_i64() {
                Some(next) => after = next,
                None => break,
            }
        }
        assert_eq!(queued, [1000, 1]);
        deliver(&app).await;
        let ids: HashSet<_> = receiver.received("erp").iter().map(|one| one.id().to_owned())
            .collect();
        assert_eq!(ids.len(), 1001);
    }

    async fn deliveries_are_forgotten_after_a_month(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.orders.*"]).await;
        place(&app).await;
        deliver(&app).await;
        let pause = json!({"status": "paused"});
        patch(&app, &erp.path, pause).await.expect(200);
        place(&app).await;
        app.settle().await;
        let month = Duration::from_secs(30 * 24 * 3600);
        let forget = async || webhooks(&app).forget().await.expect("it forgets");
        app.clock_advance(month - Duration::from_secs(1));
        forget().await;
        assert_eq!(deliveries(&app, &erp, "").await.len(), 2);
        app.clock_advance(Duration::from_secs(2));
        forget().await;
        let left = deliveries(&app, &erp, "").await;
        assert_eq!(left.len(), 1, "what was delivered is forgotten");
        assert_eq!((&left[0]["state"], &left[0]["last_outcome"]),
            (&json!("dead"), &json!("expired")), "what waited is given up first");
        app.clock_advance(month + Duration::from_secs(1));
        forget().await;
        assert!(deliveries(&app, &erp, "").await.is_empty());
        let mut tx = app.host().db.read().await.expect("the database answers");
        let row = tx.query("select count(*) as n from notifications_webhook_event").fetch_one();
        assert_eq!(row.await.expect("one").get::<i64>("n").expect("a number"), 0);
    }
}
