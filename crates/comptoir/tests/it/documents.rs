//! The descriptions of events agree with the events.

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use comptoir::asyncapi;
use comptoir::wiring::{AllSettings, Shop};
use contracts::kinds::KINDS;
use kernel::Timestamp;
use platform::Source;
use platform::config::{Environment, Settings};
use platform::events::{CloudEvent, Envelope};
use platform::http::Site;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use testkit::{Engine, TestDatabase};
use tower::ServiceExt as _;
use utoipa::PartialSchema as _;
use uuid::Uuid;

/// What an event's own schema finds wrong with a value.
fn faults(schema: &Value, value: &Value) -> Vec<String> {
    let options = jsonschema::draft202012::options();
    let validator = options.should_validate_formats(true).build(schema).unwrap();
    validator
        .iter_errors(value)
        .map(|fault| fault.to_string())
        .collect()
}

/// What the AsyncAPI document finds wrong with an event as it is told, attributes and data.
pub fn asyncapi_faults(document: &Value, event: &Value) -> Vec<String> {
    let messages = document["components"]["messages"].as_object().unwrap();
    let mut messages = messages.values();
    let Some(message) = messages.find(|message| message["name"] == event["type"]) else {
        return vec![format!("{} is not described", event["type"])];
    };
    let mut attributes = event.clone();
    let data = attributes.as_object_mut().unwrap().remove("data").unwrap();
    let within = |mut schema: Value| {
        schema["components"] = document["components"].clone();
        schema
    };
    let mut found = faults(&within(message["headers"].clone()), &attributes);
    found.extend(faults(&within(message["payload"].clone()), &data));
    found
}

#[test]
fn every_form_of_every_event_fits_its_schema() {
    for kind in KINDS {
        for form in kind.forms().unwrap() {
            let faults = faults(&kind.schema(), &form);
            assert!(faults.is_empty(), "{}: {faults:?} in {form}", kind.kind);
        }
    }
}

/// A schema that accepts everything would prove nothing.
#[test]
fn a_schema_refuses_what_the_code_refuses() {
    for kind in KINDS {
        let form = kind.forms().unwrap().remove(0);
        let schema = kind.schema();
        for (name, value) in form.as_object().unwrap() {
            let mut without = form.clone();
            without.as_object_mut().unwrap().remove(name);
            let refused = kind.read(&without.to_string()).is_err();
            assert_eq!(
                !faults(&schema, &without).is_empty(),
                refused,
                "{name} of {}",
                kind.kind
            );
            let mut wrong = form.clone();
            wrong[name] = match value {
                Value::String(_) => Value::from(7),
                _ => Value::from("seven"),
            };
            assert!(
                !faults(&schema, &wrong).is_empty(),
                "{name} of {}",
                kind.kind
            );
            assert!(
                kind.read(&wrong.to_string()).is_err(),
                "{name} of {}",
                kind.kind
            );
        }
    }
}

#[test]
fn the_asyncapi_document_has_every_event_on_one_channel_and_its_references_hold() {
    let document = asyncapi::document();
    assert_eq!(document["asyncapi"], "3.0.0");
    let channels = document["channels"].as_object().unwrap();
    let told: Vec<&String> = channels
        .values()
        .flat_map(|channel| channel["messages"].as_object().unwrap().keys())
        .collect();
    let names: BTreeSet<&str> = KINDS.iter().map(|kind| kind.name).collect();
    assert_eq!(told.len(), KINDS.len(), "each once");
    assert_eq!(
        told.into_iter()
            .map(String::as_str)
            .collect::<BTreeSet<_>>(),
        names
    );
    let text = document.to_string();
    let references = text.split("\"$ref\":\"#").skip(1);
    for target in references.filter_map(|reference| reference.split('"').next()) {
        assert!(document.pointer(target).is_some(), "{target} leads nowhere");
    }
    for channel in channels.values() {
        for message in channel["messages"].as_object().unwrap().values() {
            let target = message["$ref"].as_str().unwrap().trim_start_matches('#');
            let message = document.pointer(target).unwrap();
            assert!(
                message["summary"].is_string(),
                "{target} says what it tells of"
            );
            let schema = json!({"$ref": message["payload"]["$ref"],
                "components": document["components"]});
            for example in message["examples"].as_array().unwrap() {
                assert!(faults(&schema, &example["payload"]).is_empty(), "{target}");
            }
        }
    }
}

