//! The feed: readers from outside miss nothing and get nothing twice, wherever they go on from.

use crate::sample::{app, counter, step_once};
use axum::body::BodyDataStream;
use futures::StreamExt as _;
use platform::Engine;
use platform::auth::Role;
use serde_json::{Value, json};
use std::time::Duration;
use testkit::{TestApp, on_both};

const WRITERS: u128 = 8;
const EACH: usize = 25;

async fn page(app: &TestApp, query: &str) -> Value {
    let page = app
        .get(&format!("/v1/events?{query}"))
        .as_role(Role::Service);
    page.send().await.expect(200).json()
}

/// Steps five counters, as others do at the same moment; lost races are run again.
async fn write(app: TestApp, seed: u128) {
    for nth in 0..EACH as u128 {
        loop {
            let mut tx = app.host().db.begin().await.unwrap();
            let which = counter(1 + (seed * 7 + nth * 13) % 5);
            let stepped = crate::sample::step(&mut tx, which, false).await;
            if app.engine() == Engine::Postgres {
                tokio::time::sleep(Duration::from_millis(((seed + nth) % 4) as u64)).await;
            }
            if stepped.is_ok() && tx.commit().await.is_ok() {
                break;
            }
        }
    }
}

/// Reads until so many events came; now and then it forgets the last page and asks again.
async fn follow(app: TestApp, wanted: usize) -> Vec<String> {
    let (mut after, mut seen, mut round) = (0, Vec::new(), 0_u64);
    while seen.len() < wanted {
        let limit = 1 + (round * 5) % 17;
        let page = page(&app, &format!("after={after}&limit={limit}")).await;
        round += 1;
        if round.is_multiple_of(3) {
            continue; // cut off before the answer was kept
        }
        let id = |event: &Value| event["id"].as_str().unwrap().to_owned();
        seen.extend(page["items"].as_array().unwrap().iter().map(id));
        let next = page["next_after"].as_i64().unwrap();
        if next == after {
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
        after = next;
    }
    seen
}

/// What stands in the log itself, in order.
async fn logged(app: &TestApp) -> Vec<String> {
    let mut tx = app.host().db.read().await.unwrap();
    let events = platform::events::read_after(&mut tx, 0, 10_000)
        .await
        .unwrap();
    let id = |event: &platform::events::Logged| kernel::EventId::from_uuid(event.id).to_string();
    events.iter().map(id).collect()
}

/// Reads server-sent events until `enough` says so: ids and data.
async fn listen(
    body: &mut BodyDataStream,
    mut enough: impl FnMut(&[(i64, Value)]) -> bool,
) -> Vec<(i64, Value)> {
    let (mut text, mut seen) = (String::new(), Vec::new());
    while !enough(&seen) {
        let part = tokio::time::timeout(Duration::from_secs(20), body.next()).await;
        let part = part
            .expect("it comes in time")
            .expect("it has no end")
            .unwrap();
        text.push_str(std::str::from_utf8(&part).unwrap());
        while let Some((event, rest)) = text.split_once("\n\n") {
            let line = |name: &str| event.lines().find_map(|line| line.strip_prefix(name));
            if let (Some(id), data) = (line("id: "), line("data: ")) {
                let data = data.map_or(Value::Null, |data| serde_json::from_str(data).unwrap());
                seen.push((id.parse().unwrap(), data));
            }
            text = rest.to_owned();
        }
    }
    seen
}

async fn stream(app: &TestApp, query: &str, last_id: Option<&str>) -> BodyDataStream {
    let request = app
        .get(&format!("/v1/events/stream{query}"))
        .as_role(Role::Admin);
    let request = match last_id {
        Some(id) => request.header("last-event-id", id),
        None => request,
    };
    let answer = request.stream().await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    answer.into_body().into_data_stream()
}

fn values(seen: &[(i64, Value)]) -> Vec<i64> {
    let told = seen.iter().filter(|(_, event)| !event.is_null());
    told.map(|(_, event)| event["data"]["value"].as_i64().unwrap())
        .collect()
}

on_both! {
    async fn pages_miss_nothing_and_double_nothing_while_eight_write(app: TestApp) {
        let wanted = WRITERS as usize * EACH;
        let numbering = platform::events::Sequencer::new(app.host().db.clone());
        let numbering = tokio::spawn(numbering.run());
        let reading = tokio::time::timeout(Duration::from_secs(60), follow(app.clone(), wanted));
        let reading = tokio::spawn(reading);
        let writers: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(write(app.clone(), n))).collect();
        for writer in writers {
            writer.await.unwrap();
        }
        let seen = reading.await.unwrap().expect("every event is seen");
        numbering.abort();
        assert_eq!(seen.len(), wanted);
        assert_eq!(seen, logged(&app).await, "as the log has them");
    }

    async fn a_stream_cut_off_again_and_again_misses_nothing_while_eight_write(app: TestApp) {
        let wanted = WRITERS as usize * EACH;
        let numbering = platform::events::Sequencer::new(app.host().db.clone());
        let numbering = tokio::spawn(numbering.run());
        let writers: Vec<_> = (0..WRITERS).map(|n| tokio::spawn(write(app.clone(), n))).collect();
        let (mut last, mut seen) = ("0".to_owned(), Vec::new());
        while seen.len() < wanted {
            let mut body = stream(&app, "", Some(&last)).await;
            let some = 1 + seen.len() % 37;
            let told = listen(&mut body, |told| {
                values(told).len() >= some.min(wanted - seen.len())
            }).await;
            last = told.last().unwrap().0.to_string();
            let events = told.into_iter().filter(|(_, event)| !event.is_null());
            seen.extend(events.map(|(_, event)| event["id"].as_str().unwrap().to_owned()));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        numbering.abort();
        assert_eq!(seen, logged(&app).await, "as the log has them");
    }

    async fn events_are_told_as_cloudevents(app: TestApp) {
        step_once(&app, counter(7), false).await;
        app.settle().await;
        let page = page(&app, "").await;
        let event = &page["items"][0];
        let id = counter(7).to_string();
        let uuid = counter(7).uuid();
        assert_eq!(page["next_after"], json!(1));
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["type"], "comptoir.sample.counted.v1");
        assert_eq!(event["source"], "urn:comptoir:development:sample");
        assert_eq!(event["subject"], json!(format!("counter/{uuid}")));
        assert_eq!(event["partitionkey"], json!(uuid));
        assert_eq!(event["sequence"], "00000000000000000001");
        assert_eq!(event["data"], json!({"counter": id, "value": 1, "poison": false}));
    }

    async fn a_page_holds_only_what_is_asked_for_and_moves_on_all_the_same(app: TestApp) {
        for which in [1, 2, 1, 3, 1] {
            step_once(&app, counter(which), false).await;
        }
        app.settle().await;
        let about = format!("subject=counter/{}", counter(1).uuid());
        let page_of = |query: String| { let app = app.clone(); async move {
            let page = page(&app, &query).await;
            let values = |e: &Value| e["data"]["value"].as_i64().unwrap();
            let values: Vec<_> = page["items"].as_array().unwrap().iter().map(values).collect();
            (values, page["next_after"].as_i64().unwrap())
        }};
        assert_eq!(page_of(about.clone()).await, (vec![1, 2, 3], 5));
        assert_eq!(page_of(format!("{about}&limit=2")).await, (vec![1, 2], 3));
        assert_eq!(page_of(format!("{about}&after=3")).await, (vec![3], 5));
        assert_eq!(page_of("type=comptoir.sample.*&limit=1".into()).await, (vec![1], 1));
        assert_eq!(page_of("type=comptoir.sample.counted.v1&after=4".into()).await, (vec![3], 5));
        assert_eq!(page_of("type=comptoir.orders.*".into()).await, (vec![], 5));
        assert_eq!(page_of("after=5".into()).await, (vec![], 5));
    }

    async fn what_is_no_filter_is_refused(app: TestApp) {
        for (query, field) in [
            ("kind=x", "kind"), ("type=orders.*", "type"), ("subject=order", "subject"),
            ("subject=counter/1'", "subject"), ("after=-1", "after"), ("after=x", "after"),
            ("limit=0", "limit"), ("limit=101", "limit"), ("cursor=x", "cursor"),
            ("after=1", "after"), ("after=18446744073709551615", "after"),
        ] {
            for path in ["/v1/events", "/v1/events/stream"] {
                let answer = app.get(&format!("{path}?{query}")).as_role(Role::Admin);
                let answer = answer.send().await.expect(422).json();
                assert_eq!(answer["error"]["details"][0]["field"], json!(field), "{path}?{query}");
            }
        }
        let bad = app.get("/v1/events/stream").as_role(Role::Admin).header("last-event-id", "x");
        bad.send().await.expect(422);
    }

    async fn only_administrators_and_services_read_the_log(app: TestApp) {
        for path in ["/v1/events", "/v1/events/stream"] {
            app.get(path).send().await.expect(401);
            for role in Role::ALL {
                let status = app.get(path).as_role(role).stream().await.status().as_u16();
                let reads = [Role::Admin, Role::Service].contains(&role);
                assert_eq!(status, if reads { 200 } else { 403 }, "{path} {role}");
            }
        }
    }

    async fn a_stream_begins_with_what_is_new_and_goes_on_where_it_was_cut(app: TestApp) {
        let numbering = platform::events::Sequencer::new(app.host().db.clone());
        let numbering = tokio::spawn(numbering.run());
        step_once(&app, counter(1), false).await;
        while page(&app, "").await["next_after"] == json!(0) {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mut new = stream(&app, "", None).await;
        let began = listen(&mut new, |seen| !seen.is_empty()).await;
        assert_eq!(began, [(1, Value::Null)], "it says where it begins");
        step_once(&app, counter(1), false).await;
        step_once(&app, counter(2), false).await;
        let seen = listen(&mut new, |seen| values(seen).len() == 2).await;
        assert_eq!(values(&seen), [2, 1]);
        let mut again = stream(&app, "?after=0", Some("2")).await;
        let seen = listen(&mut again, |seen| values(seen).len() == 1).await;
        assert_eq!(seen.last().unwrap().0, 3, "the header counts, not the query");
        let one = format!("?after=0&subject=counter/{}", counter(2).uuid());
        let mut filtered = stream(&app, &one, None).await;
        let seen = listen(&mut filtered, |seen| values(seen).len() == 1).await;
        assert_eq!(seen.last().unwrap().0, 3);
        numbering.abort();
    }
}
