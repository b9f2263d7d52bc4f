//! Every audit of notifications and of webhooks, seen red.

use crate::shop::*;
use notifications::Notifications;
use platform::auth::Role;
use serde_json::json;
use testkit::smtp::SmtpServer;
use testkit::{Harm, TestApp, every_audit_is_seen_red, on_both};

const HARMS: &[Harm] = &[
    Harm::new(
        "a-notice-is-delivered-once",
        &[
            "insert into notifications_attempt (notice_id, nth, outcome, started_at, ended_at)
           select notice_id, 99, outcome, started_at, ended_at from notifications_attempt",
        ],
    ),
    Harm::new(
        "what-was-sent-has-an-attempt-that-says-so",
        &["update notifications_attempt set outcome = 'deferred'"],
    ),
    Harm::new(
        "no-claim-is-older-than-an-hour",
        &["update notifications_notice
           set status = 'sending', tries = 1, updated_at = updated_at - 3600000001
           where status = 'queued'"],
    ),
    Harm::new(
        "nothing-sealed-is-kept-once-it-was-sent",
        &["update notifications_notice
           set sealed = (select sealed_contact from notifications_client)"],
    ),
    Harm::new(
        "of-the-erased-no-contact-is-kept",
        &["update notifications_client set erased = true"],
    ),
    Harm::new(
        "of-the-erased-no-address-is-kept",
        &["update notifications_client set erased = true, sealed_contact = null"],
    ),
    Harm::new(
        "a-webhook-that-is-delivered-was-taken",
        &["update notifications_webhook_delivery set state = 'delivered', delivered_at = 1"],
    ),
    Harm::new(
        "a-webhook-that-is-dead-was-tried",
        &["update notifications_webhook_delivery set state = 'dead', last_outcome = 'refused'"],
    ),
    Harm::new(
        "no-claim-on-a-webhook-is-left-behind",
        &[
            "update notifications_webhook_delivery set claim = event_id, claimed_until = 1",
            "insert into notifications_webhook_attempt (delivery_id, nth, at, outcome, duration_ms)
             select id, 1, created_at, 'delivered', 1 from notifications_webhook_delivery",
        ],
    ),
    Harm::new(
        "webhooks-of-one-aggregate-keep-their-order",
        &["update notifications_webhook_delivery set claim = event_id, claimed_until = 1"],
    ),
];

on_both! {
    /// A client who was written to of one order and not yet of another, and an endpoint that nobody
    /// has called yet.
    async fn the_audits_see_what_went_around_the_use_cases(app: TestApp) {
        let everything = json!({"url": "https://erp.example/", "event_types": ["comptoir.*"]});
        let endpoint = app.post("/v1/webhook-endpoints").as_role(Role::Admin).json(everything);
        endpoint.send().await.expect(201);
        let server = SmtpServer::start().await;
        let anna = anna(&app).await;
        let told = order(&app, anna).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, told).await.0, "sent");
        order(&app, anna).await;
        every_audit_is_seen_red(&app, Notifications::AUDITS, HARMS).await;
    }
}
