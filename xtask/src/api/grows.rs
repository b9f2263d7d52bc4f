//! Whether published events only grow: a reader that knew the schema as it was committed must
//! understand everything that the code of today publishes. Pure.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// Words of a schema that say nothing about what is valid.
const REMARKS: [&str; 7] = [
    "$id",
    "$schema",
    "$defs",
    "title",
    "description",
    "examples",
    "default",
];

/// What of the old schemas, by type, is broken by the new ones: a sentence each.
pub fn broken(old: &Map<String, Value>, new: &Map<String, Value>) -> Vec<String> {
    let mut found = Vec::new();
    for (kind, was) in old {
        match new.get(kind) {
            None => found.push(format!("{kind} is gone")),
            Some(is) => {
                let (was, is) = (Schema::root(was), Schema::root(is));
                compare(kind, was, is, &mut found);
            }
        }
    }
    found
}

/// A schema, and the document in which its references lead somewhere.
#[derive(Clone, Copy)]
struct Schema<'a> {
    document: &'a Value,
    here: &'a Value,
}

impl<'a> Schema<'a> {
    fn root(document: &'a Value) -> Self {
        Self {
            document,
            here: document,
        }
    }

    fn at(self, here: &'a Value) -> Self {
        Self { here, ..self }
    }

    /// What a reference stands for.
    fn followed(self) -> Self {
        let mut found = self;
        // A chain as long as this is a circle, which our schemas have none of.
        for _ in 0..16 {
            let Some(Value::String(target)) = found.here.get("$ref") else {
                break;
            };
            let pointer = target.trim_start_matches('#');
            let Some(target) = self.document.pointer(pointer) else {
                break;
            };
            found = self.at(target);
        }
        found
    }

    fn member(self, name: &str) -> Option<Self> {
        self.here.get(name).map(|member| self.at(member))
    }

    fn properties(self) -> Vec<(&'a String, Self)> {
        let found = self.here.get("properties").and_then(Value::as_object);
        found
            .into_iter()
            .flatten()
            .map(|(name, value)| (name, self.at(value)))
            .collect()
    }

    fn required(self) -> BTreeSet<&'a str> {
        let list = self.here.get("required").and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .collect()
    }

    /// The ways a value can look: the branches of a choice, or itself.
    fn ways(self) -> Vec<Self> {
        let followed = self.followed();
        for word in ["oneOf", "anyOf"] {
            if let Some(Value::Array(ways)) = followed.here.get(word) {
                return ways
                    .iter()
                    .flat_map(|way| followed.at(way).ways())
                    .collect();
            }
        }
        match followed.here.get("type") {
            Some(Value::Array(kinds)) => kinds.iter().map(|kind| followed.at(kind)).collect(),
            _ => vec![followed],
        }
    }
}

/// Complains about whatever the old reader would stumble over in what is written now.
fn compare(path: &str, was: Schema<'_>, is: Schema<'_>, found: &mut Vec<String>) {
    let (was, is) = (was.followed(), is.followed());
    let (known, now) = (was.properties(), is.properties());
    let (always, still) = (was.required(), is.required());
    for (name, was_field) in &known {
        let path = format!("{path}: {name}");
        let Some((_, is_field)) = now.iter().find(|(other, _)| other == name) else {
            found.push(format!("{path} is gone"));
            continue;
        };
        let (before, after) = (
            always.contains(name.as_str()),
            still.contains(name.as_str()),
        );
        match (before, after) {
            (true, false) => found.push(format!("{path} was always there and is optional now")),
            (false, true) => found.push(format!("{path} was optional and is required now")),
            _ => {}
        }
        compare(&path, *was_field, *is_field, found);
    }
    for (name, _) in &now {
        let fresh = !known.iter().any(|(other, _)| other == name);
        // Only where there was an object before: a log holds events without it.
        if fresh && !known.is_empty() && still.contains(name.as_str()) {
            found.push(format!("{path}: {name} is new, so it must be optional"));
        }
    }
    if let (Some(was), Some(is)) = (was.member("items"), is.member("items")) {
        compare(&format!("{path}[]"), was, is, found);
    }
    let same = known.is_empty() && now.is_empty() && was.member("items").is_none();
    if !same {
        if kind(was) != kind(is) {
            found.push(format!("{path} is another kind of value"));
        }
        return;
    }
    // Both ways: what is written now must fit the old reader, what was written then the new one.
    if looks(was) != looks(is) {
        found.push(format!("{path} has another type, or other limits"));
    }
}

fn kind(schema: Schema<'_>) -> Option<&Value> {
    schema.here.get("type")
}

