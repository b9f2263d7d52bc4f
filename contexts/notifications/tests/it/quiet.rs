//! At night nobody is sent what can wait until morning.

use crate::shop::*;
use contracts::identity::{LetterRequested, UserRegistered};
use contracts::orders::OrderDelivered;
use jiff::tz::{TimeZone, offset};
use kernel::{ClientId, OrderId, UserId};
use notifications::{Notifications, QuietHours, Settings};
use platform::auth::Role;
use platform::{Host, Module};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::twilio::TwilioServer;
use testkit::{Fault, TestApp, on_both};

const HOUR: Duration = Duration::from_secs(3600);
/// When the quiet hours are over.
const MORNING: &str = "2026-03-02T17:00:00Z";

/// Tests begin at 14:00 in UTC, which is noon where this shop is; these begin an hour later.
fn quiet() -> Option<QuietHours> {
    QuietHours::new("13:00-15:00", TimeZone::fixed(offset(-2)))
}

fn app(host: &Host) -> Vec<Module> {
    let mut settings = Settings::for_tests("nowhere".into());
    settings.quiet = quiet();
    vec![notifications::module(host, settings).expect("it opens")]
}

fn quietly(app: &TestApp, mail: &SmtpServer, sms: &TwilioServer) -> Notifications {
    with(app, |settings| {
        settings.mail = to(mail);
        settings.sms = twilio(sms);
        settings.quiet = quiet();
    })
}

async fn delivered(app: &TestApp, client: ClientId) -> OrderId {
    let order_id = order(app, client).await;
    app.publish(&OrderDelivered { order_id }, 3).await;
    app.settle().await;
    order_id
}

async fn text_to(app: &TestApp, order: OrderId) -> Value {
    the_notice(app, &format!("order_id={order}&channel=sms")).await
}

fn waits(notice: &Value) -> bool {
    let morning = notice["next_attempt_at"] == MORNING;
    morning && notice["status"] == "queued" && notice["reason"] == "quiet_hours"
}

on_both! {
    async fn text_messages_wait_for_the_morning_and_are_due_then(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
        let post = quietly(&app, &mail, &sms);
        app.clock_advance(HOUR);
        let order = delivered(&app, anna(&app).await).await;
        assert!(waits(&text_to(&app, order).await));
        post.deliver_due().await.unwrap();
        assert_eq!((mail.mails().len(), sms.texts().len()), (2, 0), "mail wakes nobody");
        assert_eq!(text_to(&app, order).await["tries"], 0);
        app.clock_advance(2 * HOUR);
        post.deliver_due().await.unwrap();
        assert_eq!(sms.texts().len(), 1);
    }

    async fn what_was_not_sent_before_the_night_waits_too(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
        let post = quietly(&app, &mail, &sms);
        let order = delivered(&app, anna(&app).await).await;
        assert_ne!(text_to(&app, order).await["next_attempt_at"], MORNING);
        app.clock_advance(HOUR);
        post.deliver_due().await.unwrap();
        assert!(waits(&text_to(&app, order).await));
        // Also when somebody has it tried again.
        let id = text(&text_to(&app, order).await["id"]);
        let replay = app.post(&format!("/v1/notifications/{id}/replay")).as_role(Role::Manager);
        replay.json(json!({})).send().await.expect(200);
        post.deliver_due().await.unwrap();
        assert!(waits(&text_to(&app, order).await));
        assert!(sms.texts().is_empty());
    }

    async fn what_fails_in_the_evening_is_not_tried_again_at_night(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
        let post = quietly(&app, &mail, &sms);
        app.clock_advance(HOUR - Duration::from_secs(1));
        let order = delivered(&app, anna(&app).await).await;
        sms.set_fault_times(Fault::FailBefore, 1);
        post.deliver_due().await.unwrap();
        let notice = text_to(&app, order).await;
        assert_eq!((&notice["tries"], &notice["next_attempt_at"]), (&json!(1), &json!(MORNING)));
        app.clock_advance(3 * HOUR);
        post.deliver_due().await.unwrap();
        assert_eq!(text_to(&app, order).await["status"], "sent");
    }

    async fn mail_that_one_can_do_without_waits_and_a_letter_does_not(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
        app.clock_advance(HOUR);
        let user_id: UserId = app.host().source.id();
        let profile = json!({"name": "Anna", "email": "anna@example.com", "token": "the-token"});
        let sealed = seal(&app, user_id.uuid(), &profile).await;
        let registered = UserRegistered { user_id, sealed_profile: sealed.clone() };
        app.publish(&registered, 1).await;
        let letter = LetterRequested {
            letter_id: app.host().source.id(),
            user_id,
            kind: "password_reset".to_owned(),
            expires_at: app.host().source.now().plus(HOUR),
            sealed_letter: sealed,
        };
        app.publish(&letter, 1).await;
        app.settle().await;
        let post = quietly(&app, &mail, &sms);
        post.deliver_due().await.unwrap();
        assert_eq!(the_notice(&app, "kind=password_reset").await["status"], "sent");
        assert!(waits(&the_notice(&app, "kind=welcome").await));
        app.clock_advance(2 * HOUR);
        post.deliver_due().await.unwrap();
        assert_eq!(the_notice(&app, "kind=welcome").await["status"], "sent");
    }
}
