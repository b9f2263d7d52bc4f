//! The OpenAPI document and its readers.

use super::shop::Shop;
use super::{as_role, get, post, with};
use crate::config::{Environment, RateLimit};
use serde_json::Value;

#[tokio::test]
async fn the_document_says_who_may_call_and_how_it_can_fail() {
    let shop = Shop::open().await;
    let document = shop.send(get("/openapi.json")).await.json();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    let paths = &document["paths"];
    let bearer = serde_json::json!([{"bearer": []}]);
    assert_eq!(paths["/v1/whoami"]["get"]["security"], bearer);
    let public = serde_json::json!([{}, {"bearer": []}]);
    assert_eq!(paths["/v1/notes"]["get"]["security"], public);
    let refused = answer(&document, "/v1/whoami", "get", 403);
    let schema = &refused["content"]["application/json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/ErrorBody");
    let parameters = paths["/v1/notes"]["post"]["parameters"].as_array().unwrap();
    assert!(
        parameters
            .iter()
            .any(|parameter| parameter["name"] == "Idempotency-Key")
    );
    assert!(paths["/v1/notes/{id}"]["get"].is_object());
    assert!(paths["/v1/notes/{id}"]["patch"].is_object());
    for schema in ["ErrorBody", "ErrorContent", "Detail", "Note", "NotePatch"] {
        assert!(
            document["components"]["schemas"][schema].is_object(),
            "{schema}"
        );
    }
    assert!(document["components"]["securitySchemes"]["bearer"].is_object());
}

/// What the document says of an answer, wherever it says it.
fn answer<'d>(document: &'d Value, path: &str, method: &str, status: u16) -> &'d Value {
    let said = &document["paths"][path][method]["responses"][status.to_string()];
    match said["$ref"].as_str() {
        Some(target) => document.pointer(target.trim_start_matches('#')).unwrap(),
        None => said,
    }
}

fn headers(answer: &Value) -> Vec<&str> {
    let headers = answer["headers"].as_object().into_iter().flatten();
    headers.map(|(name, _)| name.as_str()).collect()
}

#[tokio::test]
async fn the_headers_of_an_answer_follow_from_what_makes_it() {
    let shop = Shop::open().await;
    let document = shop.send(get("/openapi.json")).await.json();
    let told = |path, method, status| headers(answer(&document, path, method, status));
    let note = "/v1/notes/{id}";
    assert_eq!(told(note, "get", 200), ["ETag", "X-Request-Id"]);
    assert_eq!(told(note, "get", 304), ["ETag", "X-Request-Id"]);
    assert_eq!(told(note, "patch", 200), ["ETag", "X-Request-Id"]);
    assert_eq!(told("/v1/notes", "get", 200), ["X-Request-Id"]);
    let made = ["ETag", "Idempotency-Replayed", "Location", "X-Request-Id"];
    assert_eq!(told("/v1/notes", "post", 201), made);
    // The refusals of a POST may be given again, or name a request that is under way.
    assert_eq!(told(note, "patch", 409), ["X-Request-Id"]);
    let again = ["Idempotency-Replayed", "Retry-After", "X-Request-Id"];
    assert_eq!(told("/v1/notes", "post", 409), again);
    let known = |method: &str, status: &str| {
        let answers = &document["paths"][note][method]["responses"];
        answers.get(status).is_some()
    };
    assert!(known("patch", "412") && !known("get", "412"));
    assert!(!known("patch", "304"));
}

#[tokio::test]
async fn whoever_is_turned_away_is_told_in_the_headers_that_are_declared() {
    let one_at_once = Some(RateLimit {
        per_second: 1,
        burst: 1,
    });
    let shop = Shop::open_with(|settings| settings.limits.rate = one_at_once).await;
    let unknown = shop.send(get("/v1/whoami")).await;
    let often = shop.send(get("/v1/whoami")).await;
    let shop = Shop::open().await;
    let document = shop.send(get("/openapi.json")).await.json();
    let busy = r#"{"name": "contested", "quantity": 9}"#;
    let busy = shop.send(post("/v1/busy", busy)).await;
    let told = [
        (401, unknown, ("/v1/whoami", "get")),
        (429, often, ("/v1/whoami", "get")),
        (503, busy, ("/v1/busy", "post")),
    ];
    for (status, refused, (path, method)) in told {
        assert_eq!(refused.status, status);
        let declared = headers(answer(&document, path, method, status));
        for name in &declared {
            assert_ne!(refused.header(name), "", "{status} declares {name}");
        }
        let waits = declared.contains(&"Retry-After");
        assert_eq!(waits, status != 401, "{status}: {declared:?}");
    }
}

#[tokio::test]
async fn every_reference_in_the_document_leads_somewhere() {
    let shop = Shop::open().await;
    let document = shop.send(get("/openapi.json")).await.json();
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    let pointers = references.filter_map(|reference| reference.split('"').next());
    let lost: Vec<_> = pointers
        .filter(|at| document.pointer(at).is_none())
        .collect();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn both_readers_work_from_our_own_bytes() {
    let shop = Shop::open().await;
    let page = shop.send(get("/docs/")).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, "text/html; charset=utf-8")
    );
    let html = String::from_utf8_lossy(&page.body).into_owned();
    assert!(html.contains("<base href=\"/docs/\">"));
    for file in html
        .split(['"', '\''])
        .filter_map(|text| text.strip_prefix("./"))
    {
        let asset = shop.send(get(&format!("/docs/{file}"))).await;
        assert_eq!(asset.status, 200, "{file}");
    }
    let initializer = shop.send(get("/docs/swagger-initializer.js")).await;
    assert!(String::from_utf8_lossy(&initializer.body).contains("/openapi.json"));
    let redoc = shop.send(get("/redoc")).await;
    assert!(
        redoc
            .header("content-security-policy")
            .contains("script-src 'self';")
    );
    assert!(!html.contains("http://") && !html.contains("https://"));
    assert!(!String::from_utf8_lossy(&redoc.body).contains("https://"));
    let script = shop.send(get("/redoc/redoc.standalone.js")).await;
    assert_eq!((script.status, script.body.len()), (200, 1_103_471));
    assert_eq!(shop.send(get("/docs/nothing.js")).await.status, 404);
}

#[tokio::test]
async fn in_production_the_documents_are_for_administrators() {
    let production = |settings: &mut crate::config::Settings| {
        settings.environment = Environment::Production;
    };
    let shop = Shop::open_with(production).await;
    let script = "/redoc/redoc.standalone.js";
    for path in [
        "/docs",
        "/docs/swagger-ui.css",
        "/redoc",
        script,
        "/openapi.json",
    ] {
        assert_eq!(shop.send(get(path)).await.status, 404, "{path}");
        assert_eq!(
            shop.send(as_role(get(path), "manager")).await.status,
            404,
            "{path}"
        );
        assert_eq!(
            shop.send(as_role(get(path), "admin")).await.status,
            200,
            "{path}"
        );
    }
    let health = shop.send(get("/health")).await;
    assert_eq!(health.json()["environment"], "production");
    assert!(
        health
            .header("strict-transport-security")
            .starts_with("max-age=")
    );
}

#[tokio::test]
async fn the_document_is_not_sent_twice() {
    let shop = Shop::open().await;
    let first = shop.send(get("/openapi.json")).await;
    let again = with(get("/openapi.json"), "if-none-match", first.header("etag"));
    assert_eq!(shop.send(again).await.status, 304);
}
