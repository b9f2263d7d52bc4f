//! Events reach whoever wants them: once, in order, signed.

use super::shop::{
    DAY, app, by_hand, cancel, confirm, deliver, deliveries, delivery, endpoint, get, patch, place,
    post,
};
use platform::auth::Role;
use serde_json::json;
use std::time::Duration;
use testkit::{Fault, Receiver, TestApp, on_both};

on_both! {
    async fn an_event_reaches_whoever_wants_it_as_the_feed_tells_it(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.orders.*"]).await;
        let till = endpoint(&app, &receiver.url("till"),
            &["comptoir.orders.order-cancelled.v1", "comptoir.payments.*"]).await;
        place(&app).await;
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received.len(), 1);
        let one = &received[0];
        assert!(one.is_signed_by(&erp.secret) && !one.is_signed_by(&till.secret));
        assert_eq!(one.signatures(), 1);
        assert_eq!(one.header("content-type"), "application/cloudevents+json; charset=utf-8");
        assert_eq!(one.header("webhook-timestamp"), "1772460000");
        let feed = get(&app, "/v1/events").await;
        assert_eq!(one.json(), feed["items"][0]);
        assert_eq!(one.id(), one.json()["id"]);
        assert!(receiver.received("till").is_empty());
        let told = delivery(&app, &erp).await;
        assert_eq!((&told["state"], &told["attempts"]), (&json!("delivered"), &json!(1)));
        assert_eq!((&told["last_outcome"], &told["last_status_code"]),
            (&json!("delivered"), &json!(204)));
        assert_eq!(told["event"], feed["items"][0]);
        assert_eq!(told["log"].as_array().map(Vec::len), Some(1));
        deliver(&app).await;
        assert_eq!(receiver.received("erp").len(), 1, "and once");
    }

    async fn what_was_before_an_endpoint_is_not_told_unasked(app: TestApp) {
        let receiver = Receiver::start().await;
        place(&app).await;
        app.clock_advance(Duration::from_secs(1));
        endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let new = place(&app).await;
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received.len(), 1);
        assert_eq!(received[0].json()["subject"], json!(format!("order/{new}")));
    }

    async fn events_of_one_order_come_in_order(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let (first, second) = (place(&app).await, place(&app).await);
        for order in [first, second] {
            confirm(&app, order).await;
            cancel(&app, order).await;
        }
        deliver(&app).await;
        for order in [first, second] {
            let subject = format!("order/{order}");
            let received = receiver.received("erp").into_iter().map(|one| one.json());
            let kinds: Vec<_> = received.filter(|event| event["subject"] == json!(subject))
                .map(|event| event["sequence"].as_str().expect("text").to_owned()).collect();
            assert_eq!(kinds, [1, 2, 3].map(|version| format!("{version:020}")));
        }
        assert_eq!(deliveries(&app, &erp, "state=delivered").await.len(), 6);
    }

    async fn an_event_told_twice_is_delivered_once(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        place(&app).await;
        deliver(&app).await;
        by_hand(&app, "delete from event_guard").await;
        by_hand(&app, "update event_lease set position = 0 where name = 'runner.notifications'")
            .await;
        deliver(&app).await;
        assert_eq!(deliveries(&app, &erp, "").await.len(), 1);
        assert_eq!(receiver.received("erp").len(), 1);
    }

    async fn deliveries_are_found_by_state_type_and_event(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let order = place(&app).await;
        confirm(&app, order).await;
        receiver.fail_times("erp", Fault::FailBefore, 1);
        deliver(&app).await;
        let count = async |query: &str| deliveries(&app, &erp, query).await.len();
        assert_eq!(count("").await, 2);
        assert_eq!((count("state=pending").await, count("state=dead").await), (2, 0));
        assert_eq!(count("type=comptoir.orders.order-placed.v1").await, 1);
        assert_eq!(count("type=comptoir.orders.*").await, 2);
        assert_eq!(count("type=comptoir.people.*").await, 0);
        let event = deliveries(&app, &erp, "").await[0]["event_id"].clone();
        assert_eq!(count(&format!("event_id={}", event.as_str().expect("an id"))).await, 1);
        let list = format!("{}/deliveries", erp.path);
        let page = get(&app, &format!("{list}?limit=1&count=true")).await;
        assert_eq!(page["total"], json!(2));
        assert!(page["next_cursor"].is_string());
        for bad in ["state=lost", "type=x", "event_id=x", "after=1", "limit=0"] {
            app.get(&format!("{list}?{bad}")).as_role(Role::Admin).send().await.expect(422);
        }
        receiver.heal();
        app.clock_advance(DAY);
        deliver(&app).await;
        assert_eq!(count("state=delivered").await, 2);
    }

    async fn while_a_secret_is_replaced_both_sign(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let rotate = format!("{}/secret/rotate", erp.path);
        let rotated = app.post(&rotate).as_role(Role::Admin).send().await.expect(200);
        let new = rotated.field("secret");
        assert_ne!(new, erp.secret);
        assert_eq!(rotated.json()["old_secret_until"], "2026-03-03T14:00:00Z");
        place(&app).await;
        deliver(&app).await;
        app.clock_advance(DAY + Duration::from_secs(1));
        place(&app).await;
        deliver(&app).await;
        let received = receiver.received("erp");
        let signed = |nth: usize, secret: &str| received[nth].is_signed_by(secret);
        assert_eq!((received[0].signatures(), received[1].signatures()), (2, 1));
        assert!(signed(0, &erp.secret) && signed(0, &new));
        assert!(!signed(1, &erp.secret) && signed(1, &new));
    }

    async fn a_ping_is_sent_to_whoever_is_not_paused(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.payments.*"]).await;
        let test = format!("{}/test", erp.path);
        post(&app, &test, json!({})).await.expect(202);
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received[0].json()["type"], "comptoir.notifications.ping.v1");
        assert!(received[0].is_signed_by(&erp.secret));
        patch(&app, &erp.path, json!({"status": "paused"})).await.expect(200);
        assert_eq!(post(&app, &test, json!({})).await.expect(409).code(), "ENDPOINT_PAUSED");
        deliver(&app).await;
        assert_eq!(receiver.received("erp").len(), 1);
    }

    async fn what_happens_while_it_is_paused_is_kept_for_it(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        patch(&app, &erp.path, json!({"status": "paused"})).await.expect(200);
        let order = place(&app).await;
        confirm(&app, order).await;
        deliver(&app).await;
        assert!(receiver.received("erp").is_empty());
        patch(&app, &erp.path, json!({"status": "enabled"})).await.expect(200);
        deliver(&app).await;
        assert_eq!(receiver.received("erp").len(), 2);
    }

    async fn a_removed_endpoint_is_told_nothing_and_forgotten(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        place(&app).await;
        app.settle().await;
        let waiting = deliveries(&app, &erp, "").await[0]["id"].clone();
        app.delete(&erp.path).as_role(Role::Admin).send().await.expect(204);
        deliver(&app).await;
        assert!(receiver.received("erp").is_empty());
        let waiting = waiting.as_str().expect("an id");
        let path = format!("/v1/webhook-endpoints/deliveries/{waiting}");
        app.get(&path).as_role(Role::Admin).send().await.expect(404);
        app.post(&format!("{path}/replay")).as_role(Role::Admin).send().await.expect(404);
    }
}
