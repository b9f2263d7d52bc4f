//! The catalogue holds everything, and every form ever published is read by the code of today.

use super::*;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// What the files beside this folder name events.
fn told() -> BTreeSet<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src");
    let files = fs::read_dir(folder).unwrap();
    let text = |file: std::io::Result<fs::DirEntry>| {
        fs::read_to_string(file.unwrap().path()).unwrap_or_default()
    };
    let text: String = files.map(text).collect();
    let events = text.split("\nevent!(").skip(1);
    let name = |event: &str| format!("comptoir.{}", event.split('"').nth(1).unwrap());
    events.map(name).collect()
}

#[test]
fn the_catalogue_holds_every_event_there_is() {
    let listed: BTreeSet<_> = TYPES.iter().map(|kind| (*kind).to_owned()).collect();
    assert_eq!(listed, told());
    assert_eq!(listed.len(), TYPES.len(), "none twice");
    let sorted: Vec<_> = listed.iter().map(String::as_str).collect();
    assert_eq!(sorted, TYPES, "in order");
}

#[test]
fn a_type_tells_what_it_is_about() {
    assert_eq!(
        aggregate_of("comptoir.orders.order-placed.v1"),
        Some("order")
    );
    assert_eq!(aggregate_of("comptoir.orders.order-lost.v1"), None);
}

#[test]
fn no_form_stands_in_the_corpus_for_an_event_that_is_not_published() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/corpus");
    let names = fs::read_dir(folder).unwrap().map(|file| {
        let name = file.unwrap().file_name().into_string().unwrap();
        format!("comptoir.{}", name.trim_end_matches(".json"))
    });
    let names: BTreeSet<_> = names.filter(|name| !name.ends_with("README.md")).collect();
    assert_eq!(names, told());
}

#[test]
fn every_form_ever_published_is_read_by_the_code_of_today() {
    for kind in KINDS {
        let forms = kind.forms().unwrap();
        assert!(!forms.is_empty(), "{} has no form", kind.kind);
        for form in forms {
            let read = kind.read(&form.to_string());
            read.unwrap_or_else(|error| panic!("{}: {error} in {form}", kind.kind));
        }
    }
}

/// So that the next optional field is not forgotten: it comes into the first form.
#[test]
fn the_first_form_has_every_field_there_is() {
    for kind in KINDS {
        let form = kind.forms().unwrap().remove(0);
        let read = kind.read(&form.to_string()).unwrap();
        assert_eq!(
            form, read,
            "{}: the first form is what is published today",
            kind.kind
        );
        let known: BTreeSet<_> = kind.schema()["properties"]
            .as_object()
            .unwrap()
            .keys()
            .cloned()
            .collect();
        let filled = form
            .as_object()
            .unwrap()
            .iter()
            .filter(|(_, value)| !value.is_null());
        let filled: BTreeSet<_> = filled.map(|(name, _)| name.clone()).collect();
        assert_eq!(filled, known, "{}", kind.kind);
    }
}

/// An optional field can be missing, so some form in the corpus must lack it.
#[test]
fn every_optional_field_is_missing_in_some_form() {
    for kind in KINDS {
        let schema = kind.schema();
        let required = schema["required"].as_array().cloned().unwrap_or_default();
        let forms = kind.forms().unwrap();
        for field in schema["properties"].as_object().unwrap().keys() {
            let optional = !required.contains(&json!(field));
            let lacking = forms.iter().any(|form| form.get(field).is_none());
            assert_eq!(optional, lacking, "{} of {}", field, kind.kind);
        }
    }
}

struct Names(BTreeMap<&'static str, &'static str>);

impl Visit for Names {
    type Output = ();
    fn visit<E: Event>(&mut self, kind: &'static Kind) {
        self.0.insert(kind.kind, E::TYPE);
    }
}

#[test]
fn a_visitor_meets_each_kind_as_the_type_it_is() {
    let mut names = Names(BTreeMap::new());
    visit_all(&mut names);
    assert_eq!(names.0.len(), KINDS.len());
    assert!(names.0.iter().all(|(kind, of_type)| kind == of_type));
}
