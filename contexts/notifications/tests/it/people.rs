//! People come, need letters, and are forgotten.

use crate::shop::*;
use contracts::identity::{LetterRequested, UserRegistered};
use contracts::people::ClientChanged;
use kernel::UserId;
use platform::auth::Role;
use serde_json::json;
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::{TestApp, on_both};

async fn letter(app: &TestApp, user_id: UserId, kind: &str) -> LetterRequested {
    let letter = json!({"name": "Anna", "email": "anna@login.example", "token": "the-token"});
    let event = LetterRequested {
        letter_id: app.host().source.id(),
        user_id,
        kind: kind.to_owned(),
        expires_at: app.host().source.now().plus(Duration::from_secs(3600)),
        sealed_letter: seal(app, user_id.uuid(), &letter).await,
    };
    app.publish(&event, 1).await;
    app.settle().await;
    event
}

on_both! {
    async fn whoever_registers_is_welcomed_once(app: TestApp) {
        let server = SmtpServer::start().await;
        let user_id: UserId = app.host().source.id();
        let profile = json!({"name": "Anna", "email": "anna@example.com", "language": "fr"});
        let sealed_profile = seal(&app, user_id.uuid(), &profile).await;
        for version in [1, 2] {
            let event = UserRegistered { user_id, sealed_profile: sealed_profile.clone() };
            app.publish(&event, version).await;
        }
        app.settle().await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert!(mails[0].body().contains("Votre compte est prêt"));
        let notice = the_notice(&app, "kind=welcome").await;
        assert_eq!((&notice["user_id"], &notice["client_id"]), (&json!(user_id), &json!(null)));
    }

    /// Clients who registered before anything was told of them in particular.
    async fn whoever_registered_is_reached_about_orders_too(app: TestApp) {
        let server = SmtpServer::start().await;
        let user_id: UserId = app.host().source.id();
        let profile = json!({"name": "Anna", "email": "anna@example.com"});
        let sealed_profile = seal(&app, user_id.uuid(), &profile).await;
        app.publish(&UserRegistered { user_id, sealed_profile }, 1).await;
        order(&app, kernel::ClientId::from_uuid(user_id.uuid())).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let to = |mail: &testkit::smtp::Mail| mail.to == ["anna@example.com"];
        assert_eq!(server.mails().iter().filter(|mail| to(mail)).count(), 2);
    }

    async fn letters_go_to_the_address_they_are_about_and_are_kept_no_longer_than_needed(
        app: TestApp
    ) {
        let server = SmtpServer::start().await;
        let user: UserId = app.host().source.id();
        letter(&app, user, "password_reset").await;
        letter(&app, user, "email_verification").await;
        letter(&app, user, "carrier_pigeon").await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let mails = server.mails();
        assert_eq!(mails.len(), 2, "of a kind that nobody knows there is none");
        assert!(mails.iter().all(|mail| mail.to == ["anna@login.example"]));
        let link = |page: &str| format!("http://shop.test/{page}?token=the-token");
        let linked = |page| mails.iter().any(|mail| mail.body().contains(&link(page)));
        assert!(linked("reset-password") && linked("verify-email"));
        let mut tx = app.host().db.read().await.unwrap();
        let kept = tx.query(
            "select count(*) as n from notifications_notice where sealed is not null",
        );
        assert_eq!(kept.fetch_one().await.unwrap().get::<i64>("n").unwrap(), 0);
    }

    async fn a_letter_whose_token_has_expired_is_not_sent_nor_tried_again(app: TestApp) {
        let server = SmtpServer::start().await;
        letter(&app, app.host().source.id(), "password_reset").await;
        app.clock_advance(Duration::from_secs(3601));
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert!(server.mails().is_empty());
        let notice = the_notice(&app, "status=dead").await;
        let path = format!("/v1/notifications/{}/replay", text(&notice["id"]));
        let replayed = app.post(&path).as_role(Role::Admin).json(json!({})).send().await;
        assert_eq!(replayed.expect(409).code(), "NOTIFICATION_EXPIRED");
    }

    async fn nothing_is_sent_to_the_erased(app: TestApp) {
        let server = SmtpServer::start().await;
        let client_id = anna(&app).await;
        let (order, host) = (order(&app, client_id).await, app.host());
        let letter_id = letter(&app, UserId::from_uuid(client_id.uuid()), "password_reset").await;
        let mut tx = host.db.begin().await.unwrap();
        host.vault.erase(&mut tx, client_id.uuid()).await.unwrap();
        tx.commit().await.unwrap();
        let (archived, erased, sealed_contact) = (true, true, None);
        let event = ClientChanged { client_id, archived, erased, sealed_contact };
        app.publish(&event, 2).await;
        app.settle().await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert!(server.mails().is_empty(), "{letter_id:?}");
        assert_eq!(mail_of(&app, order).await.0, "erased");
        assert_eq!(the_notice(&app, "kind=password_reset").await["status"], "erased");
    }

    /// Both news in one round of the runner.
    async fn of_who_comes_and_is_erased_at_once_nothing_is_kept(app: TestApp) {
        let client_id = anna(&app).await;
        let (archived, erased, sealed_contact) = (true, true, None);
        let event = ClientChanged { client_id, archived, erased, sealed_contact };
        app.publish(&event, 2).await;
        app.settle().await;
        app.audit().await;
        let order = order(&app, client_id).await;
        let server = SmtpServer::start().await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, order).await.0, "erased");
    }

    /// The key is destroyed at once; the news of it come a moment later.
    async fn nor_to_those_of_whom_only_the_key_is_gone(app: TestApp) {
        let server = SmtpServer::start().await;
        let client = anna(&app).await;
        let (order, host) = (order(&app, client).await, app.host());
        let mut tx = host.db.begin().await.unwrap();
        host.vault.erase(&mut tx, client.uuid()).await.unwrap();
        tx.commit().await.unwrap();
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert!(server.mails().is_empty());
        assert_eq!(mail_of(&app, order).await.0, "erased");
    }

    async fn mail_goes_to_where_the_client_is_now(app: TestApp) {
        let server = SmtpServer::start().await;
        let client_id = anna(&app).await;
        order(&app, client_id).await;
        let profile = json!({"name": "Anna", "email": "anna@moved.example"});
        let sealed = seal(&app, client_id.uuid(), &profile).await;
        let (archived, erased) = (false, false);
        let event = ClientChanged { client_id, archived, erased, sealed_contact: Some(sealed) };
        app.publish(&event, 2).await;
        let event = ClientChanged { archived: true, sealed_contact: None, ..event };
        app.publish(&event, 3).await;
        app.settle().await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!(server.mails()[0].to, ["anna@moved.example"]);
    }

    async fn a_client_nobody_can_reach_is_passed_over_until_somebody_can(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let stranger = app.host().source.id();
        let unknown = order(&app, stranger).await;
        let nameless = client_with(&app, json!({"name": "12583"})).await;
        let without = order(&app, nameless).await;
        post.deliver_due().await.unwrap();
        for (order, reason) in [(unknown, "no_contact"), (without, "no_address")] {
            let notice = the_notice(&app, &format!("order_id={order}")).await;
            assert_eq!((&notice["status"], &notice["reason"]), (&json!("skipped"), &json!(reason)));
        }
    }

    async fn what_does_not_open_holds_up_nobody_else(app: TestApp) {
        let server = SmtpServer::start().await;
        let (anna, amelie) = (anna(&app).await, amelie(&app).await);
        // What was sealed for one is told to be the other's.
        let stranger = json!({"name": "x", "email": "x@example.com"});
        let foreign = seal(&app, anna.uuid(), &stranger).await;
        let (archived, erased) = (false, false);
        let event = ClientChanged {
            client_id: amelie, archived, erased, sealed_contact: Some(foreign),
        };
        app.publish(&event, 2).await;
        let (bad, good) = (order(&app, amelie).await, order(&app, anna).await);
        by_mail(&app, &server).deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, good).await.0, "sent");
        let notice = the_notice(&app, &format!("order_id={bad}")).await;
        assert_eq!(notice["reason"], "unreadable_contact");
    }
}
