//! Clients come from a history of sales.

use crate::witness::told_of_client;
use crate::{app, enter, read};
use kernel::ClientId;
use people::{ImportedClient, import_clients};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};
use uuid::Uuid;

fn imported(number: u128) -> ImportedClient {
    ImportedClient {
        client_id: ClientId::from_uuid(Uuid::from_u128(number)),
        name: format!("Customer {number}").parse().expect("a name"),
    }
}

on_both! {
    async fn a_second_import_imports_nothing_twice(app: TestApp) {
        let base = Uuid::from_u128(app.host().source.uuid().as_u128());
        let batch = || (0..150).map(|nth| imported(base.as_u128() + nth)).collect::<Vec<_>>();
        assert_eq!(import_clients(app.host(), batch()).await.expect("imported"), 150);
        assert_eq!(import_clients(app.host(), batch()).await.expect("imported"), 0);
        let twice = vec![imported(base.as_u128() + 150), imported(base.as_u128() + 150)];
        assert_eq!(import_clients(app.host(), twice).await.expect("imported"), 1);
        assert_eq!(import_clients(app.host(), Vec::new()).await.expect("imported"), 0);
        assert_eq!(read(&app, "/v1/clients?count=true").await["total"], 151);
        app.settle().await;
        assert_eq!(told_of_client(base), [(1, false, false)]);
    }

    async fn an_imported_client_has_no_email_address_until_one_is_given(app: TestApp) {
        let one = imported(app.host().source.uuid().as_u128());
        let (id, name) = (one.client_id, one.name.as_str().to_owned());
        import_clients(app.host(), vec![one]).await.expect("imported");
        let path = format!("/v1/clients/{id}");
        let client = read(&app, &path).await;
        assert_eq!((&client["name"], &client["email"]), (&json!(name), &json!(null)));
        assert_eq!(read(&app, "/v1/clients?q=customer").await["items"], json!([client]));
        enter(&app, "Anna", "anna@example.com").await;
        let give = |email: &str| {
            app.patch(&path).as_role(Role::Clerk).json(json!({"email": email})).send()
        };
        assert_eq!(give("anna@example.com").await.expect(409).code(), "DUPLICATE_EMAIL");
        give("twelve@example.com").await.expect(200);
    }
}
