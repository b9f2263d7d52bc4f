//! Managers who ask for it hear of new prices: of all that changed within an hour in one mail.

use crate::shop::*;
use contracts::catalog::ProductChanged;
use contracts::identity::UserChanged;
use kernel::{ProductId, UserId};
use notifications::Settings;
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::json;
use std::time::Duration;
use testkit::smtp::{Mail, SmtpServer};
use testkit::{TestApp, on_both};
use uuid::Uuid;

const HOUR: Duration = Duration::from_secs(3600);
const MINE: &str = "/v1/users/me/notification-preferences";

fn product(nth: u128) -> ProductId {
    ProductId::from_uuid(Uuid::from_u128(nth))
}

/// What the catalogue tells of a product.
fn costs(nth: u128, price_minor: i64) -> ProductChanged {
    ProductChanged {
        product_id: product(nth),
        sku: format!("MUG-{nth:04}"),
        name: format!("Mug {nth}"),
        category_id: kernel::Id::from_uuid(Uuid::from_u128(1)),
        group_id: None,
        price_minor,
        currency: "CAD".to_owned(),
        status: "active".to_owned(),
    }
}

/// Somebody with a role, who has asked for news of prices or not.
async fn user(app: &TestApp, name: &str, role: Role, asks: bool) -> Principal {
    let user_id: UserId = app.host().source.id();
    let profile = json!({"name": name, "email": format!("{name}@shop.example")});
    let event = UserChanged {
        user_id,
        roles: vec![role.as_str().to_owned()],
        store_ids: None,
        disabled: false,
        sealed_contact: Some(seal(app, user_id.uuid(), &profile).await),
    };
    app.publish(&event, 1).await;
    app.settle().await;
    let somebody = Principal {
        subject: user_id.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[role]),
        client: None,
        stores: None,
    };
    if asks {
        choose(app, &somebody, &[]).await;
    }
    somebody
}

async fn choose(app: &TestApp, who: &Principal, unsubscribed: &[&str]) {
    let body = json!({"unsubscribed": unsubscribed});
    let put = app.put(MINE).as_principal(who).json(body);
    put.send().await.expect(200);
}

/// What the shop does every minute.
async fn tell(app: &TestApp) {
    let told = with(app, |settings| {
        settings.mail = Settings::for_tests("nowhere".into()).mail;
    });
    let module = told.module();
    let job = module
        .jobs
        .iter()
        .find(|job| job.name == "notifications.prices");
    (job.unwrap().run)().await.unwrap();
}

async fn mails(app: &TestApp) -> Vec<Mail> {
    let server = SmtpServer::start().await;
    by_mail(app, &server).deliver_due().await.unwrap();
    server.mails()
}

