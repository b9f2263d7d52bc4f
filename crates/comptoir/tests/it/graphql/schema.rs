//! The schema as a whole: every field of every type can be asked for and answers.

use super::{app, data};
use crate::shop::{furnish, order, place};
use platform::auth::Role;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use testkit::{TestApp, on_both};

const TYPES: &str = "{ __schema { types { kind name fields { name args { name type { kind } }
    type { ...T } } } } } fragment T on __Type { kind name ofType { kind name ofType { kind name
    ofType { kind name } } } }";

/// Fields of objects by type: name and type, those that need an argument left out.
type Types = BTreeMap<String, Vec<(String, String)>>;

async fn types(app: &TestApp) -> Types {
    let schema = data(app, Role::Admin, TYPES).await;
    let types = schema["__schema"]["types"].as_array().unwrap().iter();
    let objects = types.filter(|found| {
        found["kind"] == "OBJECT" && !found["name"].as_str().unwrap().starts_with("__")
    });
    objects
        .map(|found| (text_of(&found["name"]), fields(found)))
        .collect()
}

fn fields(found: &Value) -> Vec<(String, String)> {
    let needs = |field: &&Value| {
        let args = field["args"].as_array().unwrap();
        args.iter()
            .any(|argument| argument["type"]["kind"] == "NON_NULL")
    };
    let fields = found["fields"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|field| !needs(field));
    fields
        .map(|field| (text_of(&field["name"]), named(&field["type"])))
        .collect()
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn named(ty: &Value) -> String {
    match ty["name"].as_str() {
        Some(name) => name.to_owned(),
        None => named(&ty["ofType"]),
    }
}

/// All fields of a type and what is below them, no type within itself.
fn all(types: &Types, name: &str, within: &mut Vec<String>) -> String {
    let Some(fields) = types.get(name) else {
        return String::new();
    };
    if within.iter().any(|outer| outer == name) {
        return "{ __typename }".to_owned();
    }
    within.push(name.to_owned());
    let fields: Vec<_> = fields
        .iter()
        .map(|(field, ty)| format!("{field} {}", all(types, ty, within)))
        .collect();
    within.pop();
    format!("{{ {} }}", fields.join(" "))
}

on_both! {
    async fn every_field_of_every_type_answers(app: TestApp) {
        let shop = furnish(&app, 2, 5).await;
        let low = json!({"product_id": shop.products[0], "store_id": shop.store, "quantity": 5,
            "min_stock": 9, "max_stock": 20});
        app.post("/v1/inventory").as_role(Role::Clerk).json(low).send().await.expect(200);
        let bought = order(&shop.client, &[&shop.products[0]]);
        place(&app, "order", &bought).await.expect(201);
        // Reports are counted from events.
        app.settle().await;
        let types = types(&app).await;
        let roots = types["Query"].clone();
        assert!(roots.len() >= 2, "{roots:?}");
        for (root, ty) in roots {
            // Small pages: this is about each field, not about many rows.
            let text = format!("{{ {root}(first: 1) {} }}", all(&types, &ty, &mut Vec::new()));
            let answer = data(&app, Role::Admin, &text).await[&root].clone();
            let rows = answer.get("nodes").or(answer.get("items"));
            let rows = rows.and_then(Value::as_array).map(Vec::len);
            assert_eq!(rows, Some(1), "{root} shows a row with all of its fields: {answer:#}");
        }
    }
}

on_both! {
    async fn the_editor_is_there_without_a_token_and_works_from_our_own_bytes(app: TestApp) {
        let page = app.get("/graphql").send().await.expect(200);
        let policy = page.header("content-security-policy").unwrap_or_default();
        assert!(policy.contains("script-src 'self';"), "{policy}");
        let text = page.text();
        let files: Vec<_> = text.split("=\"/graphql/").skip(1).collect();
        assert_eq!(files.len(), 5);
        for file in files {
            let path = format!("/graphql/{}", file.split('"').next().unwrap());
            assert!(!app.get(&path).send().await.expect(200).text().is_empty());
        }
        app.get("/graphql/other.js").send().await.expect(404);
    }
}

/// Enums as the schema has them, and as the OpenAPI document calls the same.
const ENUMS: [(&str, &str); 6] = [
    ("FulfilmentStatus", "FulfilmentStatus"),
    ("MovementKind", "MovementKind"),
    ("OrderStatus", "Status"),
    ("PaymentMethod", "PaymentMethod"),
    ("PaymentStatus", "OrderPaymentStatus"),
    ("ProductStatus", "ProductStatus"),
];

/// Arguments of these enums.
const ARGUMENTS: [(&str, &str, &str); 4] = [
    ("products", "sort", "ProductSort"),
    ("products", "status", "ProductStatus"),
    ("orders", "sort", "OrderSort"),
    ("orders", "status", "OrderStatus"),
];

async fn values(app: &TestApp, name: &str) -> Vec<String> {
    let text = format!("{{ __type(name: \"{name}\") {{ enumValues {{ name }} }} }}");
    let found = data(app, Role::Clerk, &text).await["__type"]["enumValues"].clone();
    let values = found.as_array().unwrap().iter();
    values.map(|value| text_of(&value["name"])).collect()
}

on_both! {
    async fn the_words_of_an_enum_are_those_of_rest(app: TestApp) {
        let document = app.get("/openapi.json").send().await.expect(200).json();
        for (name, in_rest) in ENUMS {
            let words = &document["components"]["schemas"][in_rest]["enum"];
            let words = words.as_array().unwrap().iter();
            let words: Vec<_> = words.map(|word| text_of(word).to_uppercase()).collect();
            assert_eq!(values(&app, name).await, words, "{name}");
        }
        for (field, argument, name) in ARGUMENTS {
            for value in values(&app, name).await {
                let text = format!("{{ {field}({argument}: {value}) {{ totalCount }} }}");
                data(&app, Role::Clerk, &text).await;
            }
        }
    }
}
