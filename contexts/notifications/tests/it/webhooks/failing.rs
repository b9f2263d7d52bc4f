//! Receivers fail: what they did not take comes again, holds back only what belongs to it, and
//! after days the endpoint is paused, with everything kept.

use super::shop::{
    DAY, app, cancel, confirm, deliver, deliveries, delivery, endpoint, get, patch, place,
};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{Fault, Receiver, TestApp, on_both};

const HOUR: Duration = Duration::from_secs(3600);

async fn outcome(app: &TestApp, fault: Fault, times: u32) -> (Value, usize) {
    let receiver = Receiver::start().await;
    let erp = endpoint(app, &receiver.url("erp"), &["comptoir.*"]).await;
    place(app).await;
    receiver.fail_times("erp", fault, times);
    deliver(app).await;
    let failed = delivery(app, &erp).await;
    assert_eq!(failed["state"], "pending", "{failed}");
    app.clock_advance(HOUR);
    deliver(app).await;
    let told = delivery(app, &erp).await;
    assert_eq!(
        (&told["state"], &told["attempts"]),
        (&json!("delivered"), &json!(2)),
        "{told}"
    );
    let received = receiver.received("erp");
    assert!(
        received.iter().all(|one| one.id() == received[0].id()),
        "one id for ever"
    );
    app.delete(&erp.path)
        .as_role(Role::Admin)
        .send()
        .await
        .expect(204);
    (failed["log"][0].clone(), received.len())
}

