//! The AsyncAPI document: every event the shop publishes, made from the catalogue of events.

use contracts::kinds::{KINDS, Kind};
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The document, AsyncAPI 3.0. It depends on the code alone.
#[must_use]
pub fn document() -> Value {
    let mut channels: BTreeMap<String, Vec<&Kind>> = BTreeMap::new();
    for kind in KINDS {
        channels.entry(channel(kind)).or_default().push(kind);
    }
    json!({
        "asyncapi": "3.0.0",
        "info": {
            "title": "Comptoir events",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "What the shop tells: facts, committed together with what they tell \
                of. They only ever grow: a field may be added, and what breaks a reader is a new \
                type ending in `.v2`. Each may come twice; `source` and `id` name it. Events of \
                one aggregate keep their order.",
        },
        "defaultContentType": "application/json",
        "channels": channels.iter().map(described).collect::<Map<_, _>>(),
        "operations": channels.iter().map(operation).collect::<Map<_, _>>(),
        "components": {
            "messages": KINDS.iter().map(message).collect::<Map<_, _>>(),
            "schemas": schemas(),
        },
    })
}

/// Events that keep their order among each other go one way: `orders.order`.
fn channel(kind: &Kind) -> String {
    format!("{}.{}", kind.context(), kind.aggregate)
}

fn described((name, kinds): (&String, &Vec<&Kind>)) -> (String, Value) {
    let (context, aggregate) = name.split_once('.').unwrap_or((name, name));
    let messages = kinds.iter().map(|kind| {
        let message = json!({"$ref": format!("#/components/messages/{}", kind.name)});
        (kind.name.to_owned(), message)
    });
    let channel = json!({
        "address": format!("comptoir.{name}"),
        "description": format!("What {context} tells of each {aggregate}, in its order."),
        "messages": messages.collect::<Map<_, _>>(),
    });
    (name.clone(), channel)
}

fn operation((name, _): (&String, &Vec<&Kind>)) -> (String, Value) {
    let operation = json!({
        "action": "send",
        "channel": {"$ref": format!("#/channels/{name}")},
        "summary": format!("The shop tells on {name}"),
    });
    (format!("tell.{name}"), operation)
}

fn message(kind: &Kind) -> (String, Value) {
    let about = kind.schema()["description"].clone();
    let example = |payload: Value| json!({"payload": payload});
    let examples: Vec<_> = kind
        .forms()
        .unwrap_or_default()
        .into_iter()
        .map(example)
        .collect();
    let message = json!({
        "name": kind.kind,
        "title": kind.name,
        "summary": about,
        "contentType": "application/json",
        "headers": {
            "allOf": [
                {"$ref": "#/components/schemas/CloudEvent"},
                {"properties": {"type": {"const": kind.kind}}},
            ],
        },
        "payload": {"$ref": format!("#/components/schemas/{}", kind.name)},
        "examples": examples,
    });
    (kind.name.to_owned(), message)
}

/// The schemas of events and of what they share, all in one place.
fn schemas() -> Map<String, Value> {
    let mut all = Map::new();
    all.insert("CloudEvent".to_owned(), attributes());
    for kind in KINDS {
        let Value::Object(mut schema) = kind.schema() else {
            continue;
        };
        if let Some(Value::Object(shared)) = schema.remove("$defs") {
            all.extend(shared);
        }
        // Of the schema when it stands alone; here they would be in the way of references.
        schema.retain(|word, _| word != "$id" && word != "$schema");
        all.insert(kind.name.to_owned(), Value::Object(schema));
    }
    all.values_mut().for_each(point_to_components);
    all
}

fn point_to_components(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get_mut("$ref") {
                *target = target.replace("#/$defs/", "#/components/schemas/");
            }
            fields.values_mut().for_each(point_to_components);
        }
        Value::Array(items) => items.iter_mut().for_each(point_to_components),
        _ => {}
    }
}

/// The attributes of CloudEvents 1.0 that every event has.
fn attributes() -> Value {
    let text = |about: &str, example: &str| {
        let examples = [example];
        json!({"type": "string", "description": about, "examples": examples})
    };
    json!({
        "type": "object",
        "description": "CloudEvents 1.0.",
        "required": [
            "specversion", "id", "source", "type", "subject", "time", "datacontenttype",
            "partitionkey", "sequence", "actorid",
        ],
        "properties": {
            "specversion": {"type": "string", "const": "1.0"},
            "id": text("The same however often it is told.", "evt_01h455vb4pex5vsknk084sn02q"),
            "source": text(
                "`urn:comptoir:` with the environment and the context that tells it.",
                "urn:comptoir:production:orders",
            ),
            "type": text("Its name, with its version.", "comptoir.orders.order-placed.v1"),
            "subject": text("What it is about.", "order/ord_01h455vb4pex5vsknk084sn02q"),
            "time": {"type": "string", "format": "date-time"},
            "datacontenttype": {"type": "string", "const": "application/json"},
            "partitionkey": text(
                "Events with the same one keep their order.",
                "ord_01h455vb4pex5vsknk084sn02q",
            ),
            "sequence": text(
                "The version of what it is about, in 20 digits.",
                "00000000000000000001",
            ),
            "traceparent": text(
                "The W3C trace of the request that led to it.",
                "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            ),
            "correlationid": {
                "type": "string", "format": "uuid",
                "description": "The request or command that began the story.",
            },
            "causationid": text(
                "The event that led to this one.",
                "evt_01h455vb4pex5vsknk084sn02r",
            ),
            "actorid": text("Who: `user/…`, `key/…`, `anonymous` or `system`.", "system"),
        },
    })
}
