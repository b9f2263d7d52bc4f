//! Who may see and change which client.

use crate::{app, enter, uuid_of};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

on_both! {
    async fn customers_handle_their_own_client_and_no_other(app: TestApp) {
        let own = enter(&app, "Anna", "anna@example.com").await.field("id");
        let other = enter(&app, "Ben", "ben@example.com").await.field("id");
        let (me, path) = (uuid_of(&own), format!("/v1/clients/{own}"));
        app.get(&path).as_customer(me).send().await.expect(200);
        let body = json!({"phone": "555 0123"});
        app.patch(&path).as_customer(me).json(body.clone()).send().await.expect(200);
        let whole = json!({"name": "Anne", "email": "anne@example.com"});
        app.put(&path).as_customer(me).json(whole.clone()).send().await.expect(200);
        app.get(&format!("{path}/export")).as_customer(me).send().await.expect(200);

        let path = format!("/v1/clients/{other}");
        app.get(&path).as_customer(me).send().await.expect(404);
        app.patch(&path).as_customer(me).json(body).send().await.expect(404);
        app.put(&path).as_customer(me).json(whole).send().await.expect(404);
        app.delete(&path).as_customer(me).send().await.expect(404);
        app.get(&format!("{path}/export")).as_customer(me).send().await.expect(404);
        app.post(&format!("{path}/erase")).as_customer(me).send().await.expect(404);

        app.post(&format!("/v1/clients/{own}/erase")).as_customer(me).send().await.expect(200);
    }

    async fn only_staff_list_and_enter_clients(app: TestApp) {
        let me = uuid_of(&enter(&app, "Anna", "anna@example.com").await.field("id"));
        let body = json!({"name": "Ben", "email": "ben@example.com"});
        app.get("/v1/clients").as_customer(me).send().await.expect(403);
        app.post("/v1/clients").as_customer(me).json(body.clone()).send().await.expect(403);
        for role in [Role::Supplier, Role::Service] {
            app.get("/v1/clients").as_role(role).send().await.expect(403);
            app.post("/v1/clients").as_role(role).json(body.clone()).send().await.expect(403);
        }
        app.get("/v1/clients").send().await.expect(401);
        app.post("/v1/clients").json(body).send().await.expect(401);
        for role in [Role::Clerk, Role::Manager, Role::Admin] {
            app.get("/v1/clients").as_role(role).send().await.expect(200);
        }
    }
}
