//! Registering, logging in, refreshing, logging out, changing the password.

use super::*;
use std::time::Duration;

on_both! {
    async fn a_customer_registers_logs_in_and_reads_their_profile(app: TestApp) {
        let registered = app.post("/v1/auth/register").json(json!({
            "name": "Anna", "email": "Anna@Example.com", "password": PASSWORD,
            "phone": "+1 514 555 0123", "address": "12 Oak Street",
        })).send().await.expect(201);
        let user = registered.json();
        let place = format!("/v1/users/{}", user["id"].as_str().unwrap());
        assert_eq!(registered.header("location"), Some(place.as_str()));
        assert_eq!(user["email"], json!("anna@example.com"));
        assert_eq!((&user["roles"], &user["disabled"]), (&json!(["customer"]), &json!(false)));

        let tokens = anna_logs_in(&app).await;
        assert_eq!(tokens.header("cache-control"), Some("no-store"));
        assert_eq!(tokens.json()["token_type"], json!("Bearer"));
        assert_eq!(tokens.json()["expires_in"], json!(900));
        let token = tokens.field("access_token");
        let me = app.get("/v1/users/me").bearer(&token).send().await.expect(200);
        assert_eq!(me.json(), user);
        assert_eq!(app.get(&place).bearer(&token).send().await.expect(200).json(), user);
    }

    async fn an_email_address_registers_once(app: TestApp) {
        register_anna(&app).await;
        let again = json!({"name": "Other", "email": "ANNA@example.com", "password": PASSWORD});
        let refused = app.post("/v1/auth/register").json(again).send().await.expect(409);
        assert_eq!(refused.code(), "DUPLICATE_EMAIL");
        assert_eq!(refused.json()["error"]["details"][0]["field"], json!("email"));
    }

    async fn no_one_registers_with_more_than_a_customer_may_say(app: TestApp) {
        for (field, value) in [
            ("roles", json!(["admin"])), ("role", json!("admin")), ("id", json!("user_x")),
            ("store_ids", json!([])), ("disabled", json!(false)), ("version", json!(7)),
        ] {
            let mut body = anna();
            body[field] = value;
            let refused = app.post("/v1/auth/register").json(body).send().await.expect(422);
            assert_eq!(refused.json()["error"]["details"][0]["code"], json!("UNKNOWN_FIELD"));
        }
        let users = app.get("/v1/users").as_role(platform::auth::Role::Admin).send().await;
        assert_eq!(users.expect(200).json()["items"], json!([]));
    }

    async fn weak_passwords_are_refused_without_repeating_them(app: TestApp) {
        for weak in ["short", "passwordpassword", "anna@example.com", "aaaaaaaaaaaaaaaa"] {
            let body = json!({"name": "Anna", "email": "anna@example.com", "password": weak});
            let refused = app.post("/v1/auth/register").json(body).send().await.expect(422);
            assert_eq!(refused.json()["error"]["details"][0]["field"], json!("password"));
            assert!(!refused.text().contains(weak) || weak == "anna@example.com");
        }
    }

    async fn wrong_password_unknown_address_and_disabled_user_answer_alike(app: TestApp) {
        register_anna(&app).await;
        let gone = json!({"name": "Gone", "email": "gone@example.com", "password": PASSWORD});
        let gone = app.post("/v1/auth/register").json(gone).send().await.expect(201).field("id");
        let path = format!("/v1/users/{gone}");
        app.delete(&path).as_role(platform::auth::Role::Admin).send().await.expect(204);

        let mut answers = Vec::new();
        for (email, password) in [
            ("anna@example.com", "wrong wrong wrong"),
            ("nobody@example.com", "wrong wrong wrong"),
            ("gone@example.com", PASSWORD),
        ] {
            let mut answer = log_in(&app, email, password).await.expect(401).json();
            answer["error"]["request_id"] = json!("same");
            answers.push(answer);
        }
        assert_eq!(answers[0]["error"]["code"], json!("WRONG_CREDENTIALS"));
        assert!(answers.iter().all(|answer| *answer == answers[0]));
    }

    /// Without the decoy an unknown address would answer in a fraction of the time.
    async fn an_unknown_address_takes_as_long_as_a_wrong_password(app: TestApp) {
        register_anna(&app).await;
        let (mut known, mut unknown) = (Duration::MAX, Duration::MAX);
        for round in 0..7 {
            let address = format!("192.0.2.{}", 10 + round);
            let both = [("anna@example.com", &mut known), ("no@example.com", &mut unknown)];
            for (email, best) in both {
                let begin = std::time::Instant::now();
                log_in_from(&app, email, "wrong wrong wrong", &address).await.expect(401);
                *best = begin.elapsed().min(*best);
            }
        }
        // Best of seven, and a wide margin: without the hash it would be a tenth.
        assert!(unknown * 4 > known, "known {known:?}, unknown {unknown:?}");
    }

    async fn a_refresh_token_works_once_and_its_replay_ends_the_login(app: TestApp) {
        register_anna(&app).await;
        let other_login = anna_logs_in(&app).await;
        let first = anna_logs_in(&app).await;
        let first = first.field("refresh_token");
        let second = refresh(&app, &first).await.expect(200).field("refresh_token");
        let third = refresh(&app, &second).await.expect(200).field("refresh_token");

        assert_eq!(refresh(&app, &first).await.expect(401).code(), "INVALID_REFRESH_TOKEN");
        assert_eq!(refresh(&app, &third).await.expect(401).code(), "INVALID_REFRESH_TOKEN");
        refresh(&app, &other_login.field("refresh_token")).await.expect(200);
    }

    async fn a_refresh_whose_answer_was_lost_is_repeated_with_its_key(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("refresh_token");
        let send = || {
            let body = json!({"refresh_token": token});
            app.post("/v1/auth/refresh").json(body).key("lost").send()
        };
        let (lost, again) = (send().await.expect(200), send().await.expect(200));
        assert_eq!(lost.body, again.body);
        refresh(&app, &again.field("refresh_token")).await.expect(200);
    }

    async fn a_made_up_refresh_token_ends_nothing(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("refresh_token");
        let older = token.replacen(".1_", ".0_", 1);
        assert_ne!(older, token);
        for wrong in [older.as_str(), "", "rt_", "rt_0.0_0", "key_x", &token[..token.len() - 1]] {
            refresh(&app, wrong).await.expect(401);
        }
        refresh(&app, &token).await.expect(200);
    }

    async fn a_login_ends_when_unused_for_two_weeks(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("refresh_token");
        app.clock_advance(Duration::from_secs(13 * 86_400));
        let token = refresh(&app, &token).await.expect(200).field("refresh_token");
        app.clock_advance(Duration::from_secs(14 * 86_400));
        refresh(&app, &token).await.expect(401);
    }

    async fn who_logs_out_refreshes_no_more(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("refresh_token");
        for _ in 0..2 {
            let body = json!({"refresh_token": token});
            app.post("/v1/auth/logout").json(body).send().await.expect(204);
        }
        refresh(&app, &token).await.expect(401);
        let none = json!({"refresh_token": "no token"});
        app.post("/v1/auth/logout").json(none).send().await.expect(204);
    }

    async fn an_access_token_expires_after_fifteen_minutes(app: TestApp) {
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("access_token");
        app.clock_advance(Duration::from_secs(899));
        app.get("/v1/users/me").bearer(&token).send().await.expect(200);
        app.clock_advance(Duration::from_secs(1));
        let refused = app.get("/v1/users/me").bearer(&token).send().await.expect(401);
        assert_eq!(refused.code(), "TOKEN_EXPIRED");
    }

    async fn who_changes_their_password_is_logged_out_everywhere(app: TestApp) {
        register_anna(&app).await;
        let tokens = anna_logs_in(&app).await;
        let change = |current: &str, new: &str| {
            let body = json!({"current_password": current, "new_password": new});
            let request = app.post("/v1/auth/password/change").json(body);
            request.bearer(&tokens.field("access_token")).send()
        };
        let refused = change("not my password", "another good one").await.expect(422);
        assert_eq!(refused.code(), "WRONG_PASSWORD");
        change(PASSWORD, "short").await.expect(422);
        change(PASSWORD, "another good one").await.expect(204);
        refresh(&app, &tokens.field("refresh_token")).await.expect(401);
        log_in(&app, "anna@example.com", PASSWORD).await.expect(401);
        log_in(&app, "anna@example.com", "another good one").await.expect(200);
    }

    async fn changing_the_password_needs_a_user_and_is_throttled(app: TestApp) {
        let body = json!({"current_password": PASSWORD, "new_password": "another good one"});
        app.post("/v1/auth/password/change").json(body.clone()).send().await.expect(401);
        register_anna(&app).await;
        let token = anna_logs_in(&app).await.field("access_token");
        let guess = || {
            let mut body = body.clone();
            body["current_password"] = json!("wrong wrong");
            app.post("/v1/auth/password/change").json(body).bearer(&token).send()
        };
        for _ in 0..5 {
            guess().await.expect(422);
        }
        assert_eq!(guess().await.expect(429).header("retry-after"), Some("2"));
    }
}
