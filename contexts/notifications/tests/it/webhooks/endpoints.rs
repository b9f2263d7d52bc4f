//! Endpoints: who makes them, and what is taken for one.

use super::shop::{Endpoint, app, endpoint, get, patch, post};
use platform::auth::Role;
use serde_json::json;
use testkit::{TestApp, on_both};

const LIST: &str = "/v1/webhook-endpoints";

on_both! {
    async fn an_endpoint_is_made_read_changed_and_removed(app: TestApp) {
        let new = json!({"url": "https://erp.example/hooks", "description": "ERP",
            "event_types": ["comptoir.orders.*", "comptoir.payments.payment-captured.v1"]});
        let made = post(&app, LIST, new).await.expect(201);
        assert!(made.field("secret").starts_with("whsec_"));
        let path = made.header("location").expect("it says where it is").to_owned();
        let seen = get(&app, &path).await;
        assert_eq!(seen["url"], "https://erp.example/hooks");
        assert_eq!((&seen["status"], &seen["paused_reason"]), (&json!("enabled"), &json!(null)));
        assert!(seen.get("secret").is_none(), "its secret is shown once: {seen}");
        let change = json!({"description": null, "event_types": ["comptoir.*"],
            "status": "paused"});
        let old = app.patch(&path).as_role(Role::Admin).if_match(7).json(change.clone());
        old.send().await.expect(412);
        let changed = patch(&app, &path, change).await.expect(200);
        assert_eq!(changed.header("etag"), Some("\"2\""));
        let changed = changed.json();
        assert_eq!(changed["description"], json!(null));
        assert_eq!(changed["event_types"], json!(["comptoir.*"]));
        assert_eq!((&changed["status"], &changed["paused_reason"]),
            (&json!("paused"), &json!("by_hand")));
        let same = patch(&app, &path, json!({"status": "paused"})).await.expect(200);
        assert_eq!(same.header("etag"), Some("\"2\""), "nothing was changed");
        app.delete(&path).as_role(Role::Admin).send().await.expect(204);
        app.get(&path).as_role(Role::Admin).send().await.expect(404);
        app.delete(&path).as_role(Role::Admin).send().await.expect(404);
    }

    async fn endpoints_are_listed_newest_first_and_by_status(app: TestApp) {
        let mut paths = Vec::new();
        for nth in 0..3 {
            let url = format!("https://erp.example/{nth}");
            paths.push(endpoint(&app, &url, &["comptoir.*"]).await.path);
        }
        patch(&app, &paths[1], json!({"status": "paused"})).await.expect(200);
        let urls = |page: &serde_json::Value| {
            let url = |one: &serde_json::Value| one["url"].as_str().unwrap_or_default().to_owned();
            page["items"].as_array().expect("items").iter().map(url).collect::<Vec<_>>()
        };
        let first = get(&app, &format!("{LIST}?limit=2&count=true")).await;
        assert_eq!(urls(&first), ["https://erp.example/2", "https://erp.example/1"]);
        assert_eq!(first["total"], json!(3));
        let cursor = first["next_cursor"].as_str().expect("there is more");
        let second = get(&app, &format!("{LIST}?limit=2&cursor={cursor}")).await;
        assert_eq!(urls(&second), ["https://erp.example/0"]);
        let paused = get(&app, &format!("{LIST}?status=paused&count=true")).await;
        assert_eq!((urls(&paused).len(), &paused["total"]), (1, &json!(1)));
    }

    async fn what_is_no_endpoint_is_refused_and_leaves_nothing_behind(app: TestApp) {
        let long = format!("https://erp.example/{}", "x".repeat(2048));
        for (url, code) in [
            ("", "INVALID_URL"), ("erp.example", "INVALID_URL"), (&long, "INVALID_URL"),
            ("http://erp.example/", "INVALID_URL"), ("https://a:b@erp.example/", "INVALID_URL"),
            ("https://10.0.0.1/", "URL_NOT_PUBLIC"), ("https://0x0a000001/", "URL_NOT_PUBLIC"),
            ("https://169.254.169.254/", "URL_NOT_PUBLIC"),
            ("https://[::ffff:192.168.0.1]/", "URL_NOT_PUBLIC"),
        ] {
            let new = json!({"url": url, "event_types": ["comptoir.*"]});
            let refused = post(&app, LIST, new).await.expect(422).json();
            let detail = &refused["error"]["details"][0];
            assert_eq!((&detail["code"], &detail["field"]), (&json!(code), &json!("url")), "{url}");
        }
        for types in [json!([]), json!(["comptoir.order.*"]), json!(["*"]), json!("comptoir.*"),
            json!(["comptoir.orders.order-lost.v1"]), json!(vec!["comptoir.*"; 51])] {
            let new = json!({"url": "https://erp.example/", "event_types": types});
            post(&app, LIST, new).await.expect(422);
        }
        for extra in [json!({"secret": "x"}), json!({"status": "paused"}), json!({"id": 1})] {
            let mut new = json!({"url": "https://erp.example/", "event_types": ["comptoir.*"]});
            new.as_object_mut().expect("an object").extend(extra.as_object().expect("one").clone());
            let refused = post(&app, LIST, new).await.expect(422).json();
            assert_eq!(refused["error"]["details"][0]["code"], "UNKNOWN_FIELD");
        }
        assert_eq!(get(&app, LIST).await["items"], json!([]));
        let Endpoint { path, .. } = endpoint(&app, "https://erp.example/", &["comptoir.*"]).await;
        for change in [json!({"url": "https://127.0.0.1.nip.io#x"}), json!({"event_types": []}),
            json!({"status": "gone"}), json!({"paused_reason": "gone"})] {
            patch(&app, &path, change).await.expect(422);
        }
        assert_eq!(get(&app, &path).await["url"], "https://erp.example/");
    }

    async fn only_administrators_have_to_do_with_endpoints(app: TestApp) {
        let Endpoint { path, .. } = endpoint(&app, "https://erp.example/", &["comptoir.*"]).await;
        for role in Role::ALL.into_iter().filter(|role| *role != Role::Admin) {
            for path in [LIST, &path, &format!("{path}/deliveries")] {
                app.get(path).as_role(role).send().await.expect(403);
            }
            for path in [LIST, &format!("{path}/test"), &format!("{path}/secret/rotate")] {
                app.post(path).as_role(role).json(json!({})).send().await.expect(403);
            }
        }
        app.get(&path).send().await.expect(401);
    }

    async fn a_secret_lies_nowhere_in_plain_and_a_retry_gets_the_same(app: TestApp) {
        let make = || {
            let new = json!({"url": "https://erp.example/", "event_types": ["comptoir.*"]});
            app.post(LIST).as_role(Role::Admin).key("make").json(new).send()
        };
        let (made, again) = (make().await.expect(201), make().await.expect(201));
        assert_eq!(made.text(), again.text());
        assert_eq!(get(&app, LIST).await["items"].as_array().map(Vec::len), Some(1));
        let secret = made.field("secret").into_bytes();
        let holds = |bytes: &[u8]| bytes.windows(secret.len()).any(|part| part == secret);
        let mut tx = app.host().db.read().await.expect("the database answers");
        let row = tx.query("select secret from notifications_webhook_endpoint").fetch_one().await;
        let sealed: Vec<u8> = row.expect("one").get("secret").expect("bytes");
        let row = tx.query("select body from idempotency_record").fetch_one().await;
        let answer: Vec<u8> = row.expect("one").get("body").expect("bytes");
        assert!(!holds(&sealed) && !holds(&answer));
        assert!(holds(made.text().as_bytes()), "the search finds what is there");
    }
}
