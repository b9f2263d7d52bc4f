//! What is not part of a sale can be done without; what is, cannot.

use crate::shop::*;
use contracts::identity::UserRegistered;
use kernel::{ClientId, UserId};
use platform::auth::Role;
use serde_json::json;
use testkit::smtp::{Mail, SmtpServer};
use testkit::{TestApp, on_both};

async fn registers(app: &TestApp, user_id: UserId, version: i64) {
    let profile = json!({"name": "Anna", "email": "anna@example.com"});
    let sealed_profile = seal(app, user_id.uuid(), &profile).await;
    app.publish(
        &UserRegistered {
            user_id,
            sealed_profile,
        },
        version,
    )
    .await;
    app.settle().await;
}

/// The path behind the link that a mail program presses.
fn link(mail: &Mail) -> String {
    let header = mail.header("list-unsubscribe").unwrap();
    let url = header.trim_matches(['<', '>']).to_owned();
    assert!(mail.body().contains(&url), "people find it, too");
    url.strip_prefix("http://shop.test").unwrap().to_owned()
}

on_both! {
    async fn one_click_and_no_more_of_that_kind_comes(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        let user: UserId = app.host().source.id();
        registers(&app, user, 1).await;
        post.deliver_due().await.unwrap();
        let link = link(&server.mails()[0]);

        // Programs that look at links unsubscribe nobody.
        let page = app.get(&link).send().await.expect(200);
        assert!(page.text().contains("<form method=\"post\">"));
        let id = text(&the_notice(&app, "kind=welcome").await["id"]);
        let one_click = "List-Unsubscribe=One-Click".to_owned();
        for _ in 0..2 {
            let press = app.post(&link);
            press.body("application/x-www-form-urlencoded", one_click.clone()).send().await
                .expect(200);
        }

        // The same welcome, were it due again.
        let mut tx = app.host().db.begin().await.unwrap();
        tx.query("update notifications_notice set status = 'dead'").execute().await.unwrap();
        tx.query("update notifications_attempt set outcome = 'refused'").execute().await.unwrap();
        tx.commit().await.unwrap();
        let path = format!("/v1/notifications/{id}/replay");
        app.post(&path).as_role(Role::Manager).json(json!({})).send().await.expect(200);
        order(&app, ClientId::from_uuid(user.uuid())).await;
        post.deliver_due().await.unwrap();
        let notice = the_notice(&app, "kind=welcome").await;
        assert_eq!(notice["status"], "skipped");
        assert_eq!(server.mails().len(), 2, "what belongs to the sale still comes");
        assert!(server.mails()[1].header("subject").unwrap().contains("order"));
    }

    async fn nobody_unsubscribes_others(app: TestApp) {
        let server = SmtpServer::start().await;
        registers(&app, app.host().source.id(), 1).await;
        by_mail(&app, &server).deliver_due().await.unwrap();
        let link = link(&server.mails()[0]);
        let (path, token) = link.split_once("?token=").unwrap();
        let (_, signed) = token.split_once('.').unwrap();
        let other = format!("B{}", &signed[1..]);
        for token in [
            "",
            "welcome",
            "welcome.",
            "welcome.AAAA",
            &format!("low_stock.{signed}"),
            &format!("order_placed.{signed}"),
            &format!("welcome.{other}"),
            &format!("welcome.{}", &signed[..20]),
        ] {
            let path = format!("{path}?token={token}");
            let refused = app.post(&path).send().await.expect(422);
            assert_eq!(refused.code(), "INVALID_TOKEN", "{token}");
            app.get(&path).send().await.expect(422);
        }
        app.post(path).send().await.expect(422);
    }
}
