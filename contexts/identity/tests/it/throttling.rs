//! Guessing passwords does not pay, and locks nobody out.

use super::*;
use std::time::Duration;

on_both! {
    async fn after_five_failures_one_has_to_wait(app: TestApp) {
        register_anna(&app).await;
        for _ in 0..5 {
            log_in(&app, "anna@example.com", "wrong wrong wrong").await.expect(401);
        }
        let refused = log_in(&app, "anna@example.com", PASSWORD).await.expect(429);
        assert_eq!(refused.code(), "TOO_MANY_ATTEMPTS");
        assert_eq!(refused.header("retry-after"), Some("2"));
        app.clock_advance(Duration::from_secs(1));
        log_in(&app, "anna@example.com", "wrong wrong wrong").await.expect(401);
        app.clock_advance(Duration::from_secs(1));
        log_in(&app, "anna@example.com", PASSWORD).await.expect(429);
        app.clock_advance(Duration::from_secs(1));
        log_in(&app, "anna@example.com", PASSWORD).await.expect(200);
    }

    async fn an_unknown_account_is_throttled_like_a_known_one(app: TestApp) {
        for _ in 0..5 {
            log_in(&app, "nobody@example.com", "wrong wrong wrong").await.expect(401);
        }
        log_in(&app, "nobody@example.com", "wrong wrong wrong").await.expect(429);
    }

    async fn an_attacker_elsewhere_does_not_lock_the_owner_out(app: TestApp) {
        register_anna(&app).await;
        log_in_from(&app, "anna@example.com", PASSWORD, "192.0.2.1").await.expect(200);
        for address in 0..12 {
            for _ in 0..5 {
                let from = format!("203.0.113.{address}");
                log_in_from(&app, "anna@example.com", "wrong wrong wrong", &from).await;
            }
        }
        for mistyped in 0..4 {
            let wrong = format!("mistyped number {mistyped}");
            log_in_from(&app, "anna@example.com", &wrong, "192.0.2.1").await.expect(401);
        }
        log_in_from(&app, "anna@example.com", PASSWORD, "192.0.2.1").await.expect(200);
        // A place she never was: one try, as good as any.
        log_in_from(&app, "anna@example.com", PASSWORD, "198.51.100.7").await.expect(200);
        // For the attacker's next place too, it is one try only.
        let guess = || log_in_from(&app, "anna@example.com", "wrong wrong wrong", "203.0.113.99");
        guess().await.expect(401);
        guess().await.expect(429);
    }

    async fn many_accounts_tried_from_one_address_are_throttled_together(app: TestApp) {
        register_anna(&app).await;
        log_in_from(&app, "anna@example.com", PASSWORD, "192.0.2.1").await.expect(200);
        for number in 0..50 {
            let email = format!("victim{number}@example.com");
            log_in_from(&app, &email, "wrong wrong wrong", "192.0.2.1").await.expect(401);
        }
        log_in_from(&app, "next@example.com", "wrong wrong wrong", "192.0.2.1").await.expect(429);
        // Whoever works at the same address and logged in there before is not touched.
        log_in_from(&app, "anna@example.com", PASSWORD, "192.0.2.1").await.expect(200);
        log_in_from(&app, "next@example.com", "wrong wrong wrong", "192.0.2.2").await.expect(401);
    }

    async fn guesses_sent_all_at_once_are_judged_one_by_one(app: TestApp) {
        register_anna(&app).await;
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..30 {
            let app = app.clone();
            guesses.spawn(async move {
                log_in(&app, "anna@example.com", "wrong wrong wrong").await.status
            });
        }
        let answers = guesses.join_all().await;
        assert_eq!(answers.iter().filter(|status| **status == 401).count(), 5);
        assert_eq!(answers.iter().filter(|status| **status == 429).count(), 25);
    }

    async fn asking_for_registered_addresses_is_throttled(app: TestApp) {
        register_anna(&app).await;
        for _ in 0..5 {
            app.post("/v1/auth/register").json(anna()).send().await.expect(409);
        }
        app.post("/v1/auth/register").json(anna()).send().await.expect(429);
    }

    async fn neither_addresses_nor_accounts_lie_beside_the_failures(app: TestApp) {
        log_in(&app, "canary@example.com", "wrong wrong wrong").await.expect(401);
        let mut tx = app.host().db.read().await.unwrap();
        let rows = tx.query("select * from identity_login_guard").fetch_all().await.unwrap();
        assert_eq!(rows.len(), 3);
    }
}
