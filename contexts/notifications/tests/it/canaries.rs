//! Neither addresses nor numbers, names or tokens get into the log, however deliveries end, nor
//! into the database in clear.

use crate::shop::*;
use contracts::identity::LetterRequested;
use contracts::orders::OrderDelivered;
use kernel::UserId;
use platform::auth::Role;
use serde_json::json;
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::twilio::TwilioServer;
use testkit::{Engine, Fault, Log, Setup, TestApp, listening};

const CANARIES: [&str; 4] = ["zephyrine", "canary@example.com", "5550187", "canary-token"];

/// Neither as it is nor in hexadecimal, as blobs are dumped; there the first letter may be a
/// capital.
fn search(place: &str, text: &str) {
    let text = text.to_lowercase();
    for canary in CANARIES {
        let hex: String = canary
            .bytes()
            .skip(1)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let out = text.contains(canary) || text.contains(&hex);
        assert!(!out, "{place} holds {canary}");
    }
}

fn nothing_personal_is_logged_or_stored(engine: Engine) {
    let said = listening(async |log| {
        let app = TestApp::start(Setup::new(engine, app)).await;
        log.ask_again();
        tell(&app, &log).await;
        let stored = app.dump_database().await;
        assert!(stored.contains("notifications_notice"), "it was dumped");
        search("the database", &stored);
        app.end().await;
        log.text()
    });
    assert!(said.contains("a text message"), "the log was listened to");
    search("the log", &said);
}

#[test]
fn nothing_personal_is_logged_or_stored_on_sqlite() {
    nothing_personal_is_logged_or_stored(Engine::Sqlite);
}

#[test]
fn nothing_personal_is_logged_or_stored_on_postgres() {
    nothing_personal_is_logged_or_stored(Engine::Postgres);
}

#[test]
#[should_panic(expected = "the database holds zephyrine")]
fn a_canary_in_a_blob_is_noticed() {
    search("the database", "<blob>005A6570687972696E65</blob>");
}

#[test]
#[should_panic(expected = "the log holds canary@example.com")]
fn a_canary_that_got_out_is_noticed() {
    search("the log", "sent to Canary@example.com");
}

/// Every way a delivery can end.
async fn tell(app: &TestApp, log: &Log) {
    let (mail, sms) = (SmtpServer::start().await, TwilioServer::start().await);
    let (by_mail, by_text) = (by_mail(app, &mail), by_text(app, &sms));
    let profile = json!({"name": "Zephyrine", "email": "canary@example.com",
        "phone": "+1 514 555-0187"});
    let client = client_with(app, profile).await;
    let letter = json!({"name": "Zephyrine", "email": "canary@example.com",
        "token": "canary-token"});
    let user_id = UserId::from_uuid(client.uuid());
    let letter = LetterRequested {
        letter_id: app.host().source.id(),
        user_id,
        kind: "password_reset".to_owned(),
        expires_at: app.host().source.now().plus(Duration::from_secs(3600)),
        sealed_letter: seal(app, user_id.uuid(), &letter).await,
    };
    app.publish(&letter, 1).await;
    for fault in [
        Some(Fault::FailBefore),
        Some(Fault::LostAfter),
        Some(Fault::Authenticate),
        Some(Fault::Hang),
        None,
        Some(Fault::Decline),
    ] {
        let order_id = order(app, client).await;
        app.publish(&OrderDelivered { order_id }, 3).await;
        app.settle().await;
        if let Some(fault) = fault {
            mail.set_fault_times(fault, 2);
            sms.set_fault_times(fault, 2);
        }
        by_mail.deliver_due().await.unwrap();
        by_text.deliver_due().await.unwrap();
    }
    let logged = with(app, |settings| {
        settings.mail = notifications::Mail::Off;
        settings.sms = notifications::Sms::Log;
    });
    // Twice: what another test logs for the first time at this moment is not listened to at once.
    for area in ["438", "613"] {
        let phone = format!("+1 {area} 555-0187");
        let profile = json!({"name": "Zephyrine", "email": "canary@example.com", "phone": phone});
        let client = client_with(app, profile).await;
        let order_id = order(app, client).await;
        app.publish(&OrderDelivered { order_id }, 3).await;
        app.settle().await;
        logged.deliver_due().await.unwrap();
        log.ask_again();
    }
    assert!(!mail.mails().is_empty() && !sms.texts().is_empty());
    for (address, channel) in [("Canary@example.com", "email"), ("+1 613 555-0187", "sms")] {
        let body = json!({"address": address, "channel": channel, "reason": "complaint"});
        let report = app
            .post("/v1/notification-suppressions")
            .as_role(Role::Admin);
        report.json(body).send().await.expect(201);
        let list = app
            .get("/v1/notification-suppressions")
            .as_role(Role::Admin);
        list.send().await.expect(200);
    }
}
