//! Mail reaches its server once, whatever the server does and whoever is killed meanwhile.

use crate::shop::*;
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::{Fault, TestApp, on_both};

/// Longer than any pause.
const LONG: Duration = Duration::from_secs(16 * 60);

on_both! {
    async fn mail_says_who_it_is_from_and_which_notice_it_is(app: TestApp) {
        let server = SmtpServer::start().await;
        let order = order(&app, anna(&app).await).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let mail = &server.mails()[0];
        let notice = the_notice(&app, &format!("order_id={order}")).await;
        assert_eq!(mail.from, "orders@shop.test");
        assert_eq!(mail.header("from").unwrap(), "\"Chez Anna\" <orders@shop.test>");
        assert_eq!(mail.header("to").unwrap(), "Anna <anna@example.com>");
        let id = format!("<{}@shop.test>", text(&notice["id"]));
        assert_eq!(mail.header("message-id").unwrap(), id);
        assert_eq!(mail.header("auto-submitted").unwrap(), "auto-generated");
        assert_eq!(mail.header("list-unsubscribe"), None, "it belongs to a sale");
        assert_eq!(mail_of(&app, order).await, ("sent".to_owned(), vec!["sent".to_owned()]));
        assert_eq!(notice["tries"], 1);
    }

    async fn a_server_that_is_busy_is_asked_again_later(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let order = order(&app, anna(&app).await).await;
        for fault in [Fault::FailBefore, Fault::TooMany, Fault::LostBefore, Fault::Authenticate] {
            server.set_fault_times(fault, 1);
            post.deliver_due().await.unwrap();
            assert_eq!(mail_of(&app, order).await.0, "queued", "{fault:?}");
            app.clock_advance(LONG);
        }
        post.deliver_due().await.unwrap();
        let (status, outcomes) = mail_of(&app, order).await;
        assert_eq!((status.as_str(), outcomes.len()), ("sent", 5));
        assert!(outcomes[..4].iter().all(|outcome| outcome == "deferred"), "{outcomes:?}");
        assert_eq!(server.mails().len(), 1);
    }

    async fn nothing_is_tried_before_its_pause_is_over(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let order = order(&app, anna(&app).await).await;
        server.set_fault(Fault::FailBefore);
        for _ in 0..3 {
            post.deliver_due().await.unwrap();
        }
        let notice = the_notice(&app, &format!("order_id={order}")).await;
        assert_eq!((&notice["tries"], &notice["reason"]), (&json!(1), &json!("smtp_451")));
        assert!(notice["next_attempt_at"].is_string());
    }

    async fn a_mailbox_that_is_not_there_gets_no_more_mail(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let anna = anna(&app).await;
        let first = order(&app, anna).await;
        server.set_fault_times(Fault::Decline, 1);
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={first}")).await;
        assert_eq!((&notice["status"], &notice["reason"]), (&json!("dead"), &json!("smtp_550")));

        let second = order(&app, anna).await;
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={second}")).await;
        let suppressed = (&json!("skipped"), &json!("suppressed"));
        assert_eq!((&notice["status"], &notice["reason"]), suppressed);
        assert!(server.mails().is_empty());

        // The mailbox is there again: whoever knows has the dead one tried again.
        let dead = the_notice(&app, "status=dead").await;
        for id in [&dead["id"], &notice["id"]] {
            let path = format!("/v1/notifications/{}/replay", text(id));
            let replayed = app.post(&path).as_role(Role::Manager).json(json!({})).send().await;
            assert_eq!(replayed.expect(200).json()["status"], "queued");
        }
        post.deliver_due().await.unwrap();
        assert_eq!(server.mails().len(), 2);
        let path = format!("/v1/notifications/{}/replay", text(&dead["id"]));
        let again = app.post(&path).as_role(Role::Manager).json(json!({})).send().await;
        assert_eq!(again.expect(409).code(), "ILLEGAL_TRANSITION");
    }

    async fn a_server_that_hangs_holds_up_neither_the_database_nor_text_messages(app: TestApp) {
        let (mail, sms) = (SmtpServer::start().await, testkit::twilio::TwilioServer::start().await);
        let texts = by_text(&app, &sms);
        let post = with(&app, |settings| {
            settings.mail = to(&mail);
            settings.patience = Duration::from_secs(3);
        });
        let order = order(&app, anna(&app).await).await;
        let reason = "requested".to_owned();
        let event = contracts::orders::OrderCancelled { order_id: order, reason };
        app.publish(&event, 3).await;
        app.settle().await;
        mail.set_fault(Fault::Hang);
        let hanging = tokio::spawn(async move { post.deliver_due().await });
        let sending = format!("order_id={order}&status=sending");
        while notices(&app, &sending).await.len() < 2 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // Every connection is free: four at once can be read by, and the one writer of SQLite.
        let mut held = Vec::new();
        for _ in 0..4 {
            held.push(app.host().db.read().await.unwrap());
        }
        drop(held);
        app.host().db.begin().await.unwrap().rollback().await.unwrap();
        texts.deliver_due().await.unwrap();
        assert_eq!(sms.texts().len(), 1);
        assert_eq!(notices(&app, &sending).await.len(), 2, "the server still hangs");
        hanging.await.unwrap().unwrap();
        let notice = notices(&app, &format!("order_id={order}&channel=email")).await;
        assert_eq!((&notice[0]["status"], &notice[0]["reason"]),
            (&json!("queued"), &json!("no_answer")));
    }

    /// The server has the mail, and we do not know: the duplicate says that it is one.
    async fn a_mail_whose_answer_is_lost_comes_again_under_the_same_id(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let order = order(&app, anna(&app).await).await;
        for fault in [Fault::LostAfter, Fault::Late(Duration::ZERO), Fault::FailAfter] {
            server.set_fault_times(fault, 1);
            post.deliver_due().await.unwrap();
            assert_eq!(mail_of(&app, order).await.0, "queued", "{fault:?}");
            app.clock_advance(LONG);
        }
        post.deliver_due().await.unwrap();
        let ids: Vec<_> = server.mails().iter().map(|mail| mail.header("message-id")).collect();
        assert_eq!(ids.len(), 4);
        assert!(ids.iter().all(|id| id == &ids[0]), "{ids:?}");
        assert_eq!(mail_of(&app, order).await.0, "sent");
    }

    /// Killed in the middle: nobody settles the claim, and another process takes it over.
    async fn what_a_killed_process_was_sending_is_sent_by_another(app: TestApp) {
        let server = SmtpServer::start().await;
        let (killed, other) = (by_mail(&app, &server), by_mail(&app, &server));
        let order = order(&app, anna(&app).await).await;
        server.set_fault_times(Fault::Late(Duration::ZERO), 1);
        let sending = tokio::spawn(async move { killed.deliver_due().await });
        while server.mails().is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        sending.abort();
        let _ = sending.await;
        other.deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, order).await.0, "sending", "it may still be under way");
        app.clock_advance(Duration::from_secs(61));
        other.deliver_due().await.unwrap();
        let outcomes = vec!["lost".to_owned(), "sent".to_owned()];
        assert_eq!(mail_of(&app, order).await, ("sent".to_owned(), outcomes));
        let mails = server.mails();
        assert_eq!(mails.len(), 2);
        assert_eq!(mails[0].header("message-id"), mails[1].header("message-id"));
    }

    async fn many_processes_share_the_work_and_send_nothing_twice(app: TestApp) {
        let server = SmtpServer::start().await;
        let anna = anna(&app).await;
        for _ in 0..60 {
            let order_id = app.host().source.id();
            app.publish(&placed(order_id, anna), 1).await;
            let store_id = kernel::StoreId::from_uuid(uuid::Uuid::from_u128(7));
            let confirmed = contracts::orders::OrderConfirmed { order_id, store_id };
            app.publish(&confirmed, 2).await;
        }
        app.settle().await;
        let processes: Vec<_> = (0..4).map(|_| by_mail(&app, &server)).collect();
        let work = processes.iter().map(|one| one.deliver_due());
        for done in futures::future::join_all(work).await {
            done.unwrap();
        }
        let mut ids: Vec<_> = server.mails().iter().map(|one| one.header("message-id")).collect();
        assert_eq!(ids.len(), 60);
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    }

    async fn an_outage_of_half_an_hour_loses_nothing(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        server.go_down().await;
        let anna = anna(&app).await;
        let orders = [order(&app, anna).await, order(&app, anna).await];
        for _ in 0..30 {
            post.deliver_due().await.unwrap();
            app.clock_advance(Duration::from_secs(60));
        }
        assert!(notices(&app, "status=dead").await.is_empty());
        server.come_up().await;
        app.clock_advance(LONG);
        post.deliver_due().await.unwrap();
        assert_eq!(server.mails().len(), orders.len());
    }

    async fn what_could_not_be_delivered_for_two_days_is_given_up_and_can_be_tried_again(
        app: TestApp
    ) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        server.set_fault(Fault::FailBefore);
        let order = order(&app, anna(&app).await).await;
        post.deliver_due().await.unwrap();
        app.clock_advance(Duration::from_secs(48 * 3600));
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, "status=dead").await;
        assert_eq!(notice["reason"], "expired");
        server.clear_faults();
        let path = format!("/v1/notifications/{}/replay", text(&notice["id"]));
        app.post(&path).as_role(Role::Manager).json(json!({})).send().await.expect(200);
        post.deliver_due().await.unwrap();
        assert_eq!(mail_of(&app, order).await.0, "sent");
    }

    async fn in_development_mail_is_left_as_files(app: TestApp) {
        let folder = tempfile::tempdir().unwrap();
        let outbox = folder.path().join("outbox");
        let post = with(&app, |settings| {
            let left = notifications::Settings::for_tests(outbox.clone());
            settings.mail = left.mail;
        });
        let order = order(&app, anna(&app).await).await;
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, &format!("order_id={order}")).await;
        let mail = std::fs::read_to_string(outbox.join(format!("{}.eml", text(&notice["id"]))));
        assert!(mail.unwrap().contains("To: Anna <anna@example.com>"));
        assert_eq!(std::fs::read_dir(&outbox).unwrap().count(), 1);
    }

    async fn the_log_is_read_by_status_kind_channel_order_and_client(app: TestApp) {
        let (anna, amelie) = (anna(&app).await, amelie(&app).await);
        let (hers, _) = (order(&app, anna).await, order(&app, amelie).await);
        for (filter, many) in [
            (String::new(), 2),
            (format!("order_id={hers}"), 1),
            (format!("client_id={amelie}"), 1),
            ("kind=order_placed".to_owned(), 2),
            ("kind=order_paid".to_owned(), 0),
            ("channel=email".to_owned(), 2),
            ("channel=sms".to_owned(), 0),
            ("status=queued".to_owned(), 2),
            ("status=sent".to_owned(), 0),
        ] {
            assert_eq!(notices(&app, &filter).await.len(), many, "{filter}");
        }
        let list = |query: &str| {
            app.get(&format!("/v1/notifications?{query}")).as_role(Role::Clerk)
        };
        let page = list("limit=1&count=true").send().await.expect(200).json();
        assert_eq!(page["total"], 2);
        let next = format!("limit=1&cursor={}", text(&page["next_cursor"]));
        let last = list(&next).send().await.expect(200).json();
        assert_eq!((&last["next_cursor"], last["items"].as_array().map(Vec::len)),
            (&Value::Null, Some(1)));
        for wrong in ["status=lost", "kind=order", "limit=0", "cursor=x", "sort=id"] {
            list(wrong).send().await.expect(422);
        }
        app.get("/v1/notifications").as_role(Role::Customer).send().await.expect(403);
    }
}
