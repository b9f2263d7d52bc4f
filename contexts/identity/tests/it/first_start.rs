//! The first administrator, and what registering tells others.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::{LetterRequested, UserChanged, UserRegistered};
use kernel::Event as _;
use secrecy::ExposeSecret as _;

fn admin_app(host: &Host) -> Vec<Module> {
    vec![identity::module(host)]
}

async fn events(app: &TestApp) -> Vec<(String, i64, Value)> {
    let mut tx = app.host().db.read().await.unwrap();
    let rows = tx
        .query("select kind, version, data from event_log order by version")
        .fetch_all();
    let read = |row: &platform::db::Row| {
        let data: String = row.get("data").unwrap();
        (
            row.get("kind").unwrap(),
            row.get("version").unwrap(),
            serde_json::from_str(&data).unwrap(),
        )
    };
    rows.await.unwrap().iter().map(read).collect()
}

on_both! {
    async fn the_admin_of_the_settings_is_made_once(app: TestApp) {
        for _ in 0..2 {
            let told = identity::ensure_admin(app.host()).await.unwrap();
            assert!(told.is_none(), "the password is in the settings");
        }
        let tokens = log_in(&app, "admin@example.com", "the admin of the tests").await.expect(200);
        let token = tokens.field("access_token");
        let users = app.get("/v1/users?count=true").bearer(&token).send().await.expect(200);
        assert_eq!(users.json()["total"], json!(1));
    }

    async fn an_admin_address_taken_by_a_customer_is_a_fault_and_gives_no_rights(app: TestApp) {
        let body = json!({"name": "Eve", "email": "admin@example.com", "password": PASSWORD});
        let eve = app.post("/v1/auth/register").json(body).send().await.expect(201).json();
        let error = identity::ensure_admin(app.host()).await.unwrap_err();
        assert!(error.to_string().contains("COMPTOIR_ADMIN_EMAIL"), "{error}");
        let tokens = log_in(&app, "admin@example.com", PASSWORD).await.expect(200);
        let token = tokens.field("access_token");
        let me = app.get("/v1/users/me").bearer(&token).send().await.expect(200).json();
        assert_eq!(me, eve);
    }

    async fn registering_tells_people_the_profile_sealed(app: TestApp) {
        let body = json!({
            "name": "Anna", "email": "anna@example.com", "password": PASSWORD,
            "phone": "+1 514 555 0123", "address": "12 Oak Street",
        });
        app.post("/v1/auth/register").json(body).send().await.expect(201);
        let events = events(&app).await;
        assert_eq!((events[0].0.as_str(), events[0].1), (UserRegistered::TYPE, 1));
        assert_eq!((events.len(), events[1].0.as_str()), (2, LetterRequested::TYPE));
        let event: UserRegistered = serde_json::from_value(events[0].2.clone()).unwrap();
        let sealed = STANDARD.decode(event.sealed_profile);
        let mut tx = app.host().db.read().await.unwrap();
        let profile = app.host().vault.open(&mut tx, event.user_id.uuid(), &sealed.unwrap()).await;
        let profile: Value = serde_json::from_str(&profile.unwrap().unwrap()).unwrap();
        assert_eq!(profile, json!({
            "name": "Anna", "email": "anna@example.com",
            "phone": "+1 514 555 0123", "address": "12 Oak Street",
        }));
    }

    async fn others_learn_of_roles_and_disabling_and_of_a_new_name_only_sealed(app: TestApp) {
        let admin = platform::auth::Role::Admin;
        let body = json!({
            "name": "Cleo", "email": "cleo@example.com", "password": PASSWORD,
            "roles": ["customer", "clerk"],
        });
        let user = app.post("/v1/users").as_role(admin).json(body).send().await.expect(201);
        assert_eq!(user.header("etag"), Some("\"2\""));
        let path = format!("/v1/users/{}", user.field("id"));
        let (rename, demote) = (json!({"name": "C"}), json!({"roles": ["clerk"]}));
        let changes = [rename, demote, json!({"disabled": true})];
        for body in changes {
            app.patch(&path).as_role(admin).json(body).send().await.expect(200);
        }
        let events = events(&app).await;
        let told = events.iter().filter(|(kind, ..)| kind != LetterRequested::TYPE);
        let told = told.map(|(kind, version, _)| (kind.as_str(), *version));
        let told: Vec<_> = told.collect();
        let (registered, changed) = (UserRegistered::TYPE, UserChanged::TYPE);
        let versions = (2..=5).map(|version| (changed, version));
        assert_eq!(told, std::iter::once((registered, 1)).chain(versions).collect::<Vec<_>>());
        let last = &events[events.len() - 1].2;
        assert_eq!((&last["disabled"], &last["roles"]), (&json!(true), &json!(["clerk"])));
        assert!(!format!("{events:?}").contains("Cleo"));
    }
}

#[test]
fn a_generated_admin_password_is_told_once() {
    let setup = Setup::new(testkit::Engine::Sqlite, admin_app);
    let setup = setup.settings(|settings| settings.admin_password = None);
    testkit::run(setup, async |app: TestApp| {
        let told = identity::ensure_admin(app.host()).await.unwrap().unwrap();
        assert!(!format!("{told:?}").contains(told.password.expose_secret()));
        assert!(identity::ensure_admin(app.host()).await.unwrap().is_none());
        log_in(&app, told.email.as_str(), told.password.expose_secret())
            .await
            .expect(200);
    });
}
