//! Neither addresses nor numbers, names or tokens get into the log, however deliveries end, nor
//! into the database in clear.

use crate::shop::*;
use contracts::identity::LetterRequested;
use contracts::orders::OrderDelivered;
use kernel::UserId;
use serde_json::json;
use std::cell::RefCell;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use testkit::smtp::SmtpServer;
use testkit::twilio::TwilioServer;
use testkit::{Engine, Fault, Setup, TestApp};
use tracing::Dispatch;
use tracing::subscriber::DefaultGuard;

const CANARIES: [&str; 4] = ["zephyrine", "canary@example.com", "5550187", "canary-token"];

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn search(place: &str, text: &str) {
    let text = text.to_lowercase();
    for canary in CANARIES {
        assert!(!text.contains(canary), "{place} holds {canary}");
    }
}

impl Log {
    fn dispatch(&self) -> Dispatch {
        let log = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || log.clone());
        Dispatch::new(subscriber.finish())
    }
}

thread_local! {
    static LISTENING: RefCell<Option<DefaultGuard>> = const { RefCell::new(None) };
}

#[test]
fn nothing_personal_is_logged_or_stored_on_sqlite() {
    let log = Log::default();
    let dispatch = log.dispatch();
    let listen = move || {
        let guard = tracing::dispatcher::set_default(&dispatch);
        LISTENING.with(|listening| *listening.borrow_mut() = Some(guard));
    };
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .on_thread_start(listen.clone())
        .build()
        .unwrap();
    listen();
    runtime.block_on(async {
        let app = TestApp::start(Setup::new(Engine::Sqlite, app)).await;
        // A place that logs and was first reached by another test at the moment this one began to
        // listen may have missed that; a new listener has every place asked again.
        drop(log.dispatch());
        tell(&app).await;
        search("the database", &database(&app));
        app.end().await;
    });
    LISTENING.with(|listening| listening.borrow_mut().take());
    let said = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(said.contains("a text message"), "the log was listened to");
    search("the log", &said);
}

#[test]
#[should_panic(expected = "the log holds canary@example.com")]
fn a_canary_that_got_out_is_noticed() {
    search("the log", "sent to Canary@example.com");
}

/// Every way a delivery can end.
async fn tell(app: &TestApp) {
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
    order(app, client).await;
    let logged = with(app, |settings| {
        settings.mail = notifications::Mail::Off;
        settings.sms = notifications::Sms::Log;
    });
    app.clock_advance(Duration::from_secs(3600));
    logged.deliver_due().await.unwrap();
    assert!(!mail.mails().is_empty() && !sms.texts().is_empty());
}

fn database(app: &TestApp) -> String {
    let path = app
        .database_url()
        .trim_start_matches("sqlite://")
        .to_owned();
    let read = |path: String| std::fs::read(path).unwrap_or_default();
    let bytes = [read(path.clone()), read(format!("{path}-wal"))].concat();
    String::from_utf8_lossy(&bytes).into_owned()
}
