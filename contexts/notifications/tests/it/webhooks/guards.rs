//! The audits of webhooks, each seen red.

use super::shop::{app, by_hand, confirm, deliver, endpoint, place};
use notifications::Notifications;
use platform::module::run_audits;
use testkit::{Receiver, TestApp, on_both};

async fn findings(app: &TestApp) -> Vec<&'static str> {
    let found = run_audits(&app.host().db, Notifications::AUDITS).await;
    found
        .expect("audits run")
        .iter()
        .map(|finding| finding.audit)
        .collect()
}

on_both! {
    async fn what_was_lost_left_behind_or_overtaken_is_found(app: TestApp) {
        let receiver = Receiver::start().await;
        endpoint(&app, &receiver.url("erp"), &["comptoir.*"]).await;
        let order = place(&app).await;
        deliver(&app).await;
        assert!(findings(&app).await.is_empty());

        by_hand(&app, "update notifications_webhook_attempt set outcome = 'refused'").await;
        assert_eq!(findings(&app).await, ["a-webhook-that-is-delivered-was-taken"]);
        by_hand(&app, "update notifications_webhook_attempt set outcome = 'delivered'").await;

        by_hand(&app, "update notifications_webhook_delivery set state = 'dead', attempts = 0,
            tries = 0, delivered_at = null").await;
        assert_eq!(findings(&app).await, ["a-webhook-that-is-dead-was-tried"]);
        by_hand(&app, "update notifications_webhook_delivery set state = 'delivered',
            attempts = 1, delivered_at = 1").await;

        confirm(&app, order).await;
        app.settle().await;
        by_hand(&app, "update notifications_webhook_delivery set claim = event_id,
            claimed_until = 1 where state = 'pending'").await;
        assert_eq!(findings(&app).await, ["no-claim-on-a-webhook-is-left-behind"]);
        by_hand(&app, "update notifications_webhook_delivery set claim = event_id,
            claimed_until = 9000000000000000, state = 'pending', delivered_at = null").await;
        assert_eq!(findings(&app).await, ["webhooks-of-one-aggregate-keep-their-order"]);
        by_hand(&app, "update notifications_webhook_delivery set claim = null,
            claimed_until = null").await;
        deliver(&app).await;
    }
}
