//! What a key may send by its own plan, while the shop's limit is off.

use super::*;
use platform::auth::Role;
use platform::http::{Authenticate, all_routes, site};
use std::sync::Arc;
use std::time::Duration;
use tower::ServiceExt as _;

/// Makes a key with this plan; its id and its secret.
async fn key(app: &TestApp, plan: Value) -> (String, String) {
    let body = json!({"name": "Planned", "roles": ["admin"], "plan": plan});
    let made = app
        .post("/v1/api-keys")
        .as_role(Role::Admin)
        .json(body)
        .send()
        .await
        .expect(201);
    (made.field("id"), made.field("secret"))
}

async fn ask(app: &TestApp, secret: &str) -> Answer {
    app.get("/v1/api-keys?limit=1").bearer(secret).send().await
}

async fn plan(app: &TestApp, id: &str) -> Value {
    let path = format!("/v1/api-keys/{id}");
    let shown = app
        .get(&path)
        .as_role(Role::Admin)
        .send()
        .await
        .expect(200)
        .json();
    shown["plan"].clone()
}

/// Waits until as many requests are written down; they are every two seconds.
async fn until_written(app: &TestApp, id: &str, requests: i64) {
    for _ in 0..400 {
        if plan(app, id).await["requests_today"] == requests {
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!(
        "{requests} requests are never written down: {}",
        plan(app, id).await
    );
}

/// Another process of the same shop asks for its list of keys.
async fn status_of_other_process(host: &Host, secret: &str) -> u16 {
    let door: Arc<dyn Authenticate> = identity::authenticator(host);
    let shop = site(host, door, all_routes(host, identity::module(host).routes));
    let request = axum::http::Request::get("/v1/api-keys")
        .header("authorization", format!("Bearer {secret}"))
        .body(axum::body::Body::empty());
    shop.oneshot(request.unwrap())
        .await
        .unwrap()
        .status()
        .as_u16()
}

on_both! {
    async fn a_key_sends_what_its_plan_allows_and_no_more(app: TestApp) {
        let (_, slow) = key(&app, json!({"requests_per_second": 1, "burst": 3})).await;
        let (_, fast) = key(&app, json!({"requests_per_second": 50, "burst": 90})).await;
        let mut statuses = Vec::new();
        for _ in 0..12 {
            statuses.push(ask(&app, &slow).await.status);
        }
        assert_eq!(statuses[..3], [200, 200, 200]);
        let refused = ask(&app, &slow).await.expect(429);
        assert_eq!(refused.code(), "TOO_MANY_REQUESTS");
        let header = |name| refused.header(name);
        assert_eq!((header("retry-after"), header("ratelimit-limit")), (Some("1"), Some("3")));
        assert_eq!((header("ratelimit-remaining"), header("ratelimit-reset")),
            (Some("0"), Some("3")));
        for left in ["89", "88"] {
            let answer = ask(&app, &fast).await.expect(200);
            assert_eq!(answer.header("ratelimit-limit"), Some("90"));
            // A token comes back every 20 ms.
            let seen = answer.header("ratelimit-remaining").unwrap();
            assert!(seen == left || seen == "89", "{seen}");
        }
        let free = app.get("/v1/api-keys").as_role(Role::Admin).send().await.expect(200);
        assert_eq!(free.header("ratelimit-limit"), None, "the shop's own limit is off");
    }

    async fn a_plan_is_shown_and_stays_away_where_there_is_none(app: TestApp) {
        let rate = json!({"requests_per_second": 20, "burst": 40, "requests_per_day": 10000});
        let (id, _) = key(&app, rate).await;
        let expected = json!({"requests_per_second": 20, "burst": 40, "requests_per_day": 10000,
            "requests_today": 0});
        assert_eq!(plan(&app, &id).await, expected);
        let (plain, _) = key(&app, json!({})).await;
        assert_eq!(plan(&app, &plain).await, Value::Null);
        let list = app.get("/v1/api-keys").as_role(Role::Admin).send().await.expect(200).json();
        assert_eq!((&list["items"][0]["plan"], &list["items"][1]["plan"]),
            (&expected, &Value::Null));
    }

    async fn a_key_has_so_many_requests_a_day_and_the_next_day_again(app: TestApp) {
        let (id, secret) = key(&app, json!({"requests_per_day": 3})).await;
        for left in ["2", "1", "0"] {
            let answer = ask(&app, &secret).await.expect(200);
            assert_eq!(answer.header("ratelimit-limit"), Some("3"));
            assert_eq!(answer.header("ratelimit-remaining"), Some(left));
        }
        let refused = ask(&app, &secret).await.expect(429);
        assert_eq!(refused.code(), "QUOTA_EXHAUSTED");
        // Every test begins at two in the afternoon.
        assert_eq!(refused.header("retry-after"), Some("36000"));
        assert_eq!(refused.header("ratelimit-reset"), Some("36000"));
        until_written(&app, &id, 3).await;
        ask(&app, &secret).await.expect(429);
        app.clock_advance(Duration::from_secs(36_000));
        assert_eq!(plan(&app, &id).await["requests_today"], 0);
        ask(&app, &secret).await.expect(200);
    }

    async fn what_a_key_used_outlives_the_process_and_counts_in_the_others(app: TestApp) {
        let (id, secret) = key(&app, json!({"requests_per_day": 4})).await;
        for _ in 0..3 {
            ask(&app, &secret).await.expect(200);
        }
        until_written(&app, &id, 3).await;
        assert_eq!(status_of_other_process(app.host(), &secret).await, 200);
        until_written(&app, &id, 4).await;
        ask(&app, &secret).await.expect(429);
        assert_eq!(status_of_other_process(app.host(), &secret).await, 429);
    }

    async fn a_plan_costs_a_request_no_statement(app: TestApp) {
        let (_, plain) = key(&app, Value::Null).await;
        let rate = json!({"requests_per_second": 1000, "burst": 1000, "requests_per_day": 1000});
        let (_, planned) = key(&app, rate).await;
        let count = async |secret: &str| {
            let before = app.host().db.statements();
            for _ in 0..20 {
                ask(&app, secret).await.expect(200);
            }
            app.host().db.statements() - before
        };
        let (without, with) = (count(&plain).await, count(&planned).await);
        // Writing down takes a few, now and then, beside the requests.
        assert!(with <= without + 6, "{with} statements with a plan, {without} without");
    }

    async fn the_database_keeps_half_a_plan_out(app: TestApp) {
        let (id, _) = key(&app, json!({"requests_per_second": 2, "burst": 4})).await;
        let id: kernel::ApiKeyId = id.parse().unwrap();
        for sql in [
            "update identity_api_key set plan_burst = null where id = $1",
            "update identity_api_key set plan_per_second = null where id = $1",
            "update identity_api_key set plan_per_second = 5 where id = $1",
            "update identity_api_key set plan_per_second = 0 where id = $1",
            "update identity_api_key set plan_per_day = 0 where id = $1",
        ] {
            let mut tx = app.host().db.begin().await.unwrap();
            assert!(tx.query(sql).bind(id).execute().await.is_err(), "{sql}");
        }
    }
}
