//! An endpoint: an address outside that is told of events, and what is known of how it does. Pure.

use super::address::Reach;
use super::fault::WebhookError;
use kernel::{Detail, Text, Timestamp, WebhookId};
use platform::events::KindPattern;
use platform::http::Patch;
use std::time::Duration;

/// Patterns an endpoint may have; `comptoir.*` is one.
pub const MOST_TYPES: usize = 50;
/// How long a replaced secret goes on signing beside the new one.
pub const OVERLAP: Duration = Duration::from_secs(24 * 3600);

/// What it is for, in somebody's words.
pub type Description = Text<255>;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub id: WebhookId,
    pub url: String,
    pub event_types: Vec<KindPattern>,
    pub description: Option<String>,
    pub paused: Option<Paused>,
    /// Failed attempts since the last that went well.
    pub failures: i64,
    pub failing_since: Option<Timestamp>,
    /// It is not called before.
    pub probe_at: Timestamp,
    pub old_secret_until: Option<Timestamp>,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// While it is paused it is called not at all, and what happens is kept for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Paused {
    pub reason: Reason,
    pub at: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    ByHand,
    /// Nothing went well for days.
    Failing,
    /// It said so itself (410).
    Gone,
}

/// What shall be different.
#[derive(Debug, Default)]
pub struct Change {
    pub url: Option<String>,
    pub event_types: Option<Vec<KindPattern>>,
    pub description: Patch<Description>,
    pub paused: Option<bool>,
}

impl Reason {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ByHand => "by_hand",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        let all = [Self::ByHand, Self::Failing, Self::Gone];
        all.into_iter().find(|reason| reason.as_str() == text)
    }
}

impl Endpoint {
    pub fn wants(&self, kind: &str) -> bool {
        wants(&self.event_types, kind)
    }

    /// What it is after a change. Whoever resumes it begins anew: what failed is forgotten.
    pub fn changed(
        mut self,
        change: Change,
        reach: Reach,
        now: Timestamp,
    ) -> Result<Self, WebhookError> {
        if let Some(url) = change.url {
            self.url = check_url(&url, reach)?;
        }
        if let Some(types) = change.event_types {
            self.event_types = check_types(types)?;
        }
        let old = self.description.take().and_then(|text| text.parse().ok());
        let description = change.description.over(old);
        self.description = description.map(Description::into_string);
        match (change.paused, self.paused) {
            (Some(true), None) => {
                self.paused = Some(Paused {
                    reason: Reason::ByHand,
                    at: now,
                });
            }
            (Some(false), Some(_)) => {
                self.paused = None;
                (self.failures, self.failing_since, self.probe_at) = (0, None, now);
            }
            _ => {}
        }
        Ok(self)
    }
}

/// Whether one of the patterns asks for events of this kind.
pub fn wants(types: &[KindPattern], kind: &str) -> bool {
    types.iter().any(|pattern| pattern.matches(kind))
}

/// The URL as it is kept.
pub fn check_url(url: &str, reach: Reach) -> Result<String, WebhookError> {
    Ok(reach.check(url)?.into())
}

/// At least one pattern, and each asks for something that is published.
pub fn check_types(types: Vec<KindPattern>) -> Result<Vec<KindPattern>, WebhookError> {
    if types.is_empty() || types.len() > MOST_TYPES {
        return Err(WebhookError::CountOfTypes);
    }
    let published = |pattern: &KindPattern| {
        let mut all = contracts::kinds::TYPES.iter();
        all.any(|kind| pattern.matches(kind))
    };
    let unknown = types.iter().enumerate().filter(|(_, one)| !published(one));
    let detail = |(nth, pattern): (usize, &KindPattern)| {
        let told = format!("no event is of type {pattern}");
        Detail::new(format!("event_types[{nth}]"), "UNKNOWN_EVENT_TYPE", told)
    };
    let unknown: Vec<_> = unknown.map(detail).collect();
    match unknown.is_empty() {
        true => Ok(types),
        false => Err(WebhookError::UnknownTypes(unknown)),
    }
}