/// A value without parts: the ways it can look, without remarks and without an order.
fn looks(schema: Schema<'_>) -> BTreeSet<String> {
    let ways = schema.ways().into_iter();
    ways.map(|way| match way.here {
        Value::Object(words) => {
            let words = words
                .iter()
                .filter(|(word, _)| !REMARKS.contains(&word.as_str()));
            let words: Map<String, Value> = words
                .map(|(word, value)| (word.clone(), value.clone()))
                .collect();
            Value::Object(words).to_string()
        }
        name => format!("{{\"type\":{name}}}"),
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn was() -> Value {
        json!({
            "title": "OrderPlaced",
            "type": "object",
            "required": ["order_id", "items"],
            "properties": {
                "order_id": {"$ref": "#/$defs/OrderId"},
                "store_id": {"oneOf": [{"type": "null"}, {"$ref": "#/$defs/StoreId"}]},
                "note": {"type": ["string", "null"]},
                "items": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
            },
            "$defs": {
                "OrderId": {"type": "string", "pattern": "^ord_"},
                "StoreId": {"type": "string", "pattern": "^store_"},
                "Item": {
                    "type": "object",
                    "required": ["quantity"],
                    "properties": {"quantity": {"type": "integer", "format": "int64"}},
                },
            },
        })
    }

    /// What is said when `was` becomes what `change` makes of it.
    fn said(change: impl FnOnce(&mut Value)) -> Vec<String> {
        let mut is = was();
        change(&mut is);
        let map = |schema: Value| Map::from_iter([("placed.v1".to_owned(), schema)]);
        broken(&map(was()), &map(is))
    }

    fn push(list: &mut Value, word: &str) {
        list.as_array_mut().unwrap().push(json!(word));
    }

    #[test]
    fn what_grows_is_fine() {
        assert_eq!(said(|_| ()), Vec::<String>::new());
        let grown = said(|is| {
            is["properties"]["country"] = json!({"type": ["string", "null"]});
            is["$defs"]["Item"]["properties"]["returned"] = json!({"type": "boolean"});
            is["description"] = json!("said better");
            is["$defs"]["OrderId"]["examples"] = json!(["ord_1"]);
        });
        assert_eq!(grown, Vec::<String>::new());
        let more = Map::from_iter([("new.v1".to_owned(), was())]);
        assert_eq!(broken(&Map::new(), &more), Vec::<String>::new());
    }

    #[test]
    fn an_event_that_is_gone_is_noticed() {
        let old = Map::from_iter([("placed.v1".to_owned(), was())]);
        assert_eq!(broken(&old, &Map::new()), ["placed.v1 is gone"]);
    }

    #[test]
    fn a_field_that_is_gone_is_noticed() {
        let found = said(|is| drop(is["properties"].as_object_mut().unwrap().remove("note")));
        assert_eq!(found, ["placed.v1: note is gone"]);
        let renamed = said(|is| {
            let item = &mut is["$defs"]["Item"];
            item["properties"] = json!({"pieces": {"type": "integer", "format": "int64"}});
            item["required"] = json!([]);
        });
        assert_eq!(renamed, ["placed.v1: items[]: quantity is gone"]);
    }

    #[test]
    fn a_field_that_changes_between_optional_and_required_is_noticed() {
        let found = said(|is| push(&mut is["required"], "note"));
        assert_eq!(found, ["placed.v1: note was optional and is required now"]);
        let found = said(|is| is["required"] = json!(["order_id"]));
        assert_eq!(
            found,
            ["placed.v1: items was always there and is optional now"]
        );
    }

    #[test]
    fn a_new_field_that_is_required_is_noticed() {
        let found = said(|is| {
            is["properties"]["country"] = json!({"type": "string"});
            push(&mut is["required"], "country");
        });
        assert_eq!(found, ["placed.v1: country is new, so it must be optional"]);
    }

    #[test]
    fn another_type_or_other_limits_are_noticed() {
        let told = ["placed.v1: note has another type, or other limits"];
        assert_eq!(
            said(|is| is["properties"]["note"] = json!({"type": "string"})),
            told
        );
        assert_eq!(
            said(|is| is["properties"]["note"] = json!({"type": ["integer", "null"]})),
            told
        );
        let narrower = said(|is| is["$defs"]["OrderId"]["pattern"] = json!("^ord_[0-9]"));
        assert_eq!(
            narrower,
            ["placed.v1: order_id has another type, or other limits"]
        );
        let never_null = said(|is| {
            is["properties"]["store_id"] = json!({"$ref": "#/$defs/StoreId"});
        });
        assert_eq!(
            never_null,
            ["placed.v1: store_id has another type, or other limits"]
        );
        let smaller = said(|is| {
            is["$defs"]["Item"]["properties"]["quantity"]["format"] = json!("int32");
        });
        assert_eq!(
            smaller,
            ["placed.v1: items[]: quantity has another type, or other limits"]
        );
        let one = said(|is| is["properties"]["items"] = json!({"$ref": "#/$defs/Item"}));
        assert!(
            one.iter()
                .any(|sentence| sentence.contains("another kind of value")),
            "{one:?}"
        );
    }

    #[test]
    fn the_same_choice_in_another_order_is_the_same() {
        let same = said(|is| {
            is["properties"]["note"] = json!({"type": ["null", "string"]});
            is["properties"]["store_id"] =
                json!({"oneOf": [{"$ref": "#/$defs/StoreId"}, {"type": "null"}]});
        });
        assert_eq!(same, Vec::<String>::new());
    }
}
