//! People choose what they are told beside what belongs to their orders and their account, and may
//! think again.

use crate::shop::*;
use contracts::identity::UserRegistered;
use contracts::people::ClientChanged;
use kernel::{ClientId, UserId};
use platform::auth::{Principal, PrincipalKind, Role, Roles};
use serde_json::{Value, json};
use testkit::smtp::SmtpServer;
use testkit::{Answer, TestApp, on_both};

fn path(client: ClientId) -> String {
    format!("/v1/clients/{client}/notification-preferences")
}

const MINE: &str = "/v1/users/me/notification-preferences";

/// The user that a client is.
fn customer(client: ClientId) -> Principal {
    Principal {
        subject: client.uuid(),
        kind: PrincipalKind::User,
        roles: Roles::of(&[Role::Customer]),
        client: None,
        stores: None,
    }
}

async fn get(app: &TestApp, path: &str, who: &Principal) -> Answer {
    app.get(path).as_principal(who).send().await
}

async fn put(app: &TestApp, path: &str, who: &Principal, kinds: &[&str]) -> Answer {
    let body = json!({"unsubscribed": kinds});
    app.put(path).as_principal(who).json(body).send().await
}

fn preferences(unsubscribed: &[&str]) -> Value {
    json!({"optional": ["low_stock", "price_changed", "welcome"], "unsubscribed": unsubscribed})
}

async fn registers(app: &TestApp, user_id: UserId) {
    let profile = json!({"name": "Anna", "email": "anna@example.com"});
    let sealed_profile = seal(app, user_id.uuid(), &profile).await;
    let registered = UserRegistered {
        user_id,
        sealed_profile,
    };
    app.publish(&registered, 1).await;
    app.settle().await;
}

on_both! {
    async fn a_client_chooses_and_thinks_again(app: TestApp) {
        let client = anna(&app).await;
        app.settle().await;
        let (anna, own) = (customer(client), path(client));
        let first = get(&app, &own, &anna).await.expect(200);
        assert_eq!(first.json(), preferences(&["price_changed"]), "until one asks for it");
        let less = put(&app, &own, &anna, &["welcome", "low_stock", "welcome"]).await.expect(200);
        assert_eq!(less.json(), preferences(&["low_stock", "welcome"]));
        // Staff, and the user that the client is, see the same and may change it.
        let clerk = app.get(&own).as_role(Role::Clerk).send().await.expect(200);
        assert_eq!(clerk.json(), less.json());
        assert_eq!(get(&app, MINE, &anna).await.expect(200).json(), less.json());
        let more = put(&app, MINE, &anna, &["low_stock"]).await.expect(200);
        assert_eq!(more.json(), preferences(&["low_stock"]));
        let all = app.put(&own).as_role(Role::Clerk).json(json!({"unsubscribed": []}));
        assert_eq!(all.send().await.expect(200).json(), preferences(&[]));
        assert_eq!(get(&app, &own, &anna).await.expect(200).json(), preferences(&[]));
    }

    async fn what_is_not_wanted_is_not_sent_and_what_is_wanted_again_is(app: TestApp) {
        let server = SmtpServer::start().await;
        let post = by_mail(&app, &server);
        for (unsubscribed, status) in [(vec!["welcome"], "skipped"), (vec![], "sent")] {
            let user_id: UserId = app.host().source.id();
            let client = ClientId::from_uuid(user_id.uuid());
            // Whatever came before, the last word counts.
            put(&app, MINE, &customer(client), &["welcome"]).await.expect(200);
            put(&app, MINE, &customer(client), &unsubscribed).await.expect(200);
            registers(&app, user_id).await;
            post.deliver_due().await.unwrap();
            let notice = the_notice(&app, &format!("kind=welcome&client_id={client}")).await;
            assert_eq!(notice["status"], status);
            order(&app, client).await;
            post.deliver_due().await.unwrap();
        }
        let subjects: Vec<_> = server.mails().iter()
            .map(|mail| mail.header("subject").unwrap().contains("order")).collect();
        assert_eq!(subjects, [true, false, true], "what belongs to a sale always comes");
    }

    async fn what_belongs_to_a_sale_or_an_account_is_no_choice(app: TestApp) {
        let client = anna(&app).await;
        app.settle().await;
        let (anna, own) = (customer(client), path(client));
        let refused = put(&app, &own, &anna, &["welcome", "order_paid", "password_reset"]).await;
        let refused = refused.expect(422);
        assert_eq!(refused.code(), "NOT_OPTIONAL");
        let fields: Vec<_> = refused.json()["error"]["details"].as_array().unwrap().iter()
            .map(|detail| text(&detail["field"])).collect();
        assert_eq!(fields, ["unsubscribed[1]", "unsubscribed[2]"]);
        put(&app, &own, &anna, &["gossip"]).await.expect(422);
        app.put(&own).as_principal(&anna).json(json!({})).send().await.expect(422);
        let other = json!({"unsubscribed": [], "address": "me@example.com"});
        app.put(&own).as_principal(&anna).json(other).send().await.expect(422);
        let now = get(&app, &own, &anna).await.expect(200).json();
        assert_eq!(now, preferences(&["price_changed"]));
    }

    async fn nobody_chooses_for_others(app: TestApp) {
        let (client, other) = (anna(&app).await, amelie(&app).await);
        app.settle().await;
        let own = path(client);
        get(&app, &own, &customer(other)).await.expect(404);
        put(&app, &own, &customer(other), &["welcome"]).await.expect(404);
        for role in [Role::Supplier, Role::Service] {
            app.get(&own).as_role(role).send().await.expect(403);
        }
        let nobody = path(app.host().source.id());
        app.get(&nobody).as_role(Role::Clerk).send().await.expect(404);
        let body = json!({"unsubscribed": ["welcome"]});
        app.put(&nobody).as_role(Role::Clerk).json(body.clone()).send().await.expect(404);
        let erased = ClientChanged {
            client_id: client,
            archived: true,
            erased: true,
            sealed_contact: None,
        };
        app.publish(&erased, 2).await;
        app.settle().await;
        app.put(&own).as_role(Role::Clerk).json(body).send().await.expect(404);
    }

    async fn a_change_of_what_has_changed_since_is_refused(app: TestApp) {
        let client = anna(&app).await;
        app.settle().await;
        let (anna, own) = (customer(client), path(client));
        let seen = get(&app, &own, &anna).await.header("etag").unwrap().to_owned();
        put(&app, &own, &anna, &["welcome"]).await.expect(200);
        let late = |tag: &str| {
            let put = app.put(&own).as_principal(&anna).header("if-match", tag);
            put.json(json!({"unsubscribed": ["low_stock"]})).send()
        };
        assert_eq!(late(&seen).await.expect(412).code(), "PRECONDITION_FAILED");
        let now = get(&app, &own, &anna).await.header("etag").unwrap().to_owned();
        assert_eq!(late(&now).await.expect(200).json(), preferences(&["low_stock"]));
    }
}
