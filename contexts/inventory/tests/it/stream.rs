//! The live stream of levels.

use crate::shop::{app, place, product, stock, store};
use axum::body::BodyDataStream;
use futures::StreamExt as _;
use platform::auth::Role;
use serde_json::Value;
use std::time::Duration;
use testkit::{TestApp, on_both};

/// An open stream of server-sent events.
struct Listener {
    body: BodyDataStream,
    read: String,
}

impl Listener {
    async fn open(app: &TestApp, path: &str) -> Self {
        let answer = app.get(path).as_role(Role::Clerk).stream().await;
        assert_eq!(answer.status(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        Self {
            body: answer.into_body().into_data_stream(),
            read: String::new(),
        }
    }

    /// The next event's name and data.
    async fn next(&mut self) -> (String, Value) {
        loop {
            if let Some((event, rest)) = self.read.split_once("\n\n") {
                let (event, rest) = (event.to_owned(), rest.to_owned());
                self.read = rest;
                if let Some(read) = parse(&event) {
                    return read;
                }
                continue;
            }
            let chunk = tokio::time::timeout(Duration::from_secs(10), self.body.next()).await;
            let chunk = chunk
                .expect("something comes in time")
                .expect("the stream goes on");
            self.read += std::str::from_utf8(&chunk.expect("it can be read")).expect("it is text");
        }
    }
}

fn parse(event: &str) -> Option<(String, Value)> {
    let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
    let data = serde_json::from_str(field("data: ")?).expect("data is JSON");
    Some((field("event: ")?.to_owned(), data))
}

on_both! {
    async fn changes_are_streamed_as_they_happen(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        let mut listener = Listener::open(&app, "/v1/inventory/stream").await;
        stock(&app, product, store, 4).await;
        let (name, data) = listener.next().await;
        assert_eq!((name.as_str(), data["on_hand"].clone()), ("level", 4.into()));
        place(&app, Some(store), &[(product, 3)]).await;
        let (_, data) = listener.next().await;
        assert_eq!((data["reserved"].clone(), data["available"].clone()), (3.into(), 1.into()));
        assert_eq!(data["product_id"], serde_json::json!(product));
    }

    async fn a_stream_can_be_narrowed_to_one_store(app: TestApp) {
        let product = product(&app, "A").await;
        let (here, there) = (store(&app, "HERE").await, store(&app, "THERE").await);
        let path = format!("/v1/inventory/stream?store_id={there}");
        let mut listener = Listener::open(&app, &path).await;
        stock(&app, product, here, 4).await;
        stock(&app, product, there, 5).await;
        assert_eq!(listener.next().await.1["on_hand"], 5);
    }

    async fn changes_of_another_process_arrive_too(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        stock(&app, product, store, 4).await;
        let mut listener = Listener::open(&app, "/v1/inventory/stream").await;
        // Written around the use cases, this process is not told of it.
        let mut tx = app.host().db.begin().await.expect("the database answers");
        tx.query(
            "insert into inventory_movement (id, product_id, store_id, kind, d_on_hand, d_reserved,
                 occurred_at) values ($1, $2, $3, 'receive', 2, 0, 7)",
        )
        .bind(app.host().source.uuid())
        .bind(product)
        .bind(store)
        .execute()
        .await
        .expect("it is written");
        tx.commit().await.expect("it commits");
        let mut last = listener.next().await;
        while last.1["on_hand"] != 6 {
            last = listener.next().await;
        }
        assert_eq!(last.0, "level");
    }

    async fn a_stream_that_falls_behind_is_told_to_read_again(app: TestApp) {
        let (product, store) = (product(&app, "A").await, store(&app, "MTL").await);
        let mut listener = Listener::open(&app, "/v1/inventory/stream").await;
        for pieces in 1..=300 {
            stock(&app, product, store, pieces).await;
        }
        assert_eq!(listener.next().await.0, "resync");
        let mut last = listener.next().await;
        while last.1["on_hand"] != 300 {
            last = listener.next().await;
        }
    }

    async fn only_staff_listens(app: TestApp) {
        app.get("/v1/inventory/stream").send().await.expect(401);
        app.get("/v1/inventory/stream").as_role(Role::Supplier).send().await.expect(403);
    }
}
