//! Forgotten passwords, and addresses to verify.

use super::*;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use contracts::identity::LetterRequested;
use kernel::UserId;
use platform::auth::Role;
use platform::events::read_after;
use std::time::Duration;

const NEW: &str = "another long password";
const HOUR: Duration = Duration::from_secs(60 * 60);

/// The letters of a kind, oldest first, opened: to whom, and with which token.
async fn letters(app: &TestApp, kind: &str) -> Vec<(String, String)> {
    app.settle().await;
    let host = app.host();
    let mut tx = host.db.read().await.unwrap();
    let events = read_after(&mut tx, 0, 10_000).await.unwrap();
    let mut letters = Vec::new();
    for event in events
        .iter()
        .filter(|event| event.kind.contains("letter-requested"))
    {
        let letter: LetterRequested = serde_json::from_str(&event.data).unwrap();
        if letter.kind != kind {
            continue;
        }
        let sealed = STANDARD.decode(letter.sealed_letter).unwrap();
        let opened = host
            .vault
            .open(&mut tx, letter.user_id.uuid(), &sealed)
            .await
            .unwrap();
        let opened: Value = serde_json::from_str(&opened.unwrap()).unwrap();
        let text = |name: &str| opened[name].as_str().unwrap().to_owned();
        letters.push((text("email"), text("token")));
    }
    letters
}

async fn forgot(app: &TestApp, email: &str, from: &str) -> Answer {
    let request = app
        .post("/v1/auth/password/forgot")
        .header("x-forwarded-for", from);
    request.json(json!({"email": email})).send().await
}

