//! The texts of notices: one a kind, channel and language, built in or the shop's own. A text may
//! name the variables of its kind and ask whether they are there; it computes nothing, so that no
//! text can be too much work. Pure.

use crate::kind::{Channel, Kind};
use kernel::{Detail, ErrorKind, Fault, Language, Timestamp};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{Environment, UndefinedBehavior, Value};
use serde::Serialize;

/// Which text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name {
    pub kind: Kind,
    pub channel: Channel,
    pub language: Language,
}

/// A text, before its variables are filled in; or after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Of mail; text messages have none.
    pub subject: Option<String>,
    pub body: String,
}

/// A text of the shop's own.
#[derive(Clone, Debug)]
pub struct Own {
    pub name: Name,
    pub text: Text,
    pub version: i64,
    pub updated_at: Timestamp,
}

/// Why a text cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TemplateFault {
    #[error("there is no such text")]
    NotFound,
    #[error("mail has a subject")]
    NoSubject,
    #[error("a text message has no subject")]
    Subject,
    #[error("{name} is no variable of this notice; these are: {known}")]
    UnknownVariable {
        field: &'static str,
        name: String,
        known: String,
    },
    #[error("{what}")]
    Syntax { field: &'static str, what: String },
}

impl Fault for TemplateFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::NotFound => ErrorKind::NotFound,
            _ => ErrorKind::Invalid,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "RESOURCE_NOT_FOUND",
            Self::NoSubject | Self::Subject => "VALIDATION_FAILED",
            Self::UnknownVariable { .. } => "UNKNOWN_VARIABLE",
            Self::Syntax { .. } => "INVALID_TEMPLATE",
        }
    }

    fn details(&self) -> Vec<Detail> {
        let field = match self {
            Self::NotFound => return Vec::new(),
            Self::NoSubject | Self::Subject => "subject",
            Self::UnknownVariable { field, .. } | Self::Syntax { field, .. } => field,
        };
        vec![Detail::new(field, self.code(), self.to_string())]
    }
}

macro_rules! built_in {
    ($($kind:ident $channel:ident $file:literal),+ $(,)?) => {
        impl Name {
            /// Every text there is.
            pub fn all() -> impl Iterator<Item = Self> {
                let known = [$((Kind::$kind, Channel::$channel)),+];
                known.into_iter().flat_map(|(kind, channel)| {
                    Language::ALL.map(|language| Self { kind, channel, language })
                })
            }

            /// The text that comes with the shop: of mail, the first line is the subject.
            fn source(self) -> Option<&'static str> {
                match (self.kind, self.channel, self.language) {
                    $(
                        (Kind::$kind, Channel::$channel, Language::English) => {
                            Some(include_str!(concat!("../templates/", $file, ".en.txt")))
                        }
                        (Kind::$kind, Channel::$channel, Language::French) => {
                            Some(include_str!(concat!("../templates/", $file, ".fr.txt")))
                        }
                    )+
                    _ => None,
                }
            }
        }
    };
}

built_in! {
    OrderPlaced Email "order_placed.email",
    OrderPaid Email "order_paid.email",
    OrderShipped Email "order_shipped.email",
    OrderShipped Sms "order_shipped.sms",
    OrderDelivered Email "order_delivered.email",
    OrderDelivered Sms "order_delivered.sms",
    OrderCancelled Email "order_cancelled.email",
    OrderCancelled Sms "order_cancelled.sms",
    OrderRefunded Email "order_refunded.email",
    LowStock Email "low_stock.email",
    PriceChanged Email "price_changed.email",
    Welcome Email "welcome.email",
    EmailVerification Email "email_verification.email",
    PasswordReset Email "password_reset.email",
}

impl Name {
    /// The text that comes with the shop, if there is one of this name.
    pub fn built_in(self) -> Option<Text> {
        let source = self.source()?;
        let subject_and_body = source.split_once('\n');
        Some(match (self.channel, subject_and_body) {
            (Channel::Email, Some((subject, body))) => Text {
                subject: Some(subject.to_owned()),
                body: body.trim().to_owned(),
            },
            _ => Text {
                subject: None,
                body: source.trim().to_owned(),
            },
        })
    }
}

