//! Users, as administrators and users themselves see and change them.

use super::*;
use platform::auth::{Principal, PrincipalKind, Role, Roles, UsagePlan};
use secrecy::ExposeSecret as _;

fn clerk(email: &str) -> Value {
    json!({
        "name": "Clara", "email": email, "password": "a password for clara",
        "roles": ["clerk"], "store_ids": ["store_01h455vb4pex5vsknk084sn02q"],
    })
}

async fn make(app: &TestApp, user: Value) -> Value {
    app.post("/v1/users")
        .as_role(Role::Admin)
        .json(user)
        .send()
        .await
        .expect(201)
        .json()
}

fn path(user: &Value) -> String {
    format!("/v1/users/{}", user["id"].as_str().unwrap())
}

on_both! {
    async fn an_admin_makes_a_clerk_of_one_store(app: TestApp) {
        let user = make(&app, clerk("clara@example.com")).await;
        assert_eq!(user["store_ids"], json!(["store_01h455vb4pex5vsknk084sn02q"]));
        let token = log_in(&app, "clara@example.com", "a password for clara").await.expect(200);
        let token = token.field("access_token");
        let principal = app.host().tokens.verify(&token).unwrap();
        let stores = Some(vec!["store_01h455vb4pex5vsknk084sn02q".parse().unwrap()]);
        assert_eq!((principal.roles, principal.stores), (Roles::of(&[Role::Clerk]), stores));
        assert!(!format!("{user}").contains("password"));
    }

    async fn only_admins_administer_users(app: TestApp) {
        let user = make(&app, clerk("clara@example.com")).await;
        let path = path(&user);
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            let own_only = if role == Role::Customer { 404 } else { 403 };
            app.get(&path).as_role(role).send().await.expect(own_only);
            app.get("/v1/users").as_role(role).send().await.expect(403);
            let create = app.post("/v1/users").as_role(role).json(clerk("x@example.com"));
            create.send().await.expect(403);
            let admin = json!({"roles": ["admin"]});
            app.patch(&path).as_role(role).json(admin).send().await.expect(403);
            app.delete(&path).as_role(role).send().await.expect(403);
        }
        for request in [app.get(&path), app.get("/v1/users"), app.delete(&path)] {
            request.send().await.expect(401);
        }
    }

    async fn nobody_gives_themselves_a_role(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("access_token");
        for body in [
            json!({"roles": ["admin"]}), json!({"store_ids": null}), json!({"disabled": false}),
            json!({"password": "another good one"}), json!({"id": "user_x"}),
        ] {
            let refused = app.patch("/v1/users/me").bearer(&token).json(body).send().await;
            let refused = refused.expect(422).json();
            assert_eq!(refused["error"]["details"][0]["code"], json!("UNKNOWN_FIELD"));
        }
    }

    async fn users_change_their_profile(app: TestApp) {
        let anna = register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("access_token");
        let patch = |body: Value| app.patch("/v1/users/me").bearer(&token).json(body).send();
        let changed = patch(json!({"name": "Anne", "phone": "+1 514 555 0199"})).await.expect(200);
        assert_eq!(changed.header("etag"), Some("\"2\""));
        assert_eq!(changed.json()["name"], json!("Anne"));
        assert_eq!(changed.json()["phone"], json!("+1 514 555 0199"));
        assert_eq!(patch(json!({"phone": null})).await.expect(200).json()["phone"], Value::Null);
        patch(json!({"name": null})).await.expect(422);
        assert_eq!(patch(json!({})).await.expect(200).header("etag"), Some("\"3\""));
        assert_eq!(anna["name"], json!("Anna"));
    }

    async fn a_new_email_address_needs_the_password(app: TestApp) {
        register_anna(&app).await;
        let taken = json!({"name": "B", "email": "boris@example.com", "password": PASSWORD});
        app.post("/v1/auth/register").json(taken).send().await.expect(201);
        let token = anna_logs_in(&app).await.field("access_token");
        let patch = |body: Value| app.patch("/v1/users/me").bearer(&token).json(body).send();
        let new = |current: &str| json!({"email": "anne@example.com", "current_password": current});
        let without = patch(json!({"email": "anne@example.com"})).await.expect(422);
        assert_eq!(without.code(), "PASSWORD_NEEDED");
        assert_eq!(patch(new("wrong wrong wrong")).await.expect(422).code(), "WRONG_PASSWORD");
        let to_taken = json!({"email": "boris@example.com", "current_password": PASSWORD});
        assert_eq!(patch(to_taken).await.expect(409).code(), "DUPLICATE_EMAIL");
        patch(new(PASSWORD)).await.expect(200);
        log_in(&app, "anna@example.com", PASSWORD).await.expect(401);
        log_in(&app, "anne@example.com", PASSWORD).await.expect(200);
    }

    async fn a_change_of_what_has_changed_meanwhile_is_refused(app: TestApp) {
        let path = path(&make(&app, clerk("clara@example.com")).await);
        let patch = |name: &str, version: i64| {
            let request = app.patch(&path).as_role(Role::Admin).if_match(version);
            request.json(json!({"name": name})).send()
        };
        patch("Claire", 1).await.expect(200);
        assert_eq!(patch("Klara", 1).await.expect(412).code(), "PRECONDITION_FAILED");
        patch("Klara", 2).await.expect(200);
    }

    async fn a_disabled_user_neither_logs_in_nor_refreshes(app: TestApp) {
        let path = path(&make(&app, clerk("clara@example.com")).await);
        let login = || log_in(&app, "clara@example.com", "a password for clara");
        let tokens = login().await.expect(200);
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        login().await.expect(401);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
        let shown = app.get(&path).as_role(Role::Admin).send().await.expect(200).json();
        assert_eq!(shown["disabled"], json!(true));

        let enable = app.patch(&path).as_role(Role::Admin).json(json!({"disabled": false}));
        enable.send().await.expect(200);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
        login().await.expect(200);
    }

    async fn a_password_given_by_an_admin_ends_the_logins_of_before(app: TestApp) {
        let path = path(&make(&app, clerk("clara@example.com")).await);
        let tokens = log_in(&app, "clara@example.com", "a password for clara").await.expect(200);
        let body = json!({"password": "clara forgot hers"});
        app.patch(&path).as_role(Role::Admin).json(body).send().await.expect(200);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
        log_in(&app, "clara@example.com", "clara forgot hers").await.expect(200);
    }

    async fn the_last_admin_stays(app: TestApp) {
        let admin = |email: &str| json!({
            "name": "Ada", "email": email, "password": "a password for ada", "roles": ["admin"],
        });
        let first = path(&make(&app, admin("ada@example.com")).await);
        let demote = |path: &str| {
            app.patch(path).as_role(Role::Admin).json(json!({"roles": ["clerk"]})).send()
        };
        assert_eq!(demote(&first).await.expect(409).code(), "LAST_ADMIN");
        let refused = app.delete(&first).as_role(Role::Admin).send().await.expect(409);
        assert_eq!(refused.code(), "LAST_ADMIN");
        let second = path(&make(&app, admin("bea@example.com")).await);
        demote(&first).await.expect(200);
        assert_eq!(demote(&second).await.expect(409).code(), "LAST_ADMIN");
    }

    async fn two_admins_who_demote_each_other_at_once_leave_one(app: TestApp) {
        let mut paths = Vec::new();
        for email in ["ada@example.com", "bea@example.com"] {
            let mut admin = clerk(email);
            admin["roles"] = json!(["admin"]);
            paths.push(path(&make(&app, admin).await));
        }
        let demotions = paths.iter().map(|path| {
            let request = app.patch(path).as_role(Role::Admin).json(json!({"roles": ["clerk"]}));
            tokio::spawn(request.send())
        });
        let mut answers = Vec::new();
        for demotion in demotions.collect::<Vec<_>>() {
            answers.push(demotion.await.unwrap().status);
        }
        answers.sort_unstable();
        assert_eq!(answers, [200, 409]);
    }

    async fn users_are_listed_in_pages_and_filtered(app: TestApp) {
        for number in 0..5 {
            make(&app, clerk(&format!("clerk{number}@example.com"))).await;
        }
        register_anna(&app).await;
        let list = |query: &str| {
            app.get(&format!("/v1/users?{query}")).as_role(Role::Admin).send()
        };
        let first = list("limit=4&count=true").await.expect(200).json();
        assert_eq!((first["items"].as_array().unwrap().len(), &first["total"]), (4, &json!(6)));
        let cursor = first["next_cursor"].as_str().unwrap();
        let second = list(&format!("limit=4&cursor={cursor}")).await.expect(200).json();
        assert_eq!(second["items"].as_array().unwrap().len(), 2);
        assert_eq!(second["next_cursor"], Value::Null);
        assert_eq!(second["items"][1]["name"], json!("Anna"));
        let newest = list("sort=-created_at&limit=1").await.expect(200).json();
        assert_eq!(newest["items"][0]["name"], json!("Anna"));
        for (query, count) in [
            ("role=clerk", 5), ("role=customer", 1), ("role=admin", 0),
            ("email=CLERK3@example.com", 1), ("email=nobody@example.com", 0),
            ("disabled=true", 0), ("disabled=false", 6), ("role=clerk&email=anna@example.com", 0),
        ] {
            let page = list(&format!("{query}&count=true")).await.expect(200).json();
            assert_eq!(page["total"], json!(count), "{query}");
            assert_eq!(page["items"].as_array().unwrap().len(), count, "{query}");
        }
        for query in ["limit=0", "limit=101", "cursor=x", "color=red", "role=root", "sort=name"] {
            list(query).await.expect(422);
        }
    }

    async fn a_user_has_a_role_and_not_too_many_stores(app: TestApp) {
        let mut user = clerk("clara@example.com");
        user["roles"] = json!([]);
        let create = |user: Value| app.post("/v1/users").as_role(Role::Admin).json(user).send();
        assert_eq!(create(user.clone()).await.expect(422).code(), "NO_ROLE");
        user["roles"] = json!(["clerk", "boss"]);
        create(user.clone()).await.expect(422);
        user["roles"] = json!(["clerk"]);
        user["store_ids"] = json!(vec!["store_01h455vb4pex5vsknk084sn02q"; 101]);
        assert_eq!(create(user).await.expect(422).code(), "TOO_MANY_STORES");
    }

    async fn what_is_personal_lies_sealed(app: TestApp) {
        let canary = json!({
            "name": "Canary Nightingale", "email": "canary@example.com",
            "password": PASSWORD, "phone": "+1 514 555 0142", "address": "1 Canary Wharf",
        });
        let user = app.post("/v1/auth/register").json(canary).send().await.expect(201).field("id");
        log_in(&app, "canary@example.com", PASSWORD).await.expect(200);
        let mut tx = app.host().db.read().await.unwrap();
        let row = tx.query("select * from identity_user").fetch_one().await.unwrap();
        let sealed: Vec<u8> = row.get("sealed_profile").unwrap();
        let index: Vec<u8> = row.get("email_index").unwrap();
        let event = tx.query("select data from event_log").fetch_one().await.unwrap();
        let event: String = event.get("data").unwrap();
        assert!(event.contains(&user));
        for bytes in [sealed, index, event.into_bytes()] {
            let text = String::from_utf8_lossy(&bytes).to_lowercase();
            for canary in ["canary", "nightingale", "555", "wharf"] {
                assert!(!text.contains(canary), "{text}");
            }
        }
        assert!(row.get::<String>("password_hash").unwrap().starts_with("$argon2id$"));
    }

    async fn a_machine_has_no_profile(app: TestApp) {
        let (name, roles) = ("Scanner".parse().unwrap(), Roles::of(&[Role::Clerk]));
        let key = identity::create_api_key(app.host(), name, roles, UsagePlan::default());
        let key = key.await.unwrap();
        app.get("/v1/users/me").bearer(key.expose_secret()).send().await.expect(403);
        app.delete("/v1/users/me").bearer(key.expose_secret()).send().await.expect(403);
    }

    async fn who_is_signed_in_but_gone_is_not_found(app: TestApp) {
        let nobody = Principal {
            subject: app.host().source.uuid(), kind: PrincipalKind::User,
            roles: Roles::of(&[Role::Customer]), client: None, stores: None,
        };
        app.get("/v1/users/me").as_principal(&nobody).send().await.expect(404);
    }
}
