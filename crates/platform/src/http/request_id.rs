//! The id of a request: the caller's, if it is harmless, or ours.

use axum::http::HeaderMap;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::source::Source;

use std::sync::Arc;

/// The header, in both directions.
pub(super) const X_REQUEST_ID: &str = "x-request-id";
/// Longer ids are replaced by ours; a UUID needs 36.
const MAX_LENGTH: usize = 128;

/// The id of a request, as text and as the correlation id of the events that follow from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct RequestId {
    pub text: Arc<str>,
    pub correlation: Uuid,
}

impl RequestId {
    pub(super) fn of(headers: &HeaderMap, source: &Source) -> Self {
        let sent = headers.get(X_REQUEST_ID).map(|value| value.as_bytes());
        match sent.and_then(visible) {
            Some(text) => Self {
                text: text.into(),
                correlation: correlation(text),
            },
            None => Self::made(uuid::Builder::from_random_bytes(source.random()).into_uuid()),
        }
    }

    fn made(id: Uuid) -> Self {
        let mut buffer = Uuid::encode_buffer();
        Self {
            text: (&*id.hyphenated().encode_lower(&mut buffer)).into(),
            correlation: id,
        }
    }
}

fn visible(bytes: &[u8]) -> Option<&str> {
    let fits = (1..=MAX_LENGTH).contains(&bytes.len());
    let harmless = fits && bytes.iter().all(|byte| (b'!'..=b'~').contains(byte));
    harmless.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// A UUID is taken as it is; other texts are hashed, so that the same id leads to the same events.
fn correlation(text: &str) -> Uuid {
    text.parse().unwrap_or_else(|_| {
        let digest: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        let (half, _) = digest.split_at(16);
        Uuid::from_slice(half).unwrap_or_default()
    })
}

/// A well-formed W3C `traceparent`; anything else starts no trace.
pub(super) fn traceparent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let parts: Vec<&str> = text.split('-').collect();
    let [version, trace, span, flags] = parts.as_slice() else {
        return None;
    };
    let hex = |part: &str, length| {
        part.len() == length && part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
    };
    let some = |part: &str| part.bytes().any(|b| b != b'0');
    let well_formed = hex(version, 2) && *version != "ff" && hex(trace, 32) && hex(span, 16);
    (well_formed && hex(flags, 2) && some(trace) && some(span)).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(sent: &str) -> RequestId {
        let mut headers = HeaderMap::new();
        headers.insert(X_REQUEST_ID, sent.parse().unwrap());
        RequestId::of(&headers, &Source::system())
    }

    #[test]
    fn a_harmless_id_is_kept_and_another_is_replaced() {
        assert_eq!(&*id("order-4711").text, "order-4711");
        assert_eq!(id("order-4711"), id("order-4711"));
        for bad in ["", "two words", &"x".repeat(129)] {
            let made = id(bad);
            assert_eq!(
                made.text.parse::<Uuid>().unwrap(),
                made.correlation,
                "{bad:?}"
            );
        }
    }

    #[test]
    fn only_a_well_formed_trace_is_taken_over() {
        let trace = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert("traceparent", text.parse().unwrap());
            traceparent(&headers)
        };
        let good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
        assert_eq!(trace(good).as_deref(), Some(good));
        for bad in [
            "00-00000000000000000000000000000000-b7ad6b7169203331-01",
            "ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
            "00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01",
            "nonsense",
        ] {
            assert_eq!(trace(bad), None, "{bad}");
        }
    }
}
