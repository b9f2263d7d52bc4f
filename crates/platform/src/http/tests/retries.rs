//! Idempotency keys and repetitions, seen from outside.

use super::shop::Shop;
use super::{Answer, as_role, post, with};
use axum::body::Body;
use axum::http::Request;
use std::time::Duration;

fn pin(text: &str, key: &str) -> Request<Body> {
    with(
        post("/v1/notes", format!("{{\"text\": \"{text}\"}}")),
        "idempotency-key",
        key,
    )
}

/// The part of an answer that a replay must repeat byte for byte.
fn essence(answer: &Answer) -> (u16, Vec<u8>, [String; 4]) {
    let names = ["content-type", "location", "etag", "cache-control"];
    let headers = names.map(|name| answer.header(name).to_owned());
    (answer.status, answer.body.to_vec(), headers)
}

#[tokio::test]
async fn the_same_key_and_body_is_done_once_and_answered_alike() {
    let shop = Shop::open().await;
    let first = shop.send(pin("milk", "k1")).await;
    let again = shop.send(pin("milk", "k1")).await;
    assert_eq!(
        (first.status, first.header("idempotency-replayed")),
        (201, "")
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(essence(&first), essence(&again));
    assert_eq!((shop.runs(), shop.notes().await), (1, 1));
}

#[tokio::test]
async fn another_body_under_the_same_key_is_422() {
    let shop = Shop::open().await;
    shop.send(pin("milk", "k1")).await;
    let other = shop.send(pin("bread", "k1")).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED")
    );
    assert_eq!(shop.notes().await, 1);
}

#[tokio::test]
async fn a_key_belongs_to_its_caller() {
    let shop = Shop::open().await;
    for who in ["clerk-1", "clerk-2"] {
        let answer = shop.send(as_role(pin(who, "k1"), who)).await;
        assert_eq!(
            (answer.status, answer.header("idempotency-replayed")),
            (201, ""),
            "{who}"
        );
    }
    assert_eq!(shop.send(pin("nobody", "k1")).await.status, 201);
    assert_eq!(shop.notes().await, 3);
}

#[tokio::test]
async fn a_conflict_is_an_outcome_and_replayed() {
    let shop = Shop::open().await;
    shop.send(pin("milk", "k1")).await;
    let refused = shop.send(pin("milk", "k2")).await;
    assert_eq!(
        (refused.status, refused.code().as_str()),
        (409, "DUPLICATE_NOTE")
    );
    let again = shop.send(pin("milk", "k2")).await;
    assert_eq!(again.header("idempotency-replayed"), "true");
    assert_eq!(essence(&refused), essence(&again));
}

