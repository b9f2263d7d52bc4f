//! Schemas: named apart, complete, and true about what is accepted.

use kernel::{
    ClientId, Currency, Cursor, Detail, Email, Limit, Money, MoneyInput, Name, OrderId, Page,
    Phone, Quantity, Sku, Text, Timestamp,
};
use serde_json::Value;
use utoipa::{IntoParams, OpenApi, ToSchema};

#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Row {
    id: OrderId,
    client_id: Option<ClientId>,
    name: Name,
    note: Option<Text<1000>>,
    price: MoneyInput,
    total: Option<Money>,
    currency: Currency,
    quantity: Quantity,
    sku: Sku,
    emails: Vec<Email>,
    phone: Option<Phone>,
    created_at: Timestamp,
    details: Vec<Detail>,
    boxed: Boxed<Email>,
}

/// A generic type of another crate.
#[derive(ToSchema)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Boxed<T> {
    inside: Option<T>,
}

#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "only its schema is looked at")]
struct Query {
    /// How many rows.
    limit: Option<Limit>,
    cursor: Option<Cursor>,
    client_id: Option<ClientId>,
}

#[utoipa::path(get, path = "/rows/{id}", params(Query, ("id" = OrderId, Path)),
    request_body = Row, responses((status = 200, body = Page<Row>)))]
#[expect(dead_code, reason = "only its description is looked at")]
fn rows() {}

#[derive(OpenApi)]
#[openapi(paths(rows))]
struct Api;

fn document() -> Value {
    let mut api = Api::openapi();
    let components = api.components.get_or_insert_default();
    components.schemas.extend(kernel::schemas());
    serde_json::to_value(api).expect("JSON")
}

/// Every `$ref` below `value`.
fn references(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(fields) => {
            if let Some(Value::String(target)) = fields.get("$ref") {
                found.push(target.clone());
            }
            fields.values().for_each(|field| references(field, found));
        }
        _ => {}
    }
}

#[test]
fn every_reference_has_its_target() {
    let document = document();
    let mut found = Vec::new();
    references(&document, &mut found);
    assert!(
        found.iter().any(|target| target.ends_with("/OrderId")),
        "{found:?}"
    );
    for target in found {
        let pointer = target.trim_start_matches('#');
        assert!(
            document.pointer(pointer).is_some(),
            "{target} is not in {document:#}"
        );
    }
}

#[test]
fn types_that_differ_have_names_that_differ() {
    let document = document();
    let names: Vec<&String> = document["components"]["schemas"]
        .as_object()
        .expect("schemas")
        .keys()
        .collect();
    for name in [
        "OrderId",
        "ClientId",
        "Money",
        "MoneyInput",
        "Page_Row",
        "Row",
        "Timestamp",
    ] {
        assert!(
            names.iter().any(|known| *known == name),
            "{name} is not in {names:?}"
        );
    }
}
