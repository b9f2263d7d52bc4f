//! Users who register become clients.

use crate::witness::told_of_client;
use crate::{app, enter, read};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::UserRegistered;
use kernel::{ClientId, UserId};
use platform::auth::Role;
use serde_json::{Value, json};
use testkit::{TestApp, on_both};

/// Somebody as identity would announce them.
pub async fn registered(app: &TestApp, profile: Value) -> UserRegistered {
    let (host, user_id) = (app.host(), app.host().source.id());
    let mut tx = host.db.begin().await.expect("a transaction");
    let text = profile.to_string();
    let sealed = host
        .vault
        .seal(&mut tx, user_id.uuid(), &text)
        .await
        .expect("sealed");
    tx.commit().await.expect("committed");
    UserRegistered {
        user_id,
        sealed_profile: STANDARD.encode(sealed),
    }
}

fn client_path(user: UserId) -> String {
    format!("/v1/clients/{}", ClientId::from_uuid(user.uuid()))
}

on_both! {
    async fn a_user_who_registers_is_a_client(app: TestApp) {
        let profile = json!({
            "name": "Anna Smith", "email": "anna@example.com", "phone": "555 0123",
        });
        let event = registered(&app, profile).await;
        app.publish(&event, 1).await;
        app.settle().await;
        let path = client_path(event.user_id);
        let own = app.get(&path).as_customer(event.user_id.uuid()).send().await.expect(200);
        assert_eq!(own.field("name"), "Anna Smith");
        assert_eq!(own.field("phone"), "555 0123");
        assert_eq!(own.json()["user_id"], json!(event.user_id));
        assert_eq!(read(&app, "/v1/clients?email=anna@example.com").await["items"][0], own.json());
        assert_eq!(read(&app, "/v1/clients?q=smith").await["items"][0], own.json());
        assert_eq!(told_of_client(event.user_id.uuid()), [(1, false, false)]);
        let body = json!({"name": "Other", "email": "anna@example.com"});
        app.post("/v1/clients").as_role(Role::Clerk).json(body).send().await.expect(409);
    }

    async fn a_registration_told_twice_makes_one_client(app: TestApp) {
        let profile = json!({"name": "Anna", "email": "anna@example.com"});
        let event = registered(&app, profile).await;
        app.publish(&event, 1).await;
        app.settle().await;
        let path = client_path(event.user_id);
        let patch = app.patch(&path).as_role(Role::Clerk).json(json!({"name": "Anne"}));
        patch.send().await.expect(200);
        // A new version gets past the guard that drops what was delivered before.
        app.publish(&event, 2).await;
        app.settle().await;
        assert_eq!(read(&app, &path).await["name"], "Anne");
        assert_eq!(read(&app, "/v1/clients?count=true").await["total"], 1);
        assert_eq!(told_of_client(event.user_id.uuid()).len(), 2);
    }

    async fn an_address_that_is_anothers_is_kept_and_not_claimed(app: TestApp) {
        let old = enter(&app, "Anna at the counter", "anna@example.com").await;
        let profile = json!({"name": "Anna online", "email": "anna@example.com"});
        let event = registered(&app, profile).await;
        app.publish(&event, 1).await;
        app.settle().await;
        let path = client_path(event.user_id);
        assert_eq!(read(&app, &path).await["email"], "anna@example.com");
        let found = read(&app, "/v1/clients?email=anna@example.com&count=true").await;
        assert_eq!(found["total"], 2);
        let me = event.user_id.uuid();
        let theirs = format!("/v1/clients/{}", old.field("id"));
        app.get(&theirs).as_customer(me).send().await.expect(404);
        let same = json!({"name": "Anna O.", "email": "anna@example.com"});
        app.put(&path).as_customer(me).json(same).send().await.expect(200);
        let other = json!({"email": "online@example.com"});
        app.patch(&path).as_customer(me).json(other).send().await.expect(200);
        let back = json!({"email": "anna@example.com"});
        app.patch(&path).as_customer(me).json(back).send().await.expect(409);
    }

    async fn a_registration_after_the_erasure_makes_nobody(app: TestApp) {
        let profile = json!({"name": "Anna", "email": "anna@example.com"});
        let event = registered(&app, profile).await;
        let host = app.host();
        let mut tx = host.db.begin().await.expect("a transaction");
        host.vault.erase(&mut tx, event.user_id.uuid()).await.expect("erased");
        tx.commit().await.expect("committed");
        app.publish(&event, 1).await;
        app.settle().await;
        app.get(&client_path(event.user_id)).as_role(Role::Clerk).send().await.expect(404);
        assert_eq!(told_of_client(event.user_id.uuid()), []);
    }
}
