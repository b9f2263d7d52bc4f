//! Several processes, slow receivers, killed senders.

use super::shop::{another, app, deliver, deliveries, delivery, endpoint, place, webhooks};
use serde_json::json;
use std::collections::HashSet;
use std::time::Duration;
use testkit::{Fault, Receiver, TestApp, on_both};

async fn until(mut done: impl FnMut() -> bool) {
    let wait = async {
        while !done() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), wait)
        .await
        .expect("it comes to that");
}

on_both! {
    async fn a_receiver_that_hangs_keeps_nobody_else_waiting(app: TestApp) {
        let receiver = Receiver::start().await;
        let slow = endpoint(&app, &receiver.url("slow"), &["comptoir.*"]).await;
        endpoint(&app, &receiver.url("quick"), &["comptoir.*"]).await;
        receiver.fail("slow", Fault::Hang);
        for _ in 0..60 {
            place(&app).await;
        }
        app.settle().await;
        let sending = another(&app);
        let sending = tokio::spawn(async move { sending.deliver_due().await });
        until(|| receiver.received("quick").len() == 60).await;
        let waiting = deliveries(&app, &slow, "").await;
        let answered = waiting.iter().filter(|one| !one["last_outcome"].is_null()).count();
        assert_eq!(answered, 0, "the first calls to the slow one still hang");
        let begun = waiting.iter().filter(|one| one["attempts"] == json!(1)).count();
        assert_eq!(begun, 16, "and no more than may hang at once");
        sending.abort();
        receiver.heal();
        let _ = sending.await;
        app.clock_advance(Duration::from_secs(61));
        deliver(&app).await;
        assert_eq!(deliveries(&app, &slow, "state=delivered").await.len(), 60);
    }

    async fn two_processes_share_the_work_and_double_nothing(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        for _ in 0..90 {
            place(&app).await;
        }
        app.settle().await;
        let (one, two) = (webhooks(&app), another(&app));
        let (one, two) = tokio::join!(one.deliver_due(), two.deliver_due());
        one.and(two).expect("they deliver");
        let received = receiver.received("erp");
        let ids: HashSet<_> = received.iter().map(|one| one.id().to_owned()).collect();
        assert_eq!((received.len(), ids.len()), (90, 90));
        assert_eq!(deliveries(&app, &erp, "state=delivered").await.len(), 90);
    }

    async fn what_a_killed_process_had_sent_comes_once_more_at_most(app: TestApp) {
        let receiver = Receiver::start().await;
        let erp = endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        receiver.fail_times("erp", Fault::Late(Duration::from_secs(60)), 1);
        place(&app).await;
        app.settle().await;
        let sending = another(&app);
        let sending = tokio::spawn(async move { sending.deliver_due().await });
        until(|| receiver.received("erp").len() == 1).await;
        sending.abort();
        let _ = sending.await;
        deliver(&app).await;
        assert_eq!(receiver.received("erp").len(), 1, "it is still claimed");
        assert_eq!(delivery(&app, &erp).await["state"], "pending");
        app.clock_advance(Duration::from_secs(61));
        deliver(&app).await;
        let received = receiver.received("erp");
        assert_eq!(received.len(), 2);
        assert_eq!(received[0].id(), received[1].id(), "under the same id");
        assert_eq!(received[0].body, received[1].body, "and byte by byte the same");
        let told = delivery(&app, &erp).await;
        assert_eq!((&told["state"], &told["attempts"]), (&json!("delivered"), &json!(2)));
        assert_eq!(told["log"].as_array().map(Vec::len), Some(1), "of the first nobody knows");
    }
}
