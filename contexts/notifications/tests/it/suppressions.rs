//! What providers report of addresses stops what is sent there, and can be taken back.

use crate::shop::*;
use contracts::identity::UserRegistered;
use contracts::people::ClientChanged;
use kernel::{ClientId, UserId};
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::twilio::TwilioServer;
use testkit::{Answer, Fault, TestApp, on_both};

const PATH: &str = "/v1/notification-suppressions";

async fn report(app: &TestApp, address: &str, channel: &str, reason: &str) -> Answer {
    let body = json!({"address": address, "channel": channel, "reason": reason});
    app.post(PATH)
        .as_role(Role::Service)
        .json(body)
        .send()
        .await
}

async fn list(app: &TestApp, filter: &str) -> Value {
    let path = format!("{PATH}?count=true&{filter}");
    let page = app.get(&path).as_role(Role::Manager).send().await;
    page.expect(200).json()
}

/// The one there is.
async fn only(app: &TestApp) -> Value {
    let all = list(app, "").await;
    assert_eq!(all["total"], 1, "{all}");
    all["items"][0].clone()
}

/// Somebody with an account, who is welcomed.
async fn registered(app: &TestApp, email: &str) -> ClientId {
    let user_id: UserId = app.host().source.id();
    let profile = json!({"name": "Anna", "email": email, "phone": "+1 514 555 0123"});
    let sealed_profile = seal(app, user_id.uuid(), &profile).await;
    app.publish(
        &UserRegistered {
            user_id,
            sealed_profile,
        },
        1,
    )
    .await;
    app.settle().await;
    ClientId::from_uuid(user_id.uuid())
}

/// Status and reason of the one notice under a filter.
async fn ended(app: &TestApp, filter: &str) -> (String, Value) {
    let notice = the_notice(app, filter).await;
    (text(&notice["status"]), notice["reason"].clone())
}

