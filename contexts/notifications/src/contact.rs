//! How somebody is reached, once what was sealed is opened. It has no `Debug`, so that it gets into
//! no log. Pure.

use kernel::Language;
use serde::Deserialize;

/// What is sealed in events about people, as far as it is needed here.
#[derive(Clone, Deserialize)]
pub struct Contact {
    #[serde(default)]
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub language: Option<Language>,
    /// Of a letter that proves something.
    pub token: Option<String>,
}

impl Contact {
    /// Reads what was sealed; nothing of it gets into the fault.
    pub fn read(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// The telephone number as providers want it: `+` and digits, without an extension.
    pub fn number(&self) -> Option<String> {
        self.phone.as_deref().map(dialled)
    }
}

/// A number as it is dialled, without what people write around it.
pub fn dialled(phone: &str) -> String {
    let number = phone.split('x').next().unwrap_or_default();
    let kept = |c: &char| c.is_ascii_digit() || *c == '+';
    number.chars().filter(kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_dialled_without_what_people_write_around_it() {
        let read = |phone: &str| {
            let text = format!(r#"{{"name": "Anna", "phone": "{phone}"}}"#);
            Contact::read(&text).and_then(|contact| contact.number())
        };
        assert_eq!(
            read("+1 (514) 555-0123 x12").as_deref(),
            Some("+15145550123")
        );
        assert_eq!(read("514.555.0123").as_deref(), Some("5145550123"));
    }

    #[test]
    fn what_else_is_sealed_is_passed_over() {
        let contact = Contact::read(r#"{"name": "Anna", "email": "a@b.example", "address": "x"}"#);
        let contact = contact.expect("a contact");
        assert_eq!(contact.email.as_deref(), Some("a@b.example"));
        assert!(contact.language.is_none() && contact.token.is_none());
    }
}
