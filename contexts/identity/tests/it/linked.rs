//! A login that is linked to another client: the user buys as that one.

use super::*;
use contracts::people::LoginLinked;
use kernel::{ClientId, UserId};
use platform::auth::Role;

/// What a token says its holder buys as.
fn client_in(app: &TestApp, tokens: &Answer) -> ClientId {
    let token = tokens.field("access_token");
    app.host().tokens.verify(&token).unwrap().client_id()
}

async fn linked(app: &TestApp, user_id: UserId, client_id: ClientId, version: i64) {
    app.publish(&LoginLinked { user_id, client_id }, version)
        .await;
    app.settle().await;
}

on_both! {
    async fn a_user_buys_as_the_client_that_their_login_is_linked_to(app: TestApp) {
        let registered = register_anna(&app).await;
        let user: UserId = registered["id"].as_str().unwrap().parse().unwrap();
        let own = ClientId::from_uuid(user.uuid());
        assert_eq!(registered["client_id"], json!(own));
        let tokens = anna_logs_in(&app).await;
        assert_eq!(client_in(&app, &tokens), own);

        let other: ClientId = app.host().source.id();
        linked(&app, user, other, 2).await;
        let tokens = refresh(&app, &tokens.field("refresh_token")).await.expect(200);
        assert_eq!(client_in(&app, &tokens), other);
        assert_eq!(client_in(&app, &anna_logs_in(&app).await), other);
        let me = || app.get("/v1/users/me").bearer(&tokens.field("access_token")).send();
        let seen = me().await.expect(200);
        assert_eq!((&seen.json()["client_id"], seen.header("etag")),
            (&json!(other), Some("\"2\"")));

        linked(&app, user, own, 3).await;
        assert_eq!(client_in(&app, &anna_logs_in(&app).await), own);
        assert_eq!(me().await.expect(200).json()["client_id"], json!(own));
    }

    async fn what_is_told_twice_or_late_changes_nothing(app: TestApp) {
        let registered = register_anna(&app).await;
        let user: UserId = registered["id"].as_str().unwrap().parse().unwrap();
        let (late, now) = (app.host().source.id(), app.host().source.id());
        linked(&app, user, now, 5).await;
        linked(&app, user, late, 4).await;
        let path = format!("/v1/users/{user}");
        let shown = app.get(&path).as_role(Role::Admin).send().await.expect(200);
        assert_eq!((&shown.json()["client_id"], shown.header("etag")),
            (&json!(now), Some("\"2\"")));
        linked(&app, app.host().source.id(), now, 2).await;
    }

    async fn staff_are_no_client(app: TestApp) {
        let clerk = json!({"name": "Clerk", "email": "clerk@example.com", "password": PASSWORD,
            "roles": ["clerk"]});
        let made = app.post("/v1/users").as_role(Role::Admin).json(clerk).send().await;
        assert_eq!(made.expect(201).json()["client_id"], Value::Null);
    }
}
