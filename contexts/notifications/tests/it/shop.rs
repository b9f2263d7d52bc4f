//! A small shop for the tests: orders and people that other contexts tell of.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::orders::{OrderConfirmed, OrderPlaced};
use contracts::people::ClientChanged;
use kernel::{ClientId, Language, OrderId, StoreId};
use notifications::{Mail, Notifications, Settings, Sms, Twilio};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use platform::{Engine, Host, Module};
use serde_json::{Value, json};
use std::time::Duration;
use testkit::TestApp;
use testkit::smtp::SmtpServer;
use testkit::twilio::{TWILIO_ACCOUNT, TWILIO_TOKEN, TwilioServer};
use uuid::Uuid;

/// Notifications whose notices nobody delivers: tests bring their own servers.
pub fn app(host: &Host) -> Vec<Module> {
    let settings = Settings::for_tests("nowhere".into());
    vec![notifications::module(host, settings).expect("it opens")]
}

/// The same notifications, with mail to this server.
pub fn by_mail(app: &TestApp, server: &SmtpServer) -> Notifications {
    with(app, |settings| settings.mail = to(server))
}

pub fn to(server: &SmtpServer) -> Mail {
    Mail::Smtp {
        url: server.url().into(),
        from: "Chez Anna <orders@shop.test>".parse().expect("a mailbox"),
    }
}

/// The same notifications, with text messages to this server.
pub fn by_text(app: &TestApp, server: &TwilioServer) -> Notifications {
    with(app, |settings| {
        settings.mail = Mail::Off;
        settings.sms = twilio(server);
    })
}

pub fn twilio(server: &TwilioServer) -> Sms {
    Sms::Twilio(Twilio {
        url: server.url().to_owned(),
        account_sid: TWILIO_ACCOUNT.to_owned(),
        auth_token: TWILIO_TOKEN.into(),
        from: "+15145550100".to_owned(),
    })
}

/// The same notifications, in another process as it were.
pub fn with(app: &TestApp, adjust: impl FnOnce(&mut Settings)) -> Notifications {
    let mut settings = Settings::for_tests("nowhere".into());
    settings.sms = Sms::Off;
    settings.patience = Duration::from_millis(300);
    adjust(&mut settings);
    Notifications::new(app.host(), settings).expect("it opens")
}

/// What people seal for events.
pub async fn seal(app: &TestApp, person: Uuid, profile: &Value) -> String {
    let host = app.host();
    let mut tx = host.db.begin().await.expect("the database answers");
    let sealed = host.vault.seal(&mut tx, person, &profile.to_string()).await;
    tx.commit().await.expect("the key is kept");
    STANDARD.encode(sealed.expect("it is sealed"))
}

/// A client who is reached like this.
pub async fn client_with(app: &TestApp, profile: Value) -> ClientId {
    let client_id: ClientId = app.host().source.id();
    let sealed = seal(app, client_id.uuid(), &profile).await;
    let event = ClientChanged {
        client_id,
        archived: false,
        erased: false,
        sealed_contact: Some(sealed),
    };
    app.publish(&event, 1).await;
    client_id
}

pub async fn anna(app: &TestApp) -> ClientId {
    client_with(
        app,
        json!({"name": "Anna", "email": "anna@example.com", "phone": "+1 514 555 0123"}),
    )
    .await
}

pub async fn amelie(app: &TestApp) -> ClientId {
    let language = Language::French;
    client_with(
        app,
        json!({"name": "Amélie", "email": "amelie@example.com", "language": language}),
    )
    .await
}

pub fn placed(order_id: OrderId, client_id: ClientId) -> OrderPlaced {
    OrderPlaced {
        order_id,
        number: format!("ORD-2026-{:06}", order_id.uuid().as_u128() % 1_000_000),
        client_id,
        store_id: None,
        items: Vec::new(),
        total_minor: 123_450,
        currency: "CAD".to_owned(),
        payment_method: "invoice".to_owned(),
        employee_id: None,
        country: None,
    }
}

/// An order that stands.
pub async fn order(app: &TestApp, client: ClientId) -> OrderId {
    let order_id = app.host().source.id();
    app.publish(&placed(order_id, client), 1).await;
    let store_id = StoreId::from_uuid(Uuid::from_u128(7));
    app.publish(&OrderConfirmed { order_id, store_id }, 2).await;
    app.settle().await;
    order_id
}

/// The notices under a filter, oldest first.
pub async fn notices(app: &TestApp, filter: &str) -> Vec<Value> {
    let path = format!("/v1/notifications?limit=100&{filter}");
    let page = app.get(&path).as_role(Role::Clerk).send().await.expect(200);
    let mut items = page.json()["items"].as_array().expect("a list").clone();
    items.reverse();
    items
}

/// `kind by channel`, of the notices of an order, oldest first.
pub async fn told(app: &TestApp, order: OrderId) -> Vec<String> {
    let all = notices(app, &format!("order_id={order}")).await;
    let one = |notice: &Value| format!("{} by {}", text(&notice["kind"]), text(&notice["channel"]));
    all.iter().map(one).collect()
}

/// The one notice under a filter, with its attempts.
pub async fn the_notice(app: &TestApp, filter: &str) -> Value {
    let all = notices(app, filter).await;
    assert_eq!(all.len(), 1, "{filter}: {all:?}");
    let path = format!("/v1/notifications/{}", text(&all[0]["id"]));
    let one = app.get(&path).as_role(Role::Clerk).send().await;
    one.expect(200).json()
}

/// Status and outcomes of the one notice by mail of an order.
pub async fn mail_of(app: &TestApp, order: OrderId) -> (String, Vec<String>) {
    let notice = the_notice(app, &format!("order_id={order}&channel=email")).await;
    let attempts = notice["attempts"].as_array().expect("attempts");
    let outcomes = attempts.iter().map(|one| text(&one["outcome"])).collect();
    (text(&notice["status"]), outcomes)
}

pub fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("no text: {value}"))
        .to_owned()
}

/// A clerk who is limited to this store.
pub fn clerk_of(app: &TestApp, store: StoreId) -> Principal {
    Principal {
        subject: app.host().source.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Clerk]),
        client: None,
        stores: Some(vec![store]),
    }
}

/// How the engine goes about a statement of somebody who writes; PostgreSQL with these options.
pub async fn explained(app: &TestApp, options: &str, statement: &str) -> String {
    let (before, column) = match app.engine() {
        Engine::Sqlite => ("explain query plan".to_owned(), "detail"),
        Engine::Postgres => (format!("explain {options}"), "QUERY PLAN"),
    };
    let sql: &'static str = format!("{before} {statement}").leak();
    let mut tx = app.host().db.begin().await.unwrap();
    let rows = tx.query(sql).fetch_all().await.unwrap();
    tx.rollback().await.unwrap();
    let line = |row: &platform::db::Row| row.get::<String>(column).unwrap();
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}
