//! The keys behind access tokens.

use super::*;
use platform::auth::{Role, Roles, SigningKey, Tokens};
use platform::vault::Vault;
use std::time::Duration;

/// Another process of the same shop: same database, no keys in memory yet.
fn other_process(host: &Host) -> Host {
    let tokens = Tokens::new(
        host.source.clone(),
        &host.settings.token_issuer,
        "comptoir-api",
    );
    let vault = Vault::new(&host.settings.secret, host.source.clone(), None);
    Host {
        tokens,
        vault,
        ..host.clone()
    }
}

fn admins_token(host: &Host) -> String {
    host.tokens
        .issue(host.source.id(), None, Roles::of(&[Role::Admin]), None)
        .unwrap()
}

async fn run_job(host: &Host, name: &str) {
    let job = identity::module(host)
        .jobs
        .into_iter()
        .find(|job| job.name == name);
    (job.unwrap().run)().await.unwrap();
}

on_both! {
    async fn a_key_survives_a_restart_and_lies_sealed(app: TestApp) {
        identity::ensure_signing_key(app.host()).await.unwrap();
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("access_token");
        let restarted = other_process(app.host());
        identity::ensure_signing_key(&restarted).await.unwrap();
        assert!(restarted.tokens.verify(&token).is_ok());
        assert_eq!(restarted.tokens.jwks(), app.host().tokens.jwks());
        let mut tx = app.host().db.read().await.unwrap();
        let rows = tx.query("select sealed from identity_signing_key").fetch_all().await.unwrap();
        assert_eq!(rows.len(), 1);
        // PKCS#8 of Ed25519 begins with this, in base64.
        let sealed: Vec<u8> = rows[0].get("sealed").unwrap();
        assert!(!String::from_utf8_lossy(&sealed).contains("MFECAQE") && sealed.len() > 80);
    }

    async fn the_public_keys_are_published(app: TestApp) {
        let answer = app.get("/.well-known/jwks.json").send().await.expect(200);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
        let keys = answer.json()["keys"].as_array().unwrap().clone();
        assert_eq!((&keys[0]["kty"], &keys[0]["crv"]), (&json!("OKP"), &json!("Ed25519")));
        assert_eq!(keys[0]["alg"], json!("EdDSA"));
        assert!(keys[0].get("d").is_none(), "the private half stays private");
    }

    async fn keys_rotate_and_tokens_of_the_old_one_live_out_their_time(app: TestApp) {
        let host = app.host();
        identity::ensure_signing_key(host).await.unwrap();
        let old = admins_token(host);
        run_job(host, "identity-signing-keys").await;
        assert_eq!(host.tokens.jwks().keys.len(), 1, "it is not time yet");
        app.clock_advance(Duration::from_secs(90 * 86_400));
        let old_of_today = admins_token(host);
        run_job(host, "identity-signing-keys").await;
        assert_eq!(host.tokens.jwks().keys.len(), 2);
        app.get("/v1/users").bearer(&old_of_today).send().await.expect(200);
        app.get("/v1/users").bearer(&old).send().await.expect(401);
        let new = admins_token(host);
        assert_ne!(Tokens::kid_of(&new), Tokens::kid_of(&old));
        app.clock_advance(Duration::from_secs(2 * 86_400));
        run_job(host, "identity-signing-keys").await;
        assert_eq!(host.tokens.jwks().keys.len(), 1);
    }

    async fn a_key_made_by_another_process_is_found_when_a_token_names_it(app: TestApp) {
        identity::ensure_signing_key(app.host()).await.unwrap();
        let other = other_process(app.host());
        app.clock_advance(Duration::from_secs(91 * 86_400));
        run_job(&other, "identity-signing-keys").await;
        let token = admins_token(&other);
        assert!(app.host().tokens.verify(&token).is_err());
        app.get("/v1/users").bearer(&token).send().await.expect(200);
    }

    async fn tokens_of_unknown_keys_do_not_make_the_keys_be_read_each_time(app: TestApp) {
        identity::ensure_signing_key(app.host()).await.unwrap();
        let stranger = other_process(app.host());
        stranger.tokens.install(&[SigningKey::generate(&stranger.source).unwrap()]);
        let token = admins_token(&stranger);
        app.get("/v1/users").bearer(&token).send().await.expect(401);
        let before = app.host().db.statements();
        for _ in 0..20 {
            app.get("/v1/users").bearer(&token).send().await.expect(401);
        }
        assert_eq!(app.host().db.statements(), before);
    }

    async fn the_tidying_job_forgets_what_nobody_needs(app: TestApp) {
        register_anna(&app).await;
        log_in(&app, "anna@example.com", PASSWORD).await.expect(200);
        log_in(&app, "nobody@example.com", "wrong wrong wrong").await.expect(401);
        let count = async |table: &'static str| {
            let mut tx = app.host().db.read().await.unwrap();
            tx.query(table).fetch_all().await.unwrap().len()
        };
        let guards = "select id from identity_login_guard";
        let sessions = "select id from identity_session";
        assert_eq!((count(guards).await, count(sessions).await), (4, 1));
        app.clock_advance(Duration::from_secs(2 * 86_400));
        run_job(app.host(), "identity-tidy-up").await;
        assert_eq!((count(guards).await, count(sessions).await), (1, 1), "a known address is kept");
        app.clock_advance(Duration::from_secs(130 * 86_400));
        run_job(app.host(), "identity-tidy-up").await;
        assert_eq!((count(guards).await, count(sessions).await), (0, 0));
    }
}
