//! The OpenAPI document of people is whole.

use crate::app;
use serde_json::Value;
use testkit::{TestApp, on_both};

/// Every `$ref` below `value`.
fn references<'a>(value: &'a Value, found: &mut Vec<&'a str>) {
    match value {
        Value::Array(items) => items.iter().for_each(|item| references(item, found)),
        Value::Object(fields) => {
            found.extend(fields.get("$ref").and_then(Value::as_str));
            fields.values().for_each(|field| references(field, found));
        }
        _ => {}
    }
}

on_both! {
    async fn every_operation_is_documented(app: TestApp) {
        let api = people::module(app.host(), None).routes.openapi();
        let document = serde_json::to_value(api).expect("JSON");
        let mut found = Vec::new();
        references(&document, &mut found);
        for target in found {
            let known = document.pointer(target.trim_start_matches('#')).is_some();
            assert!(known, "{target} leads nowhere");
        }
        let paths = document["paths"].as_object().expect("paths");
        let operations: Vec<_> =
            paths.values().filter_map(Value::as_object).flat_map(|path| path.values()).collect();
        assert_eq!(operations.len(), 14);
        for operation in operations {
            let id = &operation["operationId"];
            assert!(operation["summary"].is_string(), "{id} has no summary");
            for status in ["401", "403", "422", "429"] {
                assert!(operation["responses"][status].is_object(), "{id} has no {status}");
            }
        }
        let patch = &document["components"]["schemas"]["ClientPatch"];
        assert!(patch["required"].is_null(), "{patch:#}");
        assert_eq!(patch["additionalProperties"], false);
    }
}
