//! What is around every request: ids, tags, paths, methods, panics, headers, origins.

use super::shop::Shop;
use super::{as_role, get, post, with};
use uuid::Uuid;

#[tokio::test]
async fn every_answer_has_a_request_id_and_an_error_repeats_it() {
    let shop = Shop::open().await;
    let made = shop.send(get("/v1/nowhere")).await;
    assert!(made.header("x-request-id").parse::<Uuid>().is_ok());
    assert_eq!(
        made.json()["error"]["request_id"],
        made.header("x-request-id")
    );
    let kept = shop
        .send(with(get("/v1/notes"), "x-request-id", "order-4711"))
        .await;
    assert_eq!(
        (kept.status, kept.header("x-request-id")),
        (200, "order-4711")
    );
    let replaced = shop
        .send(with(get("/health"), "x-request-id", "two words"))
        .await;
    assert!(replaced.header("x-request-id").parse::<Uuid>().is_ok());
}

#[tokio::test]
async fn what_was_seen_is_answered_304_without_a_body() {
    let shop = Shop::open().await;
    let path = format!(
        "/v1/notes/{}",
        kernel::ImageId::from_uuid(Uuid::from_u128(1))
    );
    let first = shop.send(get(&path)).await;
    assert_eq!((first.status, first.header("etag")), (200, "\"3\""));
    assert_eq!(first.header("cache-control"), "private, no-cache");
    let again = shop.send(with(get(&path), "if-none-match", "\"3\"")).await;
    assert_eq!(
        (again.status, again.header("etag"), again.body.len()),
        (304, "\"3\"", 0)
    );
    let old = shop.send(with(get(&path), "if-none-match", "\"2\"")).await;
    assert_eq!(old.status, 200);
}

#[tokio::test]
async fn a_change_of_what_has_changed_since_is_412() {
    let shop = Shop::open().await;
    let path = format!(
        "/v1/notes/{}",
        kernel::ImageId::from_uuid(Uuid::from_u128(1))
    );
    for (tag, status) in [
        ("\"2\"", 412),
        ("\"3\"", 200),
        ("\"3.9f\"", 200),
        ("*", 200),
    ] {
        let request = with(as_role(post(&path, "{}"), "clerk"), "if-match", tag);
        let (mut head, body) = request.into_parts();
        head.method = axum::http::Method::PATCH;
        let answer = shop.send(axum::http::Request::from_parts(head, body)).await;
        assert_eq!(answer.status, status, "{tag}");
    }
}

#[tokio::test]
async fn a_trailing_slash_makes_no_difference_and_no_redirect() {
    let shop = Shop::open().await;
    assert_eq!(shop.send(get("/v1/notes/")).await.status, 200);
    assert_eq!(shop.send(get("/health/")).await.status, 200);
}

#[tokio::test]
async fn no_route_is_404_and_a_wrong_method_405_with_the_right_ones() {
    let shop = Shop::open().await;
    let nowhere = shop.send(get("/v1/nowhere")).await;
    assert_eq!(
        (nowhere.status, nowhere.code().as_str()),
        (404, "RESOURCE_NOT_FOUND")
    );
    let mut delete = get("/v1/notes");
    *delete.method_mut() = axum::http::Method::DELETE;
    let wrong = shop.send(delete).await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (405, "METHOD_NOT_ALLOWED")
    );
    let mut allowed: Vec<_> = wrong.header("allow").split(',').collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ["GET", "HEAD", "POST"]);
}

#[tokio::test]
async fn a_panic_and_a_bug_are_500_and_tell_nothing() {
    let shop = Shop::open().await;
    for request in [get("/v1/panic"), post("/v1/broken", "")] {
        let answer = shop.send(request).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (500, "INTERNAL_ERROR")
        );
        assert!(!String::from_utf8_lossy(&answer.body).contains("secret"));
    }
    assert_eq!(
        shop.notes().await,
        0,
        "a failed request leaves nothing behind"
    );
    assert_eq!(shop.send(get("/health")).await.status, 200);
}

