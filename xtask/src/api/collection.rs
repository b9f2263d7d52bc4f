//! The requests as a Postman collection (v2.1). Pure.

use std::fmt::Write as _;

use serde_json::{Value, json};

use super::story::Request;

/// Variables a person fills in, with what fits the demo.
pub const VARIABLES: [(&str, &str); 5] = [
    ("base_url", "http://127.0.0.1:8000"),
    ("admin_email", "admin@example.com"),
    ("admin_password", "printed at the first start"),
    ("customer_password", "mauve otter under a kite"),
    ("run", "1"),
];

/// What a reader is told of them first.
pub const ABOUT: &str = "Every operation of Comptoir, in an order in which each can be served: \
    later requests use what earlier ones answered. Made from the OpenAPI document by `cargo xtask \
    api`, and sent to a shop in CI. Give `run` another value to send it to the same shop again.";

/// The collection.
pub fn postman(requests: &[Request]) -> Value {
    let variable = |(key, value): &(&str, &str)| json!({"key": key, "value": value});
    json!({
        "info": {
            "name": "Comptoir",
            "description": ABOUT,
            "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json",
        },
        "variable": VARIABLES.iter().map(variable).collect::<Vec<_>>(),
        "item": requests.iter().map(item).collect::<Vec<_>>(),
    })
}

fn item(request: &Request) -> Value {
    let header = |(key, value): &(String, String)| json!({"key": key, "value": value});
    let auth = match &request.bearer {
        Some(bearer) => json!({"type": "bearer",
            "bearer": [{"key": "token", "value": format!("{{{{{bearer}}}}}"), "type": "string"}]}),
        None => json!({"type": "noauth"}),
    };
    let mut sent = json!({
        "method": request.method,
        "auth": auth,
        "header": request.headers.iter().map(header).collect::<Vec<_>>(),
        "url": url(request),
        "description": request.about,
    });
    if let Some(body) = &request.body {
        sent["body"] = json!({"mode": "raw", "raw": body});
    }
    json!({
        "name": request.name,
        "request": sent,
        "event": [{"listen": "test", "script": {"type": "text/javascript",
            "exec": script(request)}}],
    })
}

fn url(request: &Request) -> Value {
    let query = |(key, value): &(String, String)| json!({"key": key, "value": value});
    let segments: Vec<_> = request.path.trim_start_matches('/').split('/').collect();
    json!({
        "raw": format!("{{{{base_url}}}}{}", target(request)),
        "host": ["{{base_url}}"],
        "path": segments,
        "query": request.query.iter().map(query).collect::<Vec<_>>(),
    })
}

/// Path and query.
pub fn target(request: &Request) -> String {
    let mut target = request.path.clone();
    for (nth, (key, value)) in request.query.iter().enumerate() {
        let mark = if nth == 0 { '?' } else { '&' };
        let _ = write!(target, "{mark}{key}={value}");
    }
    target
}

/// What Postman checks and remembers.
fn script(request: &Request) -> Vec<String> {
    let statuses = request
        .statuses
        .iter()
        .map(u16::to_string)
        .collect::<Vec<_>>()
        .join(", ");
    let check = format!(
        "pm.test(\"{statuses}\", () => pm.expect(pm.response.code).to.be.oneOf([{statuses}]));"
    );
    let keep = request.keep.iter().map(|(name, place)| {
        format!("pm.collectionVariables.set(\"{name}\", pm.response.json().{place});")
    });
    std::iter::once(check).chain(keep).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> Request {
        Request {
            name: "Make a thing".to_owned(),
            about: "It is made.".to_owned(),
            method: "POST".to_owned(),
            path: "/v1/things/{{id}}".to_owned(),
            query: vec![("limit".to_owned(), "5".to_owned())],
            headers: vec![("Content-Type".to_owned(), "application/json".to_owned())],
            bearer: Some("admin".to_owned()),
            body: Some("{}".to_owned()),
            statuses: vec![201],
            keep: [("thing".to_owned(), "items[0].id".to_owned())].into(),
            until: [].into(),
        }
    }

    #[test]
    fn a_request_says_what_is_sent_expected_and_kept() {
        let collection = postman(&[request()]);
        let item = &collection["item"][0];
        let raw = "{{base_url}}/v1/things/{{id}}?limit=5";
        assert_eq!(item["request"]["url"]["raw"], raw);
        assert_eq!(item["request"]["auth"]["bearer"][0]["value"], "{{admin}}");
        let script = item["event"][0]["script"]["exec"].to_string();
        assert!(script.contains("oneOf([201])") && script.contains("response.json().items[0].id"));
    }
}
