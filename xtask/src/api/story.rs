//! The requests that the collection holds, in an order in which each can be served: operations of
//! the OpenAPI document, filled in by `story.json`. Pure.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;
use serde_json::Value;

use crate::outcome::Outcome;

/// Written by hand: what the document cannot know, such as what is called before what.
const STORY: &str = include_str!("story.json");

/// Operations that no collection can ask for, and why.
const LEFT_OUT: &[(&str, &str)] = &[
    ("stream_levels", "its answer never ends"),
    ("stream_events", "its answer never ends"),
];

/// Who reads what is listed here for nobody else.
const READER: &str = "admin";

/// One step of the story.
#[derive(Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Step {
    /// The operation's id.
    call: String,
    /// What it is for, where the operation's own title does not say it.
    title: Option<String>,
    /// The variable that holds the bearer.
    #[serde(rename = "as")]
    bearer: Option<String>,
    path: BTreeMap<String, String>,
    query: BTreeMap<String, String>,
    headers: BTreeMap<String, String>,
    body: Option<Value>,
    /// A body that is not JSON, with its type.
    text: Option<String>,
    r#type: Option<String>,
    /// Variables, and where in the answer their values stand.
    keep: BTreeMap<String, String>,
    /// Asked again until the answer says so.
    until: BTreeMap<String, Value>,
    /// A refusal, because it cannot succeed in a shop as it comes, and why.
    expect: Option<u16>,
    because: Option<String>,
}

/// One request, with `{{variables}}` in its texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub name: String,
    pub about: String,
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    pub headers: Vec<(String, String)>,
    pub bearer: Option<String>,
    pub body: Option<String>,
    /// The statuses it is answered with, all of them in the document.
    pub statuses: Vec<u16>,
    pub keep: BTreeMap<String, String>,
    pub until: BTreeMap<String, Value>,
}

/// All requests, in order. Fails when an operation of the document is in none of them.
pub fn requests(document: &Value) -> Outcome<Vec<Request>> {
    requests_of(document, serde_json::from_str(STORY)?)
}

fn requests_of(document: &Value, mut story: Vec<Step>) -> Outcome<Vec<Request>> {
    let operations = operations(document);
    let told: BTreeSet<&str> = story.iter().map(|step| step.call.as_str()).collect();
    let untold = operations
        .values()
        .filter(|operation| !told.contains(operation.id));
    let untold = untold.filter(|operation| !LEFT_OUT.iter().any(|(id, _)| *id == operation.id));
    let (simple, untold): (Vec<_>, Vec<_>) = untold.partition(|operation| operation.is_simple());
    if !untold.is_empty() {
        let names: Vec<_> = untold.iter().map(|operation| operation.id).collect();
        return Err(format!(
            "the collection does not know how to ask for {}: tell it in xtask/src/api/story.json",
            names.join(", ")
        )
        .into());
    }
    let read = |operation: &&Operation<'_>| Step {
        call: operation.id.to_owned(),
        bearer: Some(READER.to_owned()),
        ..Step::default()
    };
    // Before the last step, in which the reader logs out.
    let end = story.len().saturating_sub(1);
    let simple: Vec<_> = simple.iter().map(read).collect();
    story.splice(end..end, simple);
    let request = |step| request(&operations, step);
    story.into_iter().map(request).collect()
}

/// An operation as the document has it.
struct Operation<'d> {
    id: &'d str,
    method: &'d str,
    path: &'d str,
    described: &'d Value,
}

impl Operation<'_> {
    /// Whether it can be asked for by its path alone.
    fn is_simple(&self) -> bool {
        let parameters = self.described["parameters"]
            .as_array()
            .into_iter()
            .flatten();
        let needs_none = parameters
            .into_iter()
            .all(|parameter| parameter["required"] != true);
        self.method == "get" && needs_none
    }

    fn documents(&self, status: u16) -> bool {
        self.described["responses"]
            .get(status.to_string())
            .is_some()
    }

    /// The statuses of success; 304 is for those who have seen it before.
    fn good(&self) -> Vec<u16> {
        let statuses = self.described["responses"]
            .as_object()
            .into_iter()
            .flatten();
        let statuses = statuses.filter_map(|(status, _)| status.parse().ok());
        statuses
            .filter(|status| (200..400).contains(status) && *status != 304)
            .collect()
    }
}

