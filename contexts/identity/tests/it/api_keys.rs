//! Keys of machines.

use super::*;
use platform::auth::{Role, Roles, UsagePlan};
use platform::config::RateLimit;
use secrecy::ExposeSecret as _;
use std::time::Duration;

async fn make(app: &TestApp, body: Value) -> Value {
    app.post("/v1/api-keys")
        .as_role(Role::Admin)
        .json(body)
        .send()
        .await
        .expect(201)
        .json()
}

fn planned(plan: Value) -> Value {
    json!({"name": "Planned", "roles": ["admin"], "plan": plan})
}

fn secret(key: &Value) -> &str {
    key["secret"].as_str().unwrap()
}

on_both! {
    async fn a_key_opens_what_its_roles_open_until_it_is_revoked(app: TestApp) {
        let key = make(&app, json!({"name": "Office", "roles": ["admin"]})).await;
        let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
        assert!(secret(&key).starts_with(key["id"].as_str().unwrap()));
        let list = || app.get("/v1/users").bearer(secret(&key)).send();
        list().await.expect(200);
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        list().await.expect(401);
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        let shown = app.get(&path).as_role(Role::Admin).send().await.expect(200).json();
        assert!(shown["revoked_at"].is_string());
    }

    async fn a_key_opens_no_more_than_its_roles(app: TestApp) {
        let key = make(&app, json!({"name": "Supplier", "roles": ["supplier"]})).await;
        app.get("/v1/users").bearer(secret(&key)).send().await.expect(403);
        app.post("/v1/api-keys").bearer(secret(&key)).json(json!({"name": "x", "roles": ["admin"]}))
            .send().await.expect(403);
    }

    async fn a_secret_is_shown_once_and_stored_nowhere(app: TestApp) {
        let key = make(&app, json!({"name": "Office", "roles": ["admin"]})).await;
        let (id, random) = secret(&key).split_at(31);
        for path in ["/v1/api-keys".to_owned(), format!("/v1/api-keys/{}", &id[..30])] {
            let shown = app.get(&path).as_role(Role::Admin).send().await.expect(200).text();
            assert!(!shown.contains(random) && !shown.contains("secret"), "{shown}");
        }
        let mut tx = app.host().db.read().await.unwrap();
        let row = tx.query("select * from identity_api_key").fetch_one().await.unwrap();
        let hash: Vec<u8> = row.get("secret_hash").unwrap();
        assert_eq!(hash.len(), 32);
        assert!(!String::from_utf8_lossy(&hash).contains(random));
    }

    async fn a_wrong_key_is_refused_alike_whatever_is_wrong_with_it(app: TestApp) {
        let good = make(&app, json!({"name": "Office", "roles": ["admin"]})).await;
        let other = make(&app, json!({"name": "Other", "roles": ["admin"]})).await;
        let (id, random) = secret(&good).split_at(30);
        let wrong = [
            id.to_owned(),
            format!("{id}_"),
            format!("{id}_{}", &secret(&other)[31..]),
            format!("key_01h455vb4pex5vsknk084sn02q{random}"),
            format!("{}x", secret(&good)),
            secret(&good).to_uppercase(),
            "key_".to_owned(),
        ];
        for bearer in wrong {
            let refused = app.get("/v1/users").bearer(&bearer).send().await.expect(401);
            assert_eq!(refused.header("www-authenticate"), Some("Bearer"), "{bearer}");
        }
        app.get("/v1/users").bearer(secret(&good)).send().await.expect(200);
    }

    async fn a_key_ends_when_it_expires(app: TestApp) {
        let end = app.host().source.now().plus(Duration::from_secs(60)).to_string();
        let key = make(&app, json!({"name": "Short", "roles": ["admin"], "expires_at": end})).await;
        app.get("/v1/users").bearer(secret(&key)).send().await.expect(200);
        app.clock_advance(Duration::from_secs(60));
        app.get("/v1/users").bearer(secret(&key)).send().await.expect(401);
    }

    async fn a_key_that_makes_no_sense_is_refused(app: TestApp) {
        let past = json!({"name": "x", "roles": ["clerk"], "expires_at": "2020-01-01T00:00:00Z"});
        for (body, code) in [
            (json!({"name": "x", "roles": []}), "NO_ROLE"),
            (json!({"name": "x", "roles": ["customer"]}), "CUSTOMER_KEY"),
            (past, "ALREADY_EXPIRED"),
            (json!({"name": "", "roles": ["clerk"]}), "VALIDATION_FAILED"),
            (json!({"name": "x", "roles": ["clerk"], "secret": "mine"}), "VALIDATION_FAILED"),
            (json!({"name": "x", "roles": ["root"]}), "VALIDATION_FAILED"),
            (planned(json!({"requests_per_second": 0, "burst": 1})), "INVALID_PLAN"),
            (planned(json!({"requests_per_second": 9, "burst": 8})), "INVALID_PLAN"),
            (planned(json!({"requests_per_second": 9})), "INVALID_PLAN"),
            (planned(json!({"burst": 9})), "INVALID_PLAN"),
            (planned(json!({"requests_per_day": 0})), "INVALID_PLAN"),
            (planned(json!({"requests_per_day": -1})), "VALIDATION_FAILED"),
            (planned(json!({"per_hour": 9})), "VALIDATION_FAILED"),
        ] {
            let request = app.post("/v1/api-keys").as_role(Role::Admin).json(body.clone());
            assert_eq!(request.send().await.expect(422).code(), code, "{body}");
        }
    }

    async fn only_admins_make_see_and_revoke_keys(app: TestApp) {
        let key = make(&app, json!({"name": "Office", "roles": ["clerk"]})).await;
        let path = format!("/v1/api-keys/{}", key["id"].as_str().unwrap());
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            app.get("/v1/api-keys").as_role(role).send().await.expect(403);
            app.get(&path).as_role(role).send().await.expect(403);
            app.delete(&path).as_role(role).send().await.expect(403);
            let body = json!({"name": "x", "roles": ["admin"]});
            app.post("/v1/api-keys").as_role(role).json(body).send().await.expect(403);
        }
    }

    async fn keys_are_listed_in_pages(app: TestApp) {
        for number in 0..3 {
            make(&app, json!({"name": format!("Key {number}"), "roles": ["clerk"]})).await;
        }
        let list = |query: &str| {
            app.get(&format!("/v1/api-keys?{query}")).as_role(Role::Admin).send()
        };
        let first = list("limit=2&count=true&sort=-created_at").await.expect(200).json();
        assert_eq!((&first["total"], &first["items"][0]["name"]), (&json!(3), &json!("Key 2")));
        let cursor = first["next_cursor"].as_str().unwrap();
        let rest = list(&format!("limit=2&sort=-created_at&cursor={cursor}")).await.expect(200);
        assert_eq!(rest.json()["items"][0]["name"], json!("Key 0"));
        assert_eq!(list("revoked=true").await.expect(200).json()["items"], json!([]));
        let absent = "/v1/api-keys/key_01h455vb4pex5vsknk084sn02q";
        app.get(absent).as_role(Role::Admin).send().await.expect(404);
        app.delete(absent).as_role(Role::Admin).send().await.expect(404);
    }

    async fn the_command_line_makes_a_key_that_works(app: TestApp) {
        let (name, roles) = ("Integration".parse().unwrap(), Roles::of(&[Role::Admin]));
        let (rate, per_day) = (Some(RateLimit { per_second: 20, burst: 40 }), None);
        let plan = UsagePlan { rate, per_day };
        let key = identity::create_api_key(app.host(), name, roles, plan).await.unwrap();
        let list = app.get("/v1/api-keys").bearer(key.expose_secret()).send().await.expect(200);
        assert_eq!(list.header("ratelimit-limit"), Some("40"));
    }
}