impl Text {
    /// Fills the variables in. A subject is one line, whatever is in its variables.
    pub fn fill(&self, variables: &impl Serialize) -> Result<Self, TemplateFault> {
        let variables = Value::from(Serde(variables));
        let subject = self.subject.as_deref();
        let subject = subject.map(|text| filled("subject", text, &variables));
        let one_line = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        Ok(Self {
            subject: subject.transpose()?.map(one_line),
            body: filled("body", &self.body, &variables)?,
        })
    }

    /// That it can be had under this name, with these variables.
    pub fn check(&self, name: Name, variables: &[&str]) -> Result<(), TemplateFault> {
        match (name.channel, &self.subject) {
            (Channel::Email, None) => return Err(TemplateFault::NoSubject),
            (Channel::Sms, Some(_)) => return Err(TemplateFault::Subject),
            _ => {}
        }
        for (field, text) in [
            ("subject", self.subject.as_deref()),
            ("body", Some(self.body.as_str())),
        ] {
            check(field, text.unwrap_or_default(), variables)?;
        }
        Ok(())
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::empty();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    let mut syntax = SyntaxConfig::builder();
    // What stands alone on a line leaves no line behind.
    if let Ok(syntax) = syntax.trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    // A text of a few thousand characters has no more steps than that.
    environment.set_fuel(Some(50_000));
    environment
}

fn filled(field: &'static str, text: &str, variables: &Value) -> Result<String, TemplateFault> {
    let environment = environment();
    environment
        .render_str(text, variables)
        .map_err(|error| syntax(field, &error))
}

fn check(field: &'static str, text: &str, known: &[&str]) -> Result<(), TemplateFault> {
    plain(field, text)?;
    let environment = environment();
    let parsed = environment.template_from_str(text);
    let parsed = parsed.map_err(|error| syntax(field, &error))?;
    let mut named: Vec<_> = parsed.undeclared_variables(false).into_iter().collect();
    named.sort_unstable();
    match named.into_iter().find(|one| !known.contains(&one.as_str())) {
        None => Ok(()),
        Some(name) => Err(TemplateFault::UnknownVariable {
            field,
            name,
            known: known.join(", "),
        }),
    }
}

fn syntax(field: &'static str, error: &minijinja::Error) -> TemplateFault {
    let line = error.line().unwrap_or(1);
    let why = error.detail().unwrap_or("it cannot be read");
    let what = format!("line {line}: {why}");
    TemplateFault::Syntax { field, what }
}

/// Only variables and `if`: no loop, no assignment, no arithmetic, nothing that can grow.
fn plain(field: &'static str, text: &str) -> Result<(), TemplateFault> {
    let refused = |what: String| Err(TemplateFault::Syntax { field, what });
    let mut rest = text;
    while let Some(at) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let (tag, after) = rest[at..].split_at(2);
        let end = if tag == "{{" { "}}" } else { "%}" };
        let Some((inside, next)) = after.split_once(end) else {
            return refused(format!("a {tag} without {end}"));
        };
        let allowed = |c: char| c.is_alphanumeric() || "_. \t\n'\"=!<>-,".contains(c);
        if let Some(c) = inside.chars().find(|c| !allowed(*c)) {
            return refused(format!(
                "{c:?} between {tag} and {end}: name variables only"
            ));
        }
        // Else what closes the tag here might stand in a text there.
        if !inside.matches(['\'', '"']).count().is_multiple_of(2) {
            return refused(format!("a quote is open between {tag} and {end}"));
        }
        let word = inside.trim_matches(['-', ' ']).split(' ').next();
        let known = ["if", "elif", "else", "endif"];
        if tag == "{%" && !word.is_some_and(|word| known.contains(&word)) {
            return refused("only if, elif, else and endif between {% and %}".to_owned());
        }
        rest = next;
    }
    Ok(())
}

#[cfg(test)]
#[path = "template_tests.rs"]
mod tests;