/// An event with all that may be there, or with none of what may be missing.
fn told(everything: bool) -> Value {
    let kind = &KINDS[0];
    let id = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
    let event = Envelope {
        seq: 7,
        id,
        kind: kind.kind.to_owned(),
        aggregate: kind.aggregate.to_owned(),
        aggregate_id: id,
        version: 3,
        occurred_at: Timestamp::from_unix_micros(1_772_460_000_000_001),
        correlation: if everything { id } else { Uuid::nil() },
        causation: everything.then_some(id),
        actor: "system".to_owned(),
        traceparent: everything.then(|| format!("00-{:032x}-{:016x}-01", 7, 7)),
        handled: String::new(),
        data: kind.forms().unwrap().remove(0).to_string(),
    };
    serde_json::to_value(CloudEvent::of(event, Environment::Production).unwrap()).unwrap()
}

fn names(object: &Value) -> BTreeSet<&str> {
    object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect()
}

fn words(list: &Value) -> BTreeSet<&str> {
    list.as_array()
        .unwrap()
        .iter()
        .map(|word| word.as_str().unwrap())
        .collect()
}

/// What the feed and webhooks send is a `CloudEvent`, whole; on a bus its attributes are headers.
#[test]
fn the_attributes_described_are_those_that_are_written() {
    let document = asyncapi::document();
    let described = &document["components"]["schemas"]["CloudEvent"];
    let [mut full, mut bare] = [told(true), told(false)];
    for event in [&full, &bare] {
        let faults = asyncapi_faults(&document, event);
        assert!(faults.is_empty(), "{faults:?} in {event}");
    }
    full.as_object_mut().unwrap().remove("data").unwrap();
    bare.as_object_mut().unwrap().remove("data").unwrap();
    assert_eq!(names(&described["properties"]), names(&full));
    assert_eq!(words(&described["required"]), names(&bare));
    for (name, value) in full.as_object().unwrap() {
        let mut wrong = full.clone();
        wrong[name] = Value::from(7);
        assert!(!faults(described, &wrong).is_empty(), "{name} may be 7");
        let property = &described["properties"][name];
        for example in property["examples"].as_array().into_iter().flatten() {
            assert_eq!(shape(example), shape(value), "{name}");
        }
    }
    // The same once more in the OpenAPI document, where `data` is one of them.
    let openapi = serde_json::to_value(CloudEvent::schema()).unwrap();
    assert_eq!(names(&openapi["properties"]), names(&told(true)));
    assert_eq!(words(&openapi["required"]), names(&told(false)));
}

/// How long a text is in parts, and which signs stand between them.
fn shape(value: &Value) -> Vec<char> {
    let text = value.as_str().unwrap();
    text.chars().filter(|c| ":/_".contains(*c)).collect()
}

async fn status_and_body(site: &Site, path: &str) -> (u16, Vec<u8>) {
    let peer = SocketAddr::from(([127, 0, 0, 1], 9));
    let request = Request::get(path)
        .extension(ConnectInfo(peer))
        .body(Body::empty())
        .unwrap();
    let answer = site.clone().oneshot(request).await.unwrap();
    let status = answer.status().as_u16();
    (
        status,
        to_bytes(answer.into_body(), 1 << 22)
            .await
            .unwrap()
            .to_vec(),
    )
}

async fn site(database: &TestDatabase, environment: Environment) -> Site {
    let mut settings = Settings::for_tests();
    settings.environment = environment;
    settings.database_url = database.url().to_owned().into();
    settings.data_dir = tempfile::tempdir().unwrap().path().to_owned();
    let settings = AllSettings {
        settings: Arc::new(settings),
        ..AllSettings::for_tests()
    };
    Shop::open(settings, Source::system()).await.unwrap().site()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_documents_are_served_beside_each_other_and_hidden_in_production() {
    let database = TestDatabase::empty(Engine::Sqlite).await;
    let open = site(&database, Environment::Development).await;
    let (status, body) = status_and_body(&open, "/asyncapi.json").await;
    let served: Value = serde_json::from_slice(&body).unwrap();
    assert_eq!((status, served), (200, asyncapi::document()));
    let hidden = site(&database, Environment::Production).await;
    for path in ["/asyncapi.json", "/openapi.json", "/docs", "/redoc"] {
        assert_eq!(status_and_body(&hidden, path).await.0, 404, "{path}");
    }
}