on_both! {
    async fn after_a_complaint_only_what_belongs_to_a_sale_or_an_account_is_sent(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        report(&app, "Anna@Example.com", "email", "complaint").await.expect(201);
        let anna = registered(&app, "anna@example.com").await;
        let order = order(&app, anna).await;
        post.deliver_due().await.unwrap();
        let welcome = format!("kind=welcome&client_id={anna}");
        let suppressed = ("skipped".to_owned(), json!("suppressed"));
        assert_eq!(ended(&app, &welcome).await, suppressed);
        assert_eq!(mail_of(&app, order).await.0, "sent");
        // Taken back, and the welcome comes when somebody has it tried again.
        let path = format!("{PATH}/{}", text(&only(&app).await["id"]));
        app.delete(&path).as_role(Role::Manager).send().await.expect(204);
        app.delete(&path).as_role(Role::Manager).send().await.expect(404);
        let id = text(&the_notice(&app, &welcome).await["id"]);
        let replay = app.post(&format!("/v1/notifications/{id}/replay")).as_role(Role::Manager);
        replay.json(json!({})).send().await.expect(200);
        post.deliver_due().await.unwrap();
        assert_eq!(ended(&app, &welcome).await.0, "sent");
    }

    async fn after_a_bounce_nothing_is_sent_there_and_everything_elsewhere(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
        let (by_mail, by_text) = (by_mail(&app, &mail), by_text(&app, &sms));
        report(&app, "+1 (514) 555-0123", "sms", "bounce").await.expect(201);
        let anna = anna(&app).await;
        let order_id = order(&app, anna).await;
        app.publish(&contracts::orders::OrderDelivered { order_id }, 3).await;
        app.settle().await;
        by_mail.deliver_due().await.unwrap();
        by_text.deliver_due().await.unwrap();
        let text = ended(&app, &format!("order_id={order_id}&channel=sms")).await;
        assert_eq!(text, ("skipped".to_owned(), json!("suppressed")));
        assert_eq!((mail.mails().len(), sms.texts().len()), (2, 0));
        // The mailbox goes, too.
        report(&app, "anna@example.com", "email", "bounce").await.expect(201);
        let second = order(&app, anna).await;
        by_mail.deliver_due().await.unwrap();
        let mailed = ended(&app, &format!("order_id={second}&channel=email")).await;
        assert_eq!(mailed, ("skipped".to_owned(), json!("suppressed")));
        assert_eq!(mail.mails().len(), 2);
    }

    async fn a_report_is_kept_once_and_found_by_its_address(app: TestApp) {
        let first = report(&app, "anna@example.com", "email", "complaint").await.expect(201);
        let again = report(&app, " ANNA@example.com ", "email", "complaint").await.expect(201);
        assert_eq!(first.json(), again.json());
        assert_eq!(first.json()["address"], "anna@example.com");
        let place = first.header("location").unwrap().to_owned();
        let read = app.get(&place).as_role(Role::Manager).send().await.expect(200);
        assert_eq!(read.json(), first.json());
        report(&app, "anna@example.com", "email", "bounce").await.expect(201);
        report(&app, "+15145550123", "sms", "bounce").await.expect(201);
        for (filter, many) in [
            ("", 3),
            ("channel=sms", 1),
            ("reason=bounce", 2),
            ("address=Anna%40example.com", 2),
            ("address=%2B1+514+555+0123", 1),
            ("address=boris%40example.com", 0),
        ] {
            assert_eq!(list(&app, filter).await["total"], many, "{filter}");
        }
        let page = list(&app, "limit=1").await;
        let rest = format!("cursor={}", text(&page["next_cursor"]));
        assert_eq!(list(&app, &rest).await["items"].as_array().unwrap().len(), 2);
    }

    async fn what_is_no_address_of_the_channel_is_refused(app: TestApp) {
        for (address, channel) in [
            ("anna", "email"),
            ("+1 514 555 0123", "email"),
            ("anna@example.com", "sms"),
        ] {
            let refused = report(&app, address, channel, "bounce").await.expect(422);
            assert_eq!(refused.code(), "INVALID_ADDRESS");
            assert_eq!(refused.json()["error"]["details"][0]["field"], "address");
        }
        report(&app, "anna@example.com", "email", "dislike").await.expect(422);
        report(&app, "anna@example.com", "pigeon", "bounce").await.expect(422);
    }

    async fn reporting_is_for_services_and_reading_for_managers(app: TestApp) {
        let body = json!({"address": "a@b.example", "channel": "email", "reason": "bounce"});
        for role in [Role::Customer, Role::Clerk, Role::Manager] {
            app.post(PATH).as_role(role).json(body.clone()).send().await.expect(403);
        }
        app.post(PATH).as_role(Role::Admin).json(body).send().await.expect(201);
        for role in [Role::Customer, Role::Clerk, Role::Service] {
            app.get(PATH).as_role(role).send().await.expect(403);
        }
    }

    async fn what_a_delivery_showed_is_listed_with_its_notice(app: TestApp) {
        let server = SmtpServer::start().await;
        server.set_fault_times(Fault::Decline, 1);
        let order = order(&app, anna(&app).await).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={order}")).await;
        let shown = only(&app).await;
        assert_eq!((&shown["address"], &shown["reason"], &shown["code"]),
            (&json!("anna@example.com"), &json!("bounce"), &json!("smtp_550")));
        assert_eq!(shown["notification_id"], notice["id"]);
    }

    async fn of_the_erased_no_address_is_shown_any_more_and_still_nothing_is_sent_there(
        app: TestApp
    ) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let client_id = anna(&app).await;
        order(&app, client_id).await;
        post.deliver_due().await.unwrap();
        report(&app, "anna@example.com", "email", "bounce").await.expect(201);
        let (archived, erased, sealed_contact) = (true, true, None);
        let event = ClientChanged { client_id, archived, erased, sealed_contact };
        app.publish(&event, 2).await;
        app.settle().await;
        assert_eq!(only(&app).await["address"], Value::Null);
        app.audit().await;
        // Somebody else at the same address.
        let order = order(&app, anna(&app).await).await;
        post.deliver_due().await.unwrap();
        assert_eq!(ended(&app, &format!("order_id={order}")).await.1, "suppressed");
        assert_eq!(server.mails().len(), 1);
    }

    /// A replay lifts what its own delivery showed, and no report.
    async fn a_replay_lifts_no_report(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        server.set_fault_times(Fault::Decline, 1);
        let order = order(&app, anna(&app).await).await;
        report(&app, "anna@example.com", "email", "complaint").await.expect(201);
        post.deliver_due().await.unwrap();
        let id = text(&the_notice(&app, &format!("order_id={order}")).await["id"]);
        let replay = app.post(&format!("/v1/notifications/{id}/replay")).as_role(Role::Manager);
        replay.json(json!({})).send().await.expect(200);
        assert_eq!(only(&app).await["reason"], "complaint");
        app.clock_advance(Duration::from_secs(1));
        post.deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, order).await.0, "sent");
    }
}
