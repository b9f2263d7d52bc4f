//! Texts: the built-in ones, and what a shop may write in their place.

use super::*;
use crate::facts::{self, Facts};
use crate::settings::Settings;
use kernel::{Currency, Money};

/// Every text filled in with sample data.
fn sample(name: Name, text: &Text) -> Result<Text, TemplateFault> {
    let settings = Settings::for_tests("outbox".into());
    let (contact, details) = facts::sample(name.kind);
    let facts = Facts {
        kind: name.kind,
        language: name.language,
        settings: &settings,
        contact: &contact,
        order: Some(("ORD-2026-000042", Money::new(123_450, Currency::CAD))),
        details: &details,
        unsubscribe_url: Some("http://shop.test/u"),
    };
    text.fill(&facts.variables())
}

fn name(kind: Kind, channel: Channel) -> Name {
    let language = Language::English;
    Name {
        kind,
        channel,
        language,
    }
}

fn body(text: &str) -> Text {
    Text {
        subject: Some("Hello".to_owned()),
        body: text.to_owned(),
    }
}

fn refused(text: &str) -> TemplateFault {
    let name = name(Kind::OrderShipped, Channel::Email);
    let checked = body(text).check(name, &facts::names(name.kind));
    checked.expect_err(text)
}

#[test]
fn every_kind_has_a_good_text_for_each_of_its_channels_in_each_language() {
    for kind in Kind::ALL {
        for channel in Channel::ALL {
            for language in Language::ALL {
                let name = Name {
                    kind,
                    channel,
                    language,
                };
                let text = name.built_in();
                assert_eq!(
                    text.is_some(),
                    kind.channels().contains(&channel),
                    "{name:?}"
                );
                let Some(text) = text else { continue };
                text.check(name, &facts::names(kind)).expect("a good text");
                let filled = sample(name, &text).expect("it can be filled in");
                assert!(!filled.body.contains("none"), "{name:?}: {}", filled.body);
                if channel == Channel::Sms {
                    let longest = filled.body.chars().count();
                    assert!(longest <= 160, "{name:?} has {longest} characters");
                }
            }
        }
    }
    assert_eq!(Name::all().count(), 28);
}

#[test]
fn mail_about_an_order_says_which_and_in_the_readers_own_way() {
    let name = Name {
        language: Language::French,
        ..name(Kind::OrderPlaced, Channel::Email)
    };
    let text = name.built_in().expect("there is one");
    let filled = sample(name, &text).expect("it can be filled in");
    assert!(
        filled
            .subject
            .expect("a subject")
            .contains("ORD-2026-000042")
    );
    assert!(filled.body.contains("1\u{a0}234,50\u{a0}CAD"));
    assert!(filled.body.contains("Anna Tremblay"));
}

#[test]
fn a_variable_that_the_kind_does_not_have_is_named() {
    let fault = refused("Your parcel {{ parcel }}");
    assert!(
        matches!(&fault, TemplateFault::UnknownVariable { field: "body", name, .. }
        if name == "parcel")
    );
    assert_eq!(
        (fault.code(), fault.details()[0].field.as_str()),
        ("UNKNOWN_VARIABLE", "body")
    );
}

#[test]
fn a_text_names_variables_and_computes_nothing() {
    for text in [
        "{{ number",
        "{{ number * 1000000 }}",
        "{{ '}}' * 1000000 }}",
        "{% set a = 'x' %}",
        "{%- set a = 'x' %}",
        "{% for c in number %}{% endfor %}",
        "{% include 'x' %}",
        "{% if number %}",
        "{{ number | upper }}",
        "{{ range(9) }}",
        "{# {{ #}{% set a = number ~ number %}{# }} #}",
    ] {
        let fault = refused(text);
        assert_eq!(fault.code(), "INVALID_TEMPLATE", "{text}: {fault}");
    }
    let good = "{% if carrier %}By {{ carrier }}.{% else %}{{ number }}{% endif %}";
    let name = name(Kind::OrderShipped, Channel::Email);
    body(good)
        .check(name, &facts::names(name.kind))
        .expect("it is good");
}

#[test]
fn a_subject_is_one_line_and_text_messages_have_none() {
    let name = name(Kind::OrderShipped, Channel::Email);
    let two_lines = Text {
        subject: Some("{{ name }}".to_owned()),
        body: "x".to_owned(),
    };
    let variables = serde_json::json!({"name": "Anna\r\nBcc: everybody@example.com"});
    let filled = two_lines.fill(&variables).expect("it can be filled in");
    assert_eq!(
        filled.subject.as_deref(),
        Some("Anna Bcc: everybody@example.com")
    );
    let sms = Name {
        channel: Channel::Sms,
        ..name
    };
    assert_eq!(two_lines.check(sms, &["name"]), Err(TemplateFault::Subject));
    let bare = Text {
        subject: None,
        ..two_lines
    };
    assert_eq!(bare.check(name, &["name"]), Err(TemplateFault::NoSubject));
}

proptest::proptest! {
    #[test]
    fn no_text_at_all_upsets_the_checker(text in "[{}%# a-z'\"*~|-]{0,60}") {
        let name = name(Kind::OrderShipped, Channel::Email);
        let text = body(&text);
        if text.check(name, &facts::names(name.kind)).is_ok() {
            let filled = sample(name, &text);
            proptest::prop_assert!(filled.is_ok_and(|filled| filled.body.len() < 4000));
        }
    }
}