fn operations(document: &Value) -> BTreeMap<&str, Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all = paths.flat_map(|(path, item)| {
        let item = item.as_object().into_iter().flatten();
        item.filter_map(move |(method, described)| {
            let id = described["operationId"].as_str()?;
            let operation = Operation {
                id,
                method,
                path,
                described,
            };
            Some((id, operation))
        })
    });
    all.collect()
}

fn request(operations: &BTreeMap<&str, Operation<'_>>, step: Step) -> Outcome<Request> {
    let call = &step.call;
    let operation = operations
        .get(call.as_str())
        .ok_or_else(|| format!("story.json calls {call}, which is no operation"))?;
    let statuses = match (step.expect, &step.because) {
        (None, None) => operation.good(),
        (Some(status), Some(_)) if operation.documents(status) => vec![status],
        _ => return Err(format!(
            "story.json expects of {call} what it gives no reason for, or the document does not say"
        )
        .into()),
    };
    let mut path = operation.path.to_owned();
    for (name, value) in &step.path {
        path = path.replace(&format!("{{{name}}}"), value);
    }
    let mut headers: Vec<_> = step.headers.into_iter().collect();
    let kind = match (&step.body, &step.r#type) {
        (Some(_), None) => Some("application/json"),
        (None, kind) => kind.as_deref(),
        _ => return Err(format!("story.json gives {call} two bodies").into()),
    };
    headers.extend(kind.map(|kind| ("Content-Type".to_owned(), kind.to_owned())));
    let json = step
        .body
        .as_ref()
        .map(serde_json::to_string_pretty)
        .transpose()?;
    let title = operation.described["summary"].as_str().unwrap_or(call);
    let reason = step
        .because
        .map(|why| format!("Refused here: {why}."))
        .unwrap_or_default();
    let about = operation.described["description"]
        .as_str()
        .unwrap_or_default();
    Ok(Request {
        name: step
            .title
            .unwrap_or_else(|| title.trim_end_matches('.').to_owned()),
        about: [about, &reason].join("\n\n").trim().to_owned(),
        method: operation.method.to_uppercase(),
        path,
        query: step.query.into_iter().collect(),
        headers,
        bearer: step.bearer,
        body: json.or(step.text),
        statuses,
        keep: step.keep,
        until: step.until,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        json!({"paths": {
            "/v1/things": {
                "get": {"operationId": "list_things", "summary": "List things.",
                    "responses": {"200": {}}},
                "post": {"operationId": "make_thing", "responses": {"201": {}, "409": {}}},
            },
            "/v1/things/{id}": {"get": {"operationId": "read_thing", "responses": {"200": {}},
                "parameters": [{"name": "id", "required": true}]}},
            "/v1/inventory/stream": {"get": {"operationId": "stream_levels", "responses": {}}},
        }})
    }

    fn story(steps: Value) -> Outcome<Vec<Request>> {
        requests_of(&document(), serde_json::from_value(steps)?)
    }

    fn refusal(steps: Value) -> String {
        story(steps).expect_err("refused").to_string()
    }

    #[test]
    fn a_story_is_filled_in_from_the_document() {
        let steps = json!([
            {"call": "make_thing", "as": "admin", "body": {"name": "x"}, "keep": {"id": "id"}},
            {"call": "read_thing", "path": {"id": "{{id}}"}},
        ]);
        let requests = story(steps).expect("a story");
        let lines: Vec<_> = requests
            .iter()
            .map(|r| format!("{} {}", r.method, r.path))
            .collect();
        assert_eq!(
            lines,
            ["POST /v1/things", "GET /v1/things", "GET /v1/things/{{id}}"]
        );
        assert_eq!(
            (&requests[0].statuses, requests[1].name.as_str()),
            (&vec![201,], "List things")
        );
        assert_eq!(requests[0].headers[0].1, "application/json");
    }

    #[test]
    fn an_operation_that_is_not_told_is_named() {
        let said = refusal(json!([{"call": "make_thing"}]));
        assert!(
            said.contains("does not know how to ask for read_thing"),
            "{said}"
        );
    }

    #[test]
    fn a_call_of_nothing_and_a_refusal_without_a_reason_are_named() {
        let read = json!({"call": "read_thing"});
        let said = refusal(json!([read, {"call": "make_thing"}, {"call": "paint_thing"}]));
        assert!(
            said.contains("paint_thing, which is no operation"),
            "{said}"
        );
        for wrong in [
            json!({"call": "make_thing", "expect": 409}),
            json!({"call": "make_thing", "expect": 418, "because": "it is a teapot"}),
        ] {
            let said = refusal(json!([read, wrong]));
            assert!(said.contains("gives no reason for"), "{said}");
        }
    }
}
