//! A person is exported and erased.

use crate::witness::told_of_client;
use crate::{app, enter, read, uuid_of};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn an_export_holds_everything_on_the_person(app: TestApp) {
        let made = enter(&app, "Anna", "anna@example.com").await;
        let id = made.field("id");
        let user_id = id.replace("cli_", "user_");
        let body = json!({"name": "Anna S.", "position": "Clerk", "user_id": user_id});
        let employee =
            app.post("/v1/employees").as_role(Role::Manager).json(body).send().await.expect(201);
        let export = read(&app, &format!("/v1/clients/{id}/export")).await;
        assert_eq!(export["client"], made.json());
        assert_eq!(export["employments"], json!([employee.json()]));
        assert_eq!(export["exported_at"], "2026-03-02T14:00:00Z");
        assert_eq!(export["shipping_addresses"], json!(null), "orders are not at home here");
    }

    async fn an_erased_person_is_gone_and_the_client_stays(app: TestApp) {
        let id = enter(&app, "Anna Smith", "anna@example.com").await.field("id");
        let path = format!("/v1/clients/{id}");
        let erase = || app.post(&format!("{path}/erase")).as_role(Role::Clerk).send();
        let erased = erase().await.expect(200);
        assert_eq!(erased.header("etag"), Some("\"2\""));
        let client = read(&app, &path).await;
        assert_eq!(erased.json(), client);
        for field in ["name", "email", "phone", "address"] {
            assert_eq!(client[field], json!(null), "{field}");
        }
        assert_eq!((&client["archived"], &client["erased"]), (&json!(true), &json!(true)));
        for query in ["email=anna@example.com", "q=anna"] {
            for archived in [true, false] {
                let path = format!("/v1/clients?{query}&archived={archived}");
                assert_eq!(read(&app, &path).await["items"], json!([]), "{path}");
            }
        }
        assert_eq!(read(&app, "/v1/clients?archived=true").await["items"], json!([client]));

        assert_eq!(erase().await.expect(200).json(), client);
        let change = app.patch(&path).as_role(Role::Clerk).json(json!({"name": "Anne"}));
        assert_eq!(change.send().await.expect(409).code(), "CLIENT_ERASED");
        app.delete(&path).as_role(Role::Clerk).send().await.expect(204);
        enter(&app, "Anna Smith", "anna@example.com").await;
        app.settle().await;
        assert_eq!(told_of_client(uuid_of(&id)), [(1, false, false), (2, true, true)]);
    }

    async fn what_was_sealed_elsewhere_for_an_erased_person_does_not_open(app: TestApp) {
        let id = enter(&app, "Anna", "anna@example.com").await.field("id");
        let (host, subject) = (app.host(), uuid_of(&id));
        let mut tx = host.db.begin().await.expect("a transaction");
        let sealed = host.vault.seal(&mut tx, subject, "a secret").await.expect("sealed");
        tx.commit().await.expect("committed");
        app.post(&format!("/v1/clients/{id}/erase")).as_role(Role::Clerk).send().await.expect(200);
        let mut tx = host.db.read().await.expect("a reader");
        assert_eq!(host.vault.open(&mut tx, subject, &sealed).await.expect("read"), None);
    }

    async fn an_archived_client_can_be_erased(app: TestApp) {
        let id = enter(&app, "Anna", "anna@example.com").await.field("id");
        let path = format!("/v1/clients/{id}");
        app.delete(&path).as_role(Role::Clerk).send().await.expect(204);
        app.post(&format!("{path}/erase")).as_role(Role::Admin).send().await.expect(200);
        assert_eq!(read(&app, &path).await["erased"], true);
    }
}
