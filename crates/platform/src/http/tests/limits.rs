//! Too much, too long, too often.

use std::time::Duration;

use axum::body::Body;
use futures::stream::{self, StreamExt as _};

use super::shop::Shop;
use super::{as_role, get, post, with};
use crate::config::RateLimit;

#[tokio::test]
async fn a_body_over_the_limit_is_413_whether_announced_or_not() {
    let shop = Shop::open_with(|settings| settings.limits.body_bytes = 1000).await;
    let note = |length: usize| format!("{{\"text\": \"{}\"}}", "x".repeat(length));
    assert_eq!(shop.send(post("/v1/notes", note(900))).await.status, 201);
    let length = note(2000).len().to_string();
    let announced = with(post("/v1/notes", note(2000)), "content-length", &length);
    let announced = shop.send(announced).await;
    assert_eq!(
        (announced.status, announced.code().as_str()),
        (413, "PAYLOAD_TOO_LARGE")
    );
    let chunks = [note(2000)].map(Ok::<_, std::io::Error>);
    let streamed = post("/v1/notes", Body::from_stream(stream::iter(chunks)));
    assert_eq!(shop.send(streamed).await.status, 413);
    assert_eq!(shop.notes().await, 1);
}

#[tokio::test]
async fn an_operation_with_its_own_limits_takes_a_large_stream() {
    let shop = Shop::open_with(|settings| settings.limits.body_bytes = 1000).await;
    let chunk = || Ok::<_, std::io::Error>(vec![b'x'; 64 * 1024]);
    let body = |chunks| Body::from_stream(stream::iter((0..chunks).map(move |_| chunk())));
    let fine = shop.send(post("/v1/import", body(32))).await;
    assert_eq!(
        (fine.status, fine.json()),
        (200, serde_json::json!(2 * 1024 * 1024))
    );
    assert_eq!(shop.send(post("/v1/import", body(65))).await.status, 413);
}

#[tokio::test]
async fn a_streamed_body_may_not_pause_for_long() {
    let pause = Duration::from_millis(50);
    let shop = Shop::open_with(|settings| settings.limits.body_timeout = pause).await;
    let first = stream::iter([Ok::<_, std::io::Error>("a;b;c")]);
    let body = Body::from_stream(first.chain(stream::pending()));
    let stalled = shop.send(post("/v1/import", body)).await;
    assert_eq!(
        (stalled.status, stalled.code().as_str()),
        (503, "REQUEST_TIMEOUT")
    );
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_503_and_leaves_nothing() {
    let fast = Duration::from_millis(50);
    let shop = Shop::open_with(|settings| settings.limits.request_timeout = fast).await;
    let answer = shop.send(post("/v1/slow", r#"{"text": "late"}"#)).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (503, "REQUEST_TIMEOUT")
    );
    assert_eq!(answer.header("retry-after"), "1");
    assert_eq!(shop.notes().await, 0);
}

#[tokio::test]
async fn when_all_slots_are_taken_the_next_is_503_and_health_still_answers() {
    let shop = Shop::open_with(|settings| settings.limits.in_flight = 1).await;
    let slow = shop.send(post("/v1/slow", r#"{"text": "a"}"#));
    let other = async {
        while shop.runs() == 0 {
            tokio::task::yield_now().await;
        }
        let serving = shop.desk.host.load.requests();
        let shed = shop.send(get("/v1/notes")).await;
        assert_eq!((serving, shop.desk.host.load.requests()), (1, 1));
        let health = shop.send(get("/health/ready")).await;
        shop.desk.go.notify_one();
        (shed, health)
    };
    let (slow, (shed, health)) = tokio::join!(slow, other);
    assert_eq!((shed.status, shed.code().as_str()), (503, "OVERLOADED"));
    assert_eq!(
        (shed.header("retry-after"), health.status, slow.status),
        ("1", 200, 204)
    );
    assert_eq!(shop.send(get("/v1/notes")).await.status, 200);
    assert_eq!(shop.desk.host.load.requests(), 0);
}

#[tokio::test]
async fn too_many_requests_of_one_caller_are_429_and_others_go_on() {
    let rate = Some(RateLimit {
        per_second: 1,
        burst: 2,
    });
    let shop = Shop::open_with(|settings| settings.limits.rate = rate).await;
    let ask = |who: &str| as_role(get("/v1/notes"), who);
    let first = shop.send(ask("clerk-1")).await;
    assert_eq!(
        (first.status, first.header("ratelimit-remaining")),
        (200, "1")
    );
    assert_eq!(
        (
            first.header("ratelimit-limit"),
            first.header("ratelimit-reset")
        ),
        ("2", "1")
    );
    shop.send(ask("clerk-1")).await;
    let refused = shop.send(ask("clerk-1")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (429, "TOO_MANY_REQUESTS")
    );
    assert_eq!(
        (
            refused.header("retry-after"),
            refused.header("ratelimit-remaining")
        ),
        ("1", "0")
    );
    assert_eq!(shop.send(ask("clerk-2")).await.status, 200);
    // Guessing tokens counts against the address.
    for status in [401, 401, 429] {
        assert_eq!(
            shop.send(as_role(get("/v1/notes"), "forged")).await.status,
            status
        );
    }
    assert_eq!(shop.send(get("/health")).await.status, 200);
}