on_both! {
    async fn what_was_not_taken_comes_again_with_the_same_id(app: TestApp) {
        for (fault, outcome_told, status, came) in [
            (Fault::FailBefore, "refused", json!(500), 1),
            (Fault::FailAfter, "refused", json!(500), 2),
            (Fault::LostBefore, "lost", Value::Null, 1),
            (Fault::LostAfter, "lost", Value::Null, 2),
            (Fault::Hang, "timed_out", Value::Null, 1),
        ] {
            let (attempt, received) = outcome(&app, fault, 1).await;
            assert_eq!(attempt["outcome"], outcome_told, "{fault:?}");
            assert_eq!((&attempt["status_code"], received), (&status, came), "{fault:?}");
        }
    }

    async fn a_receiver_that_asks_for_time_gets_it(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        place(&app).await;
        receiver.fail_times("erp", Fault::TooMany, 1);
        deliver(&app).await;
        assert_eq!(delivery(&app, &erp).await["next_attempt_at"], "2026-03-02T14:02:00Z");
        app.clock_advance(Duration::from_secs(119));
        deliver(&app).await;
        assert!(receiver.received("erp").is_empty());
        app.clock_advance(Duration::from_secs(1));
        deliver(&app).await;
        assert_eq!(receiver.received("erp").len(), 1);
    }

    async fn nobody_who_answers_with_a_redirect_is_followed(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        for status in [301, 302, 307, 308] {
            receiver.answer("erp", status, Some(("location", receiver.url("elsewhere"))), "");
            place(&app).await;
            deliver(&app).await;
        }
        assert!(receiver.received("elsewhere").is_empty());
        let log = deliveries(&app, &erp, "state=pending").await;
        assert_eq!(log.len(), 4);
        assert!(log.iter().all(|one| one["last_outcome"] == "refused"), "{log:?}");
        receiver.heal();
        app.clock_advance(HOUR);
        deliver(&app).await;
        assert_eq!(deliveries(&app, &erp, "state=delivered").await.len(), 4);
    }

    async fn an_answer_is_kept_in_part(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        receiver.answer("erp", 503, None, &format!("out\0of paper{}", "!".repeat(100_000)));
        place(&app).await;
        deliver(&app).await;
        let told = delivery(&app, &erp).await;
        let answer = told["log"][0]["answer"].as_str().expect("text").to_owned();
        assert!(answer.starts_with("outof paper!!") && answer.len() == 1023, "{}", answer.len());
        app.delete(&erp.path).as_role(Role::Admin).send().await.expect(204);
    }

    async fn what_fails_holds_back_its_own_order_only(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let held = place(&app).await;
        receiver.fail_times("erp", Fault::FailBefore, 1);
        deliver(&app).await;
        confirm(&app, held).await;
        cancel(&app, held).await;
        let other = place(&app).await;
        confirm(&app, other).await;
        deliver(&app).await;
        let subjects = |receiver: &Receiver| {
            let event = |one: &testkit::Received| one.json()["subject"].as_str()
                .expect("text").to_owned();
            receiver.received("erp").iter().map(event).collect::<Vec<_>>()
        };
        let (held, other) = (format!("order/{held}"), format!("order/{other}"));
        assert_eq!(subjects(&receiver), vec![other.clone(); 2]);
        app.clock_advance(HOUR);
        deliver(&app).await;
        assert_eq!(subjects(&receiver)[2..], vec![held.clone(); 3]);
        let versions: Vec<_> = receiver.received("erp")[2..].iter()
            .map(|one| one.json()["sequence"].as_str().expect("text").ends_with('1')).collect();
        assert_eq!(versions, [true, false, false], "the oldest first");
        assert_eq!(get(&app, &erp.path).await["failing_since"], Value::Null);
    }

    async fn after_three_days_a_delivery_is_given_up_and_the_next_one_goes(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let order = place(&app).await;
        confirm(&app, order).await;
        receiver.fail("erp", Fault::FailBefore);
        deliver(&app).await;
        app.clock_advance(DAY * 3);
        deliver(&app).await;
        let states = async || {
            let all = deliveries(&app, &erp, "").await;
            all.iter().map(|one| one["state"].as_str().expect("text").to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(states().await, ["dead", "pending"]);
        receiver.heal();
        app.clock_advance(HOUR * 6);
        deliver(&app).await;
        assert_eq!(states().await, ["dead", "delivered"]);
        let dead = deliveries(&app, &erp, "state=dead").await[0]["id"].clone();
        let replay = format!("/v1/webhook-endpoints/deliveries/{}/replay",
            dead.as_str().expect("an id"));
        app.post(&replay).as_role(Role::Admin).send().await.expect(202);
        deliver(&app).await;
        assert_eq!(states().await, ["delivered", "delivered"]);
    }

    async fn an_endpoint_that_is_down_is_probed_and_not_besieged(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        receiver.go_down().await;
        for _ in 0..40 {
            place(&app).await;
        }
        deliver(&app).await;
        let tried = |all: &[Value]| all.iter().filter(|one| one["attempts"] != json!(0)).count();
        let all = deliveries(&app, &erp, "").await;
        assert_eq!(tried(&all), 16, "what was under way");
        assert_eq!(all[0]["last_outcome"], "no_connection");
        app.clock_advance(Duration::from_secs(61));
        deliver(&app).await;
        let attempts: i64 = deliveries(&app, &erp, "").await.iter()
            .map(|one| one["attempts"].as_i64().expect("a number")).sum();
        assert_eq!(attempts, 17, "one more");
        receiver.come_up().await;
        app.clock_advance(HOUR);
        deliver(&app).await;
        assert_eq!(deliveries(&app, &erp, "state=delivered").await.len(), 40);
    }

    async fn after_days_without_success_it_is_paused_and_says_why(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        receiver.fail("erp", Fault::FailBefore);
        place(&app).await;
        deliver(&app).await;
        let seen = get(&app, &erp.path).await;
        assert_eq!((&seen["status"], &seen["failing_since"]),
            (&json!("enabled"), &json!("2026-03-02T14:00:00Z")));
        app.clock_advance(DAY * 5 - HOUR);
        place(&app).await;
        deliver(&app).await;
        assert_eq!(get(&app, &erp.path).await["status"], "enabled");
        app.clock_advance(HOUR * 2);
        deliver(&app).await;
        let seen = get(&app, &erp.path).await;
        assert_eq!(seen["status"], "paused");
        assert_eq!(seen["paused_reason"], "failing");
        assert_eq!(seen["paused_at"], "2026-03-07T15:00:00Z");
        receiver.heal();
        let last = place(&app).await;
        deliver(&app).await;
        assert!(receiver.received("erp").is_empty(), "it is paused");
        let resumed = patch(&app, &erp.path, json!({"status": "enabled"})).await.expect(200).json();
        assert_eq!(resumed["failing_since"], Value::Null);
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received.len(), 2, "the first was given up after three days");
        assert!(received.iter().any(|one| one.json()["subject"] == json!(format!("order/{last}"))));
    }

    async fn whoever_is_gone_is_paused_at_once(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        receiver.answer("erp", 410, None, "moved away");
        place(&app).await;
        deliver(&app).await;
        let seen = get(&app, &erp.path).await;
        assert_eq!((&seen["status"], &seen["paused_reason"]), (&json!("paused"), &json!("gone")));
        receiver.heal();
        let change = json!({"url": receiver.url("new"), "status": "enabled"});
        patch(&app, &erp.path, change).await.expect(200);
        deliver(&app).await;
        assert_eq!(receiver.received("new").len(), 1, "what it did not take was kept");
    }
}
