//! When a person is erased, their login goes with them.

use super::*;
use contracts::people::ClientChanged;
use kernel::{ClientId, UserId};
use platform::auth::Role;

fn archived(client_id: ClientId, erased: bool) -> ClientChanged {
    let (archived, sealed_contact) = (true, None);
    ClientChanged {
        client_id,
        archived,
        erased,
        sealed_contact,
    }
}

on_both! {
    async fn an_erased_person_is_gone_from_identity_too(app: TestApp) {
        let id: UserId = register_anna(&app).await["id"].as_str().unwrap().parse().unwrap();
        let tokens = anna_logs_in(&app).await;
        let host = app.host();
        let mut tx = host.db.begin().await.unwrap();
        host.vault.erase(&mut tx, id.uuid()).await.unwrap();
        tx.commit().await.unwrap();
        app.publish(&archived(ClientId::from_uuid(id.uuid()), true), 2).await;
        app.settle().await;

        log_in(&app, "anna@example.com", PASSWORD).await.expect(401);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
        let path = format!("/v1/users/{id}");
        let shown = app.get(&path).as_role(Role::Admin).send().await.expect(200).json();
        assert_eq!((&shown["name"], &shown["email"]), (&Value::Null, &Value::Null));
        assert_eq!(shown["disabled"], json!(true));
        let rename = json!({"name": "Ghost", "disabled": false});
        let refused = app.patch(&path).as_role(Role::Admin).json(rename).send().await.expect(409);
        assert_eq!(refused.code(), "USER_ERASED");
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        // The address is free for somebody new, who may be the same person.
        register_anna(&app).await;
    }

    async fn a_client_who_merely_changed_or_has_no_login_is_let_be(app: TestApp) {
        let id: UserId = register_anna(&app).await["id"].as_str().unwrap().parse().unwrap();
        app.publish(&archived(ClientId::from_uuid(id.uuid()), false), 2).await;
        let stranger = app.host().source.id();
        app.publish(&archived(stranger, true), 2).await;
        app.settle().await;
        log_in(&app, "anna@example.com", PASSWORD).await.expect(200);
    }
}
