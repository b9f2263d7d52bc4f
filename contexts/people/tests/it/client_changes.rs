//! Clients are entered, changed and archived.

use crate::witness::told_of_client;
use crate::{app, enter, read, uuid_of};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn a_client_is_entered_and_read_back(app: TestApp) {
        let body = json!({
            "name": " Anna Smith ", "email": "Anna@Example.com", "phone": "+1 514 555 0123",
            "address": "1 Main Street\nMontréal QC",
        });
        let made = app.post("/v1/clients").as_role(Role::Clerk).json(body).send().await.expect(201);
        let path = format!("/v1/clients/{}", made.field("id"));
        assert_eq!(made.header("location"), Some(path.as_str()));
        assert_eq!(made.header("etag"), Some("\"1\""));
        let answer = app.get(&path).as_role(Role::Manager).send().await.expect(200);
        assert_eq!(answer.header("etag"), Some("\"1\""));
        let client = answer.json();
        assert_eq!(client, made.json());
        assert_eq!(client["name"], "Anna Smith");
        assert_eq!(client["email"], "anna@example.com");
        assert_eq!(client["address"], "1 Main Street\nMontréal QC");
        assert_eq!(client["created_at"], "2026-03-02T14:00:00Z");
        assert_eq!((&client["archived"], &client["erased"]), (&json!(false), &json!(false)));
        app.settle().await;
        assert_eq!(told_of_client(uuid_of(&made.field("id"))), [(1, false, false)]);
    }

    async fn a_put_replaces_everything(app: TestApp) {
        let body = json!({"name": "Anna", "email": "a@example.com", "phone": "555 0123"});
        let made = app.post("/v1/clients").as_role(Role::Clerk).json(body).send().await.expect(201);
        let path = format!("/v1/clients/{}", made.field("id"));
        app.clock_advance(std::time::Duration::from_secs(60));
        let body = json!({"name": "Anne", "email": "b@example.com", "address": "Elsewhere"});
        let put = app.put(&path).as_role(Role::Clerk).if_match(1).json(body).send().await;
        let client = put.expect(200).json();
        assert_eq!(client["phone"], json!(null));
        assert_eq!(client["address"], "Elsewhere");
        assert_eq!(client["updated_at"], "2026-03-02T14:01:00Z");
        assert_eq!(read(&app, &path).await, client);
        assert_eq!(read(&app, "/v1/clients?email=a@example.com").await["items"], json!([]));
        assert_eq!(read(&app, "/v1/clients?email=b@example.com").await["items"][0], client);
        app.settle().await;
        let told = told_of_client(uuid_of(&made.field("id")));
        assert_eq!(told, [(1, false, false), (2, false, false)]);
    }

    async fn a_merge_patch_touches_what_it_names(app: TestApp) {
        let made = enter(&app, "Anna Smith", "anna@example.com").await;
        let path = format!("/v1/clients/{}", made.field("id"));
        let patch = |body| app.patch(&path).as_role(Role::Clerk).json(body).send();
        let body = json!({"phone": "555 0123", "address": "Here"});
        let client = patch(body).await.expect(200).json();
        assert_eq!((&client["name"], &client["phone"]), (&json!("Anna Smith"), &json!("555 0123")));
        let client = patch(json!({"address": null})).await.expect(200).json();
        assert_eq!((&client["address"], &client["phone"]), (&json!(null), &json!("555 0123")));
        for field in ["name", "email"] {
            let refused = patch(json!({field: null})).await.expect(422);
            assert_eq!(refused.json()["error"]["details"][0]["field"], field);
        }
    }

    async fn what_changes_nothing_is_no_new_version(app: TestApp) {
        let made = enter(&app, "Anna", "anna@example.com").await;
        let path = format!("/v1/clients/{}", made.field("id"));
        let body = json!({"name": "Anna", "email": "anna@example.com"});
        let put = app.put(&path).as_role(Role::Clerk).json(body).send().await.expect(200);
        assert_eq!(put.header("etag"), Some("\"1\""));
        let patch = app.patch(&path).as_role(Role::Clerk).json(json!({})).send().await.expect(200);
        assert_eq!(patch.header("etag"), Some("\"1\""));
        app.settle().await;
        assert_eq!(told_of_client(uuid_of(&made.field("id"))).len(), 1);
    }

    async fn a_change_to_an_outdated_client_is_refused(app: TestApp) {
        let made = enter(&app, "Anna", "anna@example.com").await;
        let path = format!("/v1/clients/{}", made.field("id"));
        let rename = |name: &str| app.patch(&path).as_role(Role::Clerk).json(json!({"name": name}));
        rename("Anne").if_match(1).send().await.expect(200);
        let late = rename("Annie").if_match(1).send().await.expect(412);
        assert_eq!(late.code(), "PRECONDITION_FAILED");
        app.delete(&path).as_role(Role::Clerk).if_match(1).send().await.expect(412);
        let erase = format!("{path}/erase");
        app.post(&erase).as_role(Role::Clerk).if_match(1).send().await.expect(412);
        assert_eq!(read(&app, &path).await["name"], "Anne");
    }

    async fn an_email_address_is_one_clients(app: TestApp) {
        let anna = enter(&app, "Anna", "anna@example.com").await;
        let ben = enter(&app, "Ben", "ben@example.com").await;
        let body = json!({"name": "Other", "email": " ANNA@example.com "});
        let again = app.post("/v1/clients").as_role(Role::Clerk).json(body).send().await;
        let again = again.expect(409);
        assert_eq!(again.code(), "DUPLICATE_EMAIL");
        assert_eq!(again.json()["error"]["details"][0]["field"], "email");
        let path = format!("/v1/clients/{}", ben.field("id"));
        let body = json!({"email": "anna@example.com"});
        let patch = app.patch(&path).as_role(Role::Clerk).json(body).send().await.expect(409);
        assert_eq!(patch.code(), "DUPLICATE_EMAIL");
        let body = json!({"name": "Ben", "email": "anna@example.com"});
        let put = app.put(&path).as_role(Role::Clerk).json(body).send().await.expect(409);
        assert_eq!(put.code(), "DUPLICATE_EMAIL");
        assert_eq!(read(&app, &path).await, ben.json());
        let found = read(&app, "/v1/clients?email=anna@example.com").await;
        assert_eq!(found["items"], json!([anna.json()]));
    }

    async fn of_two_at_the_same_time_one_gets_the_email_address(app: TestApp) {
        let body = || json!({"name": "Anna", "email": "anna@example.com"});
        let enter = || app.post("/v1/clients").as_role(Role::Clerk).json(body()).send();
        let (a, b, c, d) = tokio::join!(enter(), enter(), enter(), enter());
        let mut statuses = [a.status, b.status, c.status, d.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409, 409, 409]);
    }

    async fn an_archived_client_is_kept_and_frees_the_email_address(app: TestApp) {
        let made = enter(&app, "Anna", "anna@example.com").await;
        let path = format!("/v1/clients/{}", made.field("id"));
        app.delete(&path).as_role(Role::Clerk).if_match(1).send().await.expect(204);
        app.delete(&path).as_role(Role::Clerk).send().await.expect(204);
        let client = read(&app, &path).await;
        assert_eq!((&client["archived"], &client["name"]), (&json!(true), &json!("Anna")));
        let change = app.patch(&path).as_role(Role::Clerk).json(json!({"name": "Anne"}));
        assert_eq!(change.send().await.expect(409).code(), "CLIENT_ARCHIVED");
        assert_eq!(read(&app, "/v1/clients").await["items"], json!([]));
        assert_eq!(read(&app, "/v1/clients?archived=true").await["items"], json!([client]));
        enter(&app, "Anna again", "anna@example.com").await;
        app.settle().await;
        let told = told_of_client(uuid_of(&made.field("id")));
        assert_eq!(told, [(1, false, false), (2, true, false)]);
    }

    async fn a_retried_post_makes_one_client(app: TestApp) {
        let body = json!({"name": "Anna", "email": "anna@example.com"});
        let post = || app.post("/v1/clients").as_role(Role::Clerk).key("k1").json(body.clone());
        let first = post().send().await.expect(201);
        let second = post().send().await.expect(201);
        assert_eq!(first.json(), second.json());
        assert_eq!(read(&app, "/v1/clients?count=true").await["total"], 1);
    }

    async fn an_absent_client_is_not_found(app: TestApp) {
        let path = "/v1/clients/cli_01h2e8kqvbfwea724h75qc655w";
        let body = json!({"name": "Anna", "email": "anna@example.com"});
        app.get(path).as_role(Role::Clerk).send().await.expect(404);
        app.put(path).as_role(Role::Clerk).json(body).send().await.expect(404);
        app.patch(path).as_role(Role::Clerk).json(json!({})).send().await.expect(404);
        app.delete(path).as_role(Role::Clerk).send().await.expect(404);
        app.get(&format!("{path}/export")).as_role(Role::Clerk).send().await.expect(404);
        app.post(&format!("{path}/erase")).as_role(Role::Clerk).send().await.expect(404);
        app.get("/v1/clients/anna").as_role(Role::Clerk).send().await.expect(404);
    }
}