#[tokio::test]
async fn answers_are_hardened_and_errors_kept_nowhere() {
    let shop = Shop::open().await;
    for path in ["/v1/notes", "/v1/nowhere", "/health"] {
        let answer = shop.send(get(path)).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY");
        assert_eq!(answer.header("cache-control"), "no-store");
        assert!(
            answer
                .header("content-security-policy")
                .starts_with("default-src 'none'")
        );
        assert_eq!(answer.header("strict-transport-security"), "");
    }
}

#[tokio::test]
async fn large_answers_are_compressed_for_who_asks_and_small_ones_for_nobody() {
    let shop = Shop::open().await;
    let ask = |path: &str| with(get(path), "accept-encoding", "gzip");
    let large = shop.send(ask("/v1/notes?limit=100")).await;
    assert_eq!(
        (large.status, large.header("content-encoding")),
        (200, "gzip")
    );
    assert!(large.body.len() < 1000);
    assert_eq!(
        shop.send(ask("/v1/notes?limit=1"))
            .await
            .header("content-encoding"),
        ""
    );
    assert_eq!(
        shop.send(get("/v1/notes?limit=100"))
            .await
            .header("content-encoding"),
        ""
    );
}

#[tokio::test]
async fn only_listed_origins_may_call_from_a_browser() {
    let ours = "https://shop.example";
    let shop = Shop::open_with(|settings| settings.cors_origins = vec![ours.to_owned()]).await;
    let ask = |origin: &str| {
        let mut request = with(get("/v1/notes"), "origin", origin);
        *request.method_mut() = axum::http::Method::OPTIONS;
        with(request, "access-control-request-method", "POST")
    };
    let welcome = shop.send(ask(ours)).await;
    assert_eq!(
        (
            welcome.status,
            welcome.header("access-control-allow-origin")
        ),
        (200, ours)
    );
    let stranger = shop.send(ask("https://evil.example")).await;
    assert_eq!(stranger.header("access-control-allow-origin"), "");
    let read = shop.send(with(get("/v1/notes"), "origin", ours)).await;
    assert_eq!(read.header("access-control-allow-origin"), ours);
}

#[tokio::test]
async fn health_names_environment_and_version() {
    let shop = Shop::open().await;
    for path in ["/health", "/health/live", "/health/ready", "/health/db"] {
        let answer = shop.send(get(path)).await;
        assert_eq!(answer.status, 200, "{path}");
        let expected = serde_json::json!({
            "status": "ok", "environment": "development", "version": env!("CARGO_PKG_VERSION")
        });
        assert_eq!(answer.json(), expected);
    }
}

#[tokio::test]
async fn a_database_that_is_gone_is_said_in_our_own_words() {
    let shop = Shop::open().await;
    shop.desk.host.db.close().await;
    for path in ["/health/db", "/health/ready"] {
        let sick = shop.send(get(path)).await;
        assert_eq!(
            (sick.status, sick.code().as_str()),
            (503, "DATABASE_UNAVAILABLE"),
            "{path}"
        );
        assert_eq!(
            sick.json()["error"]["message"],
            "the database cannot be reached"
        );
    }
    for path in ["/health", "/health/live"] {
        assert_eq!(shop.send(get(path)).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn requests_are_counted_by_route_and_not_by_path() {
    let shop = Shop::open().await;
    let path = format!(
        "/v1/notes/{}",
        kernel::ImageId::from_uuid(Uuid::from_u128(1))
    );
    shop.send(get(&path)).await;
    shop.send(get("/v1/nowhere/unheard-of")).await;
    let page = shop.send(get("/metrics")).await;
    let text = String::from_utf8_lossy(&page.body).into_owned();
    let series = r#"http_requests_total{method="GET",route="/v1/notes/{id}",status="200"}"#;
    assert!(text.contains(series), "{text}");
    assert!(
        text.contains(r#"http_request_duration_seconds_bucket{method="GET""#),
        "{text}"
    );
    assert!(!text.contains("unheard-of") && !text.contains("img_"));
}