#[tokio::test]
async fn a_broken_request_leaves_its_key_free() {
    let shop = Shop::open().await;
    let broken = with(
        post("/v1/notes", r#"{"txt": "milk"}"#),
        "idempotency-key",
        "k1",
    );
    assert_eq!(shop.send(broken).await.status, 422);
    assert_eq!(shop.send(pin("milk", "k1")).await.status, 201);
}

#[tokio::test]
async fn a_key_that_is_none_is_422() {
    let shop = Shop::open().await;
    for bad in ["", "two words", &"k".repeat(256)] {
        let answer = shop.send(pin("milk", bad)).await;
        assert_eq!(
            (answer.status, answer.field().as_str()),
            (422, "Idempotency-Key"),
            "{bad:?}"
        );
    }
    assert_eq!(shop.notes().await, 0);
}

#[tokio::test]
async fn the_second_of_two_at_once_is_told_to_wait() {
    let shop = Shop::open().await;
    let slow = || {
        with(
            post("/v1/slow", r#"{"text": "milk"}"#),
            "idempotency-key",
            "k1",
        )
    };
    let first = shop.send(slow());
    let second = async {
        while shop.runs() == 0 {
            tokio::task::yield_now().await;
        }
        let second = shop.send(slow()).await;
        shop.desk.go.notify_one();
        second
    };
    let (first, second) = tokio::join!(first, second);
    assert_eq!(
        (second.status, second.code().as_str()),
        (409, "REQUEST_IN_PROGRESS")
    );
    assert_eq!((second.header("retry-after"), first.status), ("1", 204));
    let third = shop.send(slow()).await;
    assert_eq!(
        (third.status, third.header("idempotency-replayed")),
        (204, "true")
    );
    assert_eq!(shop.notes().await, 1);
}

#[tokio::test]
async fn who_hangs_up_leaves_the_key_free() {
    let shop = Shop::open().await;
    let slow = || {
        with(
            post("/v1/slow", r#"{"text": "milk"}"#),
            "idempotency-key",
            "k1",
        )
    };
    let gone = tokio::time::timeout(Duration::from_millis(50), shop.send(slow())).await;
    assert!(gone.is_err());
    shop.desk.go.notify_one();
    assert_eq!(shop.send(slow()).await.status, 204);
    assert_eq!(shop.notes().await, 1);
}

#[tokio::test]
async fn a_lost_race_is_repeated_unnoticed_and_done_once() {
    for key in [None, Some("k1")] {
        let shop = Shop::open().await;
        let busy = |times: u32| {
            let body = format!("{{\"name\": \"milk {times}\", \"quantity\": {times}}}");
            let request = post("/v1/busy", body);
            match key {
                Some(key) => with(request, "idempotency-key", key),
                None => request,
            }
        };
        assert_eq!(shop.send(busy(3)).await.status, 204, "{key:?}");
        assert_eq!((shop.runs(), shop.notes().await), (4, 1), "{key:?}");
        let hopeless = shop.send(busy(99)).await;
        assert_eq!(hopeless.status, if key.is_some() { 422 } else { 503 });
        assert_eq!(shop.notes().await, 1);
    }
}

#[tokio::test]
async fn giving_up_on_a_lost_race_is_503_and_the_key_stays_free() {
    let shop = Shop::open().await;
    let body = r#"{"name": "milk", "quantity": 4}"#;
    let busy = || with(post("/v1/busy", body), "idempotency-key", "k1");
    let answer = shop.send(busy()).await;
    assert_eq!((answer.status, answer.header("retry-after")), (503, "1"));
    assert_eq!(shop.notes().await, 0);
    assert_eq!(shop.send(busy()).await.status, 204);
}

#[tokio::test]
async fn an_answer_of_another_process_is_replayed_and_ours_undone() {
    let shop = Shop::open().await;
    let other = Shop::beside(&shop).await;
    let slow = || {
        with(
            post("/v1/slow", r#"{"text": "milk"}"#),
            "idempotency-key",
            "k1",
        )
    };
    let pinned = |text: &str| with(post("/v1/slow", text.to_owned()), "idempotency-key", "k1");
    let (ours, theirs) = (shop.send(slow()), async {
        while shop.runs() == 0 {
            tokio::task::yield_now().await;
        }
        other.desk.go.notify_one();
        let theirs = other.send(pinned(r#"{"text": "milk"}"#)).await;
        shop.desk.go.notify_one();
        theirs
    });
    let (ours, theirs) = tokio::join!(ours, theirs);
    // Ours finds the note pinned (409), cannot store that, and repeats their answer.
    assert_eq!((theirs.status, ours.status), (204, 204));
    assert_eq!(ours.header("idempotency-replayed"), "true");
    assert_eq!(shop.notes().await, 1);
}

#[tokio::test]
async fn no_stored_answer_can_be_read_in_the_database() {
    let shop = Shop::open().await;
    shop.send(pin("a very secret text", "k1")).await;
    let sql =
        "select count(*) as n from idempotency_record where cast(body as text) like '%secret%'";
    assert_eq!(shop.count(sql).await, 0);
    assert_eq!(
        shop.count("select count(*) as n from idempotency_record")
            .await,
        1
    );
}

#[tokio::test]
async fn answers_are_forgotten_after_72_hours() {
    use crate::http::retry::{KEPT, purge};
    let shop = Shop::open().await;
    shop.send(pin("milk", "k1")).await;
    let (db, now) = (&shop.desk.host.db, shop.desk.host.source.now());
    assert_eq!(
        purge(db, now.plus(KEPT).minus(Duration::from_secs(60)))
            .await
            .unwrap(),
        0
    );
    assert_eq!(
        purge(db, now.plus(KEPT).plus(Duration::from_secs(60)))
            .await
            .unwrap(),
        1
    );
}

#[tokio::test]
async fn a_handler_with_its_own_retry_gets_the_key() {
    let shop = Shop::open().await;
    let told = shop
        .send(with(post("/v1/own-retry", "{}"), "idempotency-key", "k1"))
        .await;
    assert!(told.body.starts_with(b"RetryKey("), "{:?}", told.body);
    assert!(shop.send(post("/v1/own-retry", "{}")).await.body.is_empty());
}

#[tokio::test]
async fn a_streamed_body_is_imported_once_per_key() {
    let shop = Shop::open().await;
    let import = |body: &str| with(post("/v1/import", body.to_owned()), "idempotency-key", "k1");
    let first = shop.send(import("a;b;c")).await;
    let again = shop.send(import("a;b;c")).await;
    assert_eq!(essence(&first), essence(&again));
    assert_eq!(
        (again.header("idempotency-replayed"), shop.runs()),
        ("true", 1)
    );
    let other = shop.send(import("a;b;d")).await;
    assert_eq!(
        (other.status, other.code().as_str()),
        (422, "IDEMPOTENCY_KEY_REUSED")
    );
}
