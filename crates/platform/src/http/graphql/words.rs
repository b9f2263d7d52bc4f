//! The same words in two spellings: GraphQL's `minPrice` and `CREATED_AT_DESC`, JSON's `min_price`
//! and `-created_at`. Pure.

use std::collections::BTreeMap;

use async_graphql::indexmap::IndexMap;
use async_graphql::{Name, Value};
use serde_json::{Map, Value as Json};

use super::model::Model;

/// What pages are asked for with here, and in REST.
const PAGING: [(&str, &str); 2] = [("first", "limit"), ("after", "cursor")];

/// `minPrice` as JSON has it: `min_price`.
pub(super) fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars() {
        if letter.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(letter.to_ascii_lowercase());
    }
    text
}

/// The path of a field at fault as this caller knows it: `lines[0].unit_cost` is
/// `lines[0].unitCost`, and `limit` is `first`.
pub(super) fn path(field: &str) -> String {
    if let Some((own, _)) = PAGING.iter().find(|(_, rest)| *rest == field) {
        return (*own).to_owned();
    }
    let mut text = String::with_capacity(field.len());
    let mut raise = false;
    for letter in field.chars() {
        match letter {
            '_' => raise = true,
            letter if raise => {
                text.push(letter.to_ascii_uppercase());
                raise = false;
            }
            letter => text.push(letter),
        }
    }
    text
}

/// A word of JSON as a value of an enum: `-created_at` is `CREATED_AT_DESC`.
pub(super) fn value_of(word: &str) -> String {
    match word.strip_prefix('-') {
        Some(key) => format!("{}_DESC", key.to_ascii_uppercase()),
        None => word.to_ascii_uppercase(),
    }
}

/// And back; `CREATED_AT_ASC` is `created_at`.
fn word_of(value: &str) -> String {
    let word = value.to_ascii_lowercase();
    if let Some(key) = word.strip_suffix("_desc") {
        return format!("-{key}");
    }
    word.strip_suffix("_asc").unwrap_or(&word).to_owned()
}

/// Arguments, each with the name of its type, as the parameters that REST takes; what is null was
/// not given.
pub(super) fn parameters(
    model: &Model,
    types: &BTreeMap<String, String>,
    arguments: &IndexMap<Name, Value>,
) -> Map<String, Json> {
    let given = arguments.iter().filter(|(_, value)| **value != Value::Null);
    let renamed = given.map(|(name, value)| {
        let paging = PAGING.iter().find(|(own, _)| *own == name.as_str());
        let of = types.get(name.as_str()).map_or("", String::as_str);
        let name = paging.map_or_else(|| snake(name), |(_, rest)| (*rest).to_owned());
        (name, json(model, of, value))
    });
    renamed.collect()
}

/// A value of the type `of`. What stands in a variable is a text where it should be an enum.
fn json(model: &Model, of: &str, value: &Value) -> Json {
    match value {
        Value::Enum(value) => Json::String(word_of(value)),
        Value::String(value) if model.is_enum(of) => Json::String(word_of(value)),
        Value::List(items) => items.iter().map(|item| json(model, of, item)).collect(),
        Value::Object(fields) => {
            let given = fields.iter().filter(|(_, value)| **value != Value::Null);
            let named = given.map(|(name, value)| {
                let of = model.input(of, name).unwrap_or_default();
                (snake(name), json(model, of, value))
            });
            Json::Object(named.collect())
        }
        plain => plain.clone().into_json().unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TYPES: &str = "enum Sort { CREATED_AT_DESC } enum Status { ACTIVE }
        input Line { productId: ID unitCost: String status: Status }";

    #[test]
    fn arguments_become_the_parameters_of_rest() {
        let model = Model::of(&[TYPES]).expect("types");
        let types = [
            ("sort", "Sort"),
            ("status", "Status"),
            ("q", "String"),
            ("lines", "Line"),
        ];
        let types = types
            .map(|(name, of)| (name.to_owned(), of.to_owned()))
            .into();
        // As variables bring them: enums are texts.
        let given = serde_json::json!({
            "first": 5, "after": "abc", "minPrice": "9.99", "sort": "CREATED_AT_DESC",
            "status": "ACTIVE", "tag": null, "q": "ACTIVE",
            "lines": [{"productId": "P", "unitCost": null, "status": "ACTIVE"}],
        });
        let Ok(Value::Object(mut given)) = Value::from_json(given) else {
            panic!("an object")
        };
        let expected = serde_json::json!({
            "limit": 5, "cursor": "abc", "min_price": "9.99", "sort": "-created_at",
            "status": "active", "q": "ACTIVE",
            "lines": [{"product_id": "P", "status": "active"}],
        });
        assert_eq!(Json::Object(parameters(&model, &types, &given)), expected);
        // As the text of a query has them.
        given.insert(Name::new("status"), Value::Enum(Name::new("ACTIVE")));
        assert_eq!(Json::Object(parameters(&model, &types, &given)), expected);
    }

    #[test]
    fn words_and_paths_go_there_and_back() {
        for word in ["active", "created_at", "-price", "partially_refunded"] {
            assert_eq!(word_of(&value_of(word)), word);
        }
        assert_eq!(word_of("NAME_ASC"), "name");
        assert_eq!(path("lines[0].unit_cost"), "lines[0].unitCost");
        assert_eq!(
            (path("limit"), path("cursor")),
            ("first".into(), "after".into())
        );
    }
}
