//! The right things said in the wrong places: every one is refused, and nothing repeats it.

use super::*;

impl Story {
    pub(super) async fn blunder(&mut self, app: &TestApp, user: UserId) {
        for value in [PASSWORD, EMAIL, NAME, PHONE, CARD] {
            self.misplace(app, value).await;
        }
        self.mistake_addresses(app).await;
        self.garble(app).await;
        let path = format!("/v1/clients/{}", customer(user).client_id());
        for stale in [json!({"name": NAME}), json!({"email": NEW_EMAIL})] {
            let patch = app.patch(&path).as_role(Role::Clerk).if_match(99);
            self.refuse(patch.json(stale)).await;
        }
        self.refuse(app.get("/v1/users").bearer(PASSWORD)).await;
    }

    /// In fields that hold something else.
    async fn misplace(&mut self, app: &TestApp, value: &str) {
        for body in [
            json!({"name": "A", "email": value, "password": 5}),
            json!({"name": [value], "email": "a@example.com", "password": value}),
            json!({"name": "A", "email": "a@example.com", "password": [value]}),
            json!({"name": "A", "email": "a@example.com", "password": "short", "phone": 1}),
        ] {
            self.refuse(app.post("/v1/auth/register").json(body)).await;
        }
        for body in [
            json!({"items": value}),
            json!({"items": [{"product_id": value, "quantity": value}]}),
            json!({"items": [], "payment": {"method": value}}),
            json!({"items": [], "payment": value, "expected_total": value}),
        ] {
            let order = app.post("/v1/orders").as_role(Role::Clerk);
            self.refuse(order.json(body)).await;
        }
    }

    /// In paths and queries.
    async fn mistake_addresses(&mut self, app: &TestApp) {
        for path in [
            "/v1/zephyrine.canary@example.com",
            "/v1/orders/zephyrine.canary@example.com",
        ] {
            self.refuse(app.get(path).as_role(Role::Clerk)).await;
        }
        for query in ["sort", "limit", "cursor", "status", "client_id"] {
            let path = format!("/v1/orders?{query}=zephyrine.canary%40example.com");
            self.refuse(app.get(&path).as_role(Role::Clerk)).await;
        }
    }

    /// In bodies that nobody can read.
    async fn garble(&mut self, app: &TestApp) {
        let broken = format!("{{\"password\": \"{PASSWORD}\", \"email\": {EMAIL}");
        let form = format!("email={EMAIL}&password={PASSWORD}");
        for (kind, body) in [
            ("application/json", broken),
            ("application/x-www-form-urlencoded", form),
        ] {
            let login = app.post("/v1/auth/login").body(kind, body);
            self.refuse(login).await;
        }
    }
}