/// The token of the letter that Anna gets who forgot her password.
async fn forgets(app: &TestApp) -> String {
    forgot(app, "anna@example.com", "192.0.2.1")
        .await
        .expect(202);
    identity::send_reset_letters(app.host()).await.unwrap();
    letters(app, "password_reset").await.pop().unwrap().1
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Answer {
    let body = json!({"token": token, "new_password": password});
    app.post("/v1/auth/password/reset").json(body).send().await
}

async fn verify(app: &TestApp, token: &str) -> Answer {
    let body = json!({"token": token});
    app.post("/v1/auth/email/verify").json(body).send().await
}

async fn is_verified(app: &TestApp, id: &Value) -> Value {
    let path = format!("/v1/users/{}", id.as_str().unwrap());
    let user = app.get(&path).as_role(Role::Admin).send().await;
    user.expect(200).json()["email_verified"].clone()
}

on_both! {
    async fn who_forgot_a_password_chooses_another_by_letter(app: TestApp) {
        register_anna(&app).await;
        let tokens = anna_logs_in(&app).await;
        let token = forgets(&app).await;
        let weak = reset(&app, &token, "anna@example.com").await.expect(422);
        assert_eq!(weak.code(), "PASSWORD_TELLS_EMAIL");
        reset(&app, &token, NEW).await.expect(204);
        log_in(&app, "anna@example.com", PASSWORD).await.expect(401);
        log_in(&app, "anna@example.com", NEW).await.expect(200);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
    }

    async fn a_token_is_good_once_and_so_are_those_of_other_letters(app: TestApp) {
        register_anna(&app).await;
        let (first, second) = (forgets(&app).await, forgets(&app).await);
        assert_ne!(first, second);
        reset(&app, &first, NEW).await.expect(204);
        for token in [first, second] {
            let refused = reset(&app, &token, PASSWORD).await.expect(422);
            assert_eq!(refused.code(), "INVALID_TOKEN");
        }
        let token = forgets(&app).await;
        app.clock_advance(HOUR);
        reset(&app, &token, PASSWORD).await.expect(422);
        reset(&app, "nonsense", PASSWORD).await.expect(422);
    }

    async fn of_two_who_hold_one_token_one_gets_in(app: TestApp) {
        register_anna(&app).await;
        let token = forgets(&app).await;
        let tries = [NEW, PASSWORD, "a third long password"].map(|new| reset(&app, &token, new));
        let answers = futures::future::join_all(tries).await;
        let passed = answers.iter().filter(|answer| answer.status == 204).count();
        assert_eq!(passed, 1);
    }

    async fn a_letter_proves_one_purpose_and_one_address(app: TestApp) {
        let id = register_anna(&app).await["id"].clone();
        let reset_token = forgets(&app).await;
        let verify_token = letters(&app, "email_verification").await[0].1.clone();
        verify(&app, &reset_token).await.expect(422);
        reset(&app, &verify_token, NEW).await.expect(422);
        let path = format!("/v1/users/{}", id.as_str().unwrap());
        let moved = json!({"email": "anna@moved.example"});
        app.patch(&path).as_role(Role::Admin).json(moved).send().await.expect(200);
        reset(&app, &reset_token, NEW).await.expect(422);
        verify(&app, &verify_token).await.expect(422);
        let all = letters(&app, "email_verification").await;
        let (to, token) = all.last().unwrap();
        assert_eq!(to, "anna@moved.example");
        verify(&app, token).await.expect(204);
        assert_eq!(is_verified(&app, &id).await, json!(true));
    }

    /// Not by answer, not by header, not by what it costs.
    async fn asking_tells_nobody_whether_an_address_is_known(app: TestApp) {
        register_anna(&app).await;
        let mut seen = Vec::new();
        for (email, from) in [
            ("somebody@example.com", "192.0.2.7"),
            ("anna@example.com", "192.0.2.8"),
            ("nobody@example.com", "192.0.2.9"),
        ] {
            let before = app.host().db.statements();
            let answer = forgot(&app, email, from).await.expect(202);
            let cost = app.host().db.statements() - before;
            let headers: Vec<_> = answer.headers.keys().map(ToString::to_string).collect();
            seen.push((answer.text(), headers, cost));
        }
        assert_eq!(seen[1], seen[0]);
        assert_eq!(seen[1], seen[2]);
        identity::send_reset_letters(app.host()).await.unwrap();
        assert_eq!(letters(&app, "password_reset").await.len(), 1);
    }

    async fn who_asks_over_and_over_is_throttled_and_nobody_is_flooded(app: TestApp) {
        register_anna(&app).await;
        for _ in 0..5 {
            forgot(&app, "anna@example.com", "192.0.2.1").await.expect(202);
        }
        let refused = forgot(&app, "anna@example.com", "192.0.2.1").await.expect(429);
        assert_eq!(refused.code(), "TOO_MANY_ATTEMPTS");
        let unknown = forgot(&app, "nobody@example.com", "192.0.2.1").await;
        unknown.expect(202);
        // From everywhere at once, letter by letter.
        for nth in 2..12 {
            forgot(&app, "anna@example.com", &format!("192.0.2.{nth}")).await.expect(202);
            identity::send_reset_letters(app.host()).await.unwrap();
        }
        assert_eq!(letters(&app, "password_reset").await.len(), 5);
        anna_logs_in(&app).await;
        app.clock_advance(HOUR);
        forgot(&app, "anna@example.com", "192.0.2.1").await.expect(202);
        identity::send_reset_letters(app.host()).await.unwrap();
        assert_eq!(letters(&app, "password_reset").await.len(), 6);
    }

    async fn the_disabled_get_no_letter_and_no_way_in(app: TestApp) {
        let id = register_anna(&app).await["id"].clone();
        let token = forgets(&app).await;
        let path = format!("/v1/users/{}", id.as_str().unwrap());
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        reset(&app, &token, NEW).await.expect(422);
        forgot(&app, "anna@example.com", "192.0.2.2").await.expect(202);
        identity::send_reset_letters(app.host()).await.unwrap();
        assert_eq!(letters(&app, "password_reset").await.len(), 1);
    }

    async fn who_registers_verifies_their_address(app: TestApp) {
        let user = register_anna(&app).await;
        assert_eq!(user["email_verified"], json!(false));
        let id: UserId = user["id"].as_str().unwrap().parse().unwrap();
        let letters = letters(&app, "email_verification").await;
        let (to, token) = &letters[0];
        assert_eq!((to.as_str(), letters.len()), ("anna@example.com", 1));
        verify(&app, token).await.expect(204);
        verify(&app, token).await.expect(422);
        assert_eq!(is_verified(&app, &json!(id)).await, json!(true));
        let late = register(&app, "late@example.com").await;
        app.clock_advance(HOUR * 48);
        let token = crate::letters::letters(&app, "email_verification").await.pop().unwrap().1;
        verify(&app, &token).await.expect(422);
        assert_eq!(is_verified(&app, &late["id"]).await, json!(false));
    }

    async fn another_letter_is_sent_to_who_asks_until_the_address_is_verified(app: TestApp) {
        register_anna(&app).await;
        let access = anna_logs_in(&app).await.field("access_token");
        let again = || app.post("/v1/auth/email/verification").bearer(&access).send();
        for _ in 1..5 {
            again().await.expect(202);
        }
        assert_eq!(again().await.expect(429).code(), "TOO_MANY_ATTEMPTS");
        let all = letters(&app, "email_verification").await;
        assert_eq!(all.len(), 5);
        verify(&app, &all[3].1).await.expect(204);
        assert_eq!(again().await.expect(409).code(), "EMAIL_VERIFIED");
        app.post("/v1/auth/email/verification").send().await.expect(401);
    }
}

async fn register(app: &TestApp, email: &str) -> Value {
    let person = json!({"name": "Somebody", "email": email, "password": PASSWORD});
    let registered = app.post("/v1/auth/register").json(person).send().await;
    registered.expect(201).json()
}
