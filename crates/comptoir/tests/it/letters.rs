//! What people are told by the whole shop, from a real mail server's point of view.

pub use crate::shop::app;

use crate::shop::{furnish, make};
use notifications::{Mail, Notifications, Settings, Sms};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::smtp::{Mail as Taken, SmtpServer};
use testkit::{TestApp, on_both};

const PASSWORD: &str = "correct horse battery staple";
const NEW: &str = "another long password";

fn by_mail(app: &TestApp, server: &SmtpServer) -> Notifications {
    let mut settings = Settings::for_tests("nowhere".into());
    settings.sms = Sms::Off;
    settings.mail = Mail::Smtp {
        url: server.url().into(),
        from: "Comptoir <shop@shop.test>".parse().unwrap(),
    };
    Notifications::new(app.host(), settings).unwrap()
}

/// Everything that is due, since `before` mails.
async fn mails(app: &TestApp, server: &SmtpServer, before: usize) -> Vec<Taken> {
    app.settle().await;
    by_mail(app, server).deliver_due().await.unwrap();
    server.mails().split_off(before)
}

/// The token in the link of a mail.
fn token(mails: &[Taken], page: &str) -> String {
    let bodies = mails.iter().map(Taken::body);
    let link = |body: String| {
        let (_, rest) = body.split_once(&format!("/{page}?token="))?;
        Some(rest.lines().next()?.to_owned())
    };
    bodies.filter_map(link).next().unwrap()
}

async fn post(app: &TestApp, path: &str, body: Value) -> testkit::Answer {
    app.post(path).json(body).send().await
}

on_both! {
    async fn somebody_comes_buys_forgets_and_is_forgotten(app: TestApp) {
        let server = SmtpServer::start().await;
        let shop = furnish(&app, 1, 10).await;
        let person = json!({"name": "Zoé", "email": "zoe@example.com", "password": PASSWORD,
            "language": "fr"});
        let user = post(&app, "/v1/auth/register", person).await.expect(201).field("id");
        let first = mails(&app, &server, 0).await;
        assert_eq!(first.len(), 2, "a welcome, and an address to verify");
        assert!(first.iter().all(|mail| mail.to == ["zoe@example.com"]));
        assert!(first.iter().all(|mail| mail.body().contains("Bonjour Zoé,")));
        let verify = json!({"token": token(&first, "verify-email")});
        post(&app, "/v1/auth/email/verify", verify).await.expect(204);

        let forgot = json!({"email": "zoe@example.com"});
        post(&app, "/v1/auth/password/forgot", forgot).await.expect(202);
        identity::send_reset_letters(app.host()).await.unwrap();
        let letter = mails(&app, &server, 2).await;
        let reset = json!({"token": token(&letter, "reset-password"), "new_password": NEW});
        post(&app, "/v1/auth/password/reset", reset).await.expect(204);
        let login = json!({"email": "zoe@example.com", "password": NEW});
        post(&app, "/v1/auth/login", login).await.expect(200);

        let client = user.replace("user_", "cli_");
        let order = json!({"client_id": client, "payment": {"method": "invoice"},
            "items": [{"product_id": shop.products[0], "quantity": 2}]});
        let order = make(&app, "/v1/orders", order).await;
        let path = format!("/v1/orders/{order}/shipments");
        let parcel_id = make(&app, &path, json!({"carrier": "sandbox"})).await;
        let shipped = app.patch(&format!("/v1/shipments/{parcel_id}")).as_role(Role::Clerk);
        shipped.json(json!({"status": "in_transit"})).send().await.expect(200);
        let about = mails(&app, &server, 3).await;
        assert_eq!(about.len(), 2);
        assert!(about.iter().any(|mail| mail.body().contains("19,98\u{a0}CAD")));
        let parcel = about.iter().find(|mail| mail.body().contains("colis")).unwrap().body();
        let (_, tracking) = parcel.split_once("http://shop.test").unwrap();
        let tracked = app.get(tracking.lines().next().unwrap()).send().await.expect(200);
        assert_eq!(tracked.field("status"), "in_transit");

        let patched = app.patch(&format!("/v1/clients/{client}")).as_role(Role::Clerk);
        let english = patched.json(json!({"language": "en"})).send().await.expect(200);
        assert_eq!(english.field("language"), "en");
        let erase = app.post(&format!("/v1/clients/{client}/erase")).as_role(Role::Admin);
        erase.send().await.expect(200);
        // What was left to be told of the order stays untold.
        let arrived = app.patch(&format!("/v1/shipments/{parcel_id}")).as_role(Role::Clerk);
        arrived.json(json!({"status": "delivered"})).send().await.expect(200);
        assert!(mails(&app, &server, 5).await.is_empty());
        let told = format!("/v1/notifications?order_id={order}&status=erased&count=true");
        let told = app.get(&told).as_role(Role::Clerk).send().await.expect(200);
        assert_eq!(told.json()["total"], 1);
    }

    async fn whoever_manages_the_store_hears_that_it_runs_out(app: TestApp) {
        let server = SmtpServer::start().await;
        let shop = furnish(&app, 1, 10).await;
        let boss = json!({"name": "Boss", "email": "boss@shop.test", "password": PASSWORD,
            "roles": ["manager"], "store_ids": [shop.store]});
        let boss = make(&app, "/v1/users", boss).await;
        let moved = json!({"email": "chief@shop.test"});
        let moved = app.patch(&format!("/v1/users/{boss}")).as_role(Role::Admin).json(moved);
        moved.send().await.expect(200);
        let level = json!({"product_id": shop.products[0], "store_id": shop.store,
            "quantity": 5, "min_stock": 4});
        let set = app.post("/v1/inventory").as_role(Role::Clerk).json(level).send().await;
        assert!(set.status < 300, "{}", set.text());
        let order = json!({"client_id": shop.client, "payment": {"method": "invoice"},
            "items": [{"product_id": shop.products[0], "quantity": 2}]});
        make(&app, "/v1/orders", order).await;
        let low = mails(&app, &server, 0).await;
        let low: Vec<_> = low.iter().filter(|mail| mail.header("list-unsubscribe").is_some())
            .collect();
        assert_eq!(low.len(), 1);
        assert_eq!(low[0].to, ["chief@shop.test"]);
        assert_eq!(low[0].header("subject").unwrap(), "Low stock: Product 0 in Main");
    }
}