on_both! {
    async fn who_asked_hears_of_all_new_prices_of_an_hour_at_once(app: TestApp) {
        user(&app, "asks", Role::Manager, true).await;
        user(&app, "silent", Role::Manager, false).await;
        user(&app, "clerk", Role::Clerk, true).await;
        for nth in 1..=2 {
            app.publish(&costs(nth, 999), 1).await;
        }
        app.publish(&costs(2, 123_450), 2).await;
        app.settle().await;
        app.clock_advance(HOUR - Duration::from_secs(1));
        app.publish(&costs(1, 1099), 2).await;
        app.publish(&costs(1, 899), 3).await;
        // No new price.
        app.publish(&costs(1, 899), 4).await;
        app.settle().await;
        tell(&app).await;
        assert!(notices(&app, "").await.is_empty(), "they are still gathered");
        app.clock_advance(Duration::from_secs(1));
        for _ in 0..2 {
            tell(&app).await;
        }
        assert_eq!(notices(&app, "kind=price_changed").await.len(), 1);
        let mails = mails(&app).await;
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["asks@shop.example"]);
        assert_eq!(mails[0].header("subject").unwrap(), "Prices changed: 2");
        let lines = "Mug 1 (MUG-0001): 9.99\u{a0}CAD → 8.99\u{a0}CAD\n\
            Mug 2 (MUG-0002): 9.99\u{a0}CAD → 1,234.50\u{a0}CAD\n\n";
        assert!(mails[0].body().contains(lines), "{}", mails[0].body());
        assert!(!mails[0].body().contains("more."), "{}", mails[0].body());
        assert!(mails[0].header("list-unsubscribe").is_some());
    }

    async fn a_new_price_list_is_one_mail(app: TestApp) {
        user(&app, "asks", Role::Admin, false).await;
        user(&app, "amelie", Role::Manager, true).await;
        for (version, price) in [(1, 999), (2, 1099)] {
            let mut tx = app.host().db.begin().await.unwrap();
            for nth in 1..=500 {
                tx.publish(&costs(nth, price), version).unwrap();
            }
            tx.commit().await.unwrap();
        }
        app.settle().await;
        app.clock_advance(HOUR);
        tell(&app).await;
        let mails = mails(&app).await;
        assert_eq!(mails.len(), 1);
        let body = mails[0].body();
        assert_eq!(body.matches('→').count(), 50);
        assert!(body.contains("Mug 50 ") && body.contains("and 450 more."), "{body}");
    }

    async fn a_price_that_is_as_before_or_of_what_is_not_sold_is_no_news(app: TestApp) {
        user(&app, "asks", Role::Manager, true).await;
        for (version, price) in [(1, 999), (2, 99), (3, 999)] {
            app.publish(&costs(1, price), version).await;
        }
        for (version, price) in [(1, 999), (2, 99)] {
            let draft = ProductChanged { status: "draft".to_owned(), ..costs(2, price) };
            app.publish(&draft, version).await;
        }
        app.settle().await;
        app.clock_advance(HOUR);
        tell(&app).await;
        assert!(notices(&app, "").await.is_empty());
    }

    async fn where_nobody_asked_nothing_is_gathered(app: TestApp) {
        let asks = user(&app, "asks", Role::Manager, true).await;
        choose(&app, &asks, &["price_changed"]).await;
        app.publish(&costs(1, 999), 1).await;
        app.publish(&costs(1, 1099), 2).await;
        app.settle().await;
        // What happened before one asks is no news.
        choose(&app, &asks, &[]).await;
        app.clock_advance(HOUR);
        tell(&app).await;
        assert!(notices(&app, "").await.is_empty());
    }

    async fn the_link_in_the_mail_ends_it_also_for_what_is_under_way(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let asks = user(&app, "asks", Role::Manager, true).await;
        app.publish(&costs(1, 999), 1).await;
        for version in [2, 3] {
            app.publish(&costs(1, 1000 + version), version).await;
            app.settle().await;
            app.clock_advance(HOUR);
            tell(&app).await;
            if version == 2 {
                post.deliver_due().await.unwrap();
            }
        }
        let link = server.mails()[0].header("list-unsubscribe").unwrap();
        let link = link.trim_matches(['<', '>']).strip_prefix("http://shop.test").unwrap();
        app.post(link).send().await.expect(200);
        let mine = app.get(MINE).as_principal(&asks).send().await.expect(200);
        assert_eq!(mine.json()["unsubscribed"], json!(["price_changed"]));
        post.deliver_due().await.unwrap();
        assert_eq!(server.mails().len(), 1);
        let skipped = the_notice(&app, "status=skipped").await;
        assert_eq!(skipped["reason"], "unsubscribed");
    }

    async fn its_text_is_looked_at_and_replaced_as_all_are(app: TestApp) {
        let path = "/v1/notification-templates/price_changed/email/fr";
        let preview = app.post(&format!("{path}/preview")).as_role(Role::Manager);
        let shown = preview.json(json!({})).send().await.expect(200).json();
        assert_eq!(shown["subject"], "Prix modifiés : 2");
        assert!(text(&shown["body"]).contains("9,99\u{a0}CAD → 10,99\u{a0}CAD"));
        let own = json!({"subject": "{{ count }}", "body": "{{ changes }}"});
        app.put(path).as_role(Role::Manager).json(own).send().await.expect(200);
    }
}
