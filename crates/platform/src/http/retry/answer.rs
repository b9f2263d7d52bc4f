//! An answer that can be given again, byte for byte.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;

use super::super::problem::Problem;

/// Status, headers and body of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAnswer {
    /// The status.
    pub status: StatusCode,
    /// The headers the handler set.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl StoredAnswer {
    /// Reads the answer of a handler to its end.
    pub async fn of(response: Response) -> Result<Self, Problem> {
        let (parts, body) = response.into_parts();
        let body = body.collect().await.map_err(Problem::bug)?.to_bytes();
        Ok(Self {
            status: parts.status,
            headers: parts.headers,
            body,
        })
    }

    /// Whether this status is an outcome that a retry must see again. Others (a broken request,
    /// a missing permission, an outage) leave the caller free to try again with the same key.
    pub fn is_outcome(status: StatusCode) -> bool {
        let refused = [StatusCode::NOT_FOUND, StatusCode::CONFLICT];
        status.is_success() || refused.contains(&status)
    }

    /// The same answer again, marked as a replay.
    pub fn replay(self) -> Response {
        let mut response = self.into_response();
        let replayed = HeaderName::from_static("idempotency-replayed");
        response
            .headers_mut()
            .insert(replayed, HeaderValue::from_static("true"));
        response
    }

    /// The headers as JSON text: `[["content-type", "application/json"]]`.
    pub(super) fn headers_text(&self) -> String {
        let pairs: Vec<(&str, String)> = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), latin1(value.as_bytes())))
            .collect();
        serde_json::to_string(&pairs).unwrap_or_default()
    }

    /// Reads what was stored; `None` when it is none of ours.
    pub(super) fn from_parts(status: i64, headers: &str, body: Vec<u8>) -> Option<Self> {
        let pairs: Vec<(String, String)> = serde_json::from_str(headers).ok()?;
        let mut map = HeaderMap::with_capacity(pairs.len());
        for (name, value) in pairs {
            let bytes: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
            map.append(
                name.parse::<HeaderName>().ok()?,
                HeaderValue::from_bytes(&bytes?).ok()?,
            );
        }
        let status = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
        Some(Self {
            status,
            headers: map,
            body: body.into(),
        })
    }
}

impl IntoResponse for StoredAnswer {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body));
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}

/// Header values are bytes; this way each survives the way through a text column.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| char::from(*byte)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stored_answer_is_read_back_byte_for_byte() {
        let mut headers = HeaderMap::new();
        headers.append("location", HeaderValue::from_static("/v1/orders/ord_1"));
        headers.append("x-odd", HeaderValue::from_bytes(b"caf\xe9").unwrap());
        headers.append("x-odd", HeaderValue::from_static("two"));
        let body = Bytes::from_static(b"{\"a\": 1}");
        let answer = StoredAnswer {
            status: StatusCode::CREATED,
            headers,
            body,
        };
        let text = answer.headers_text();
        let read = StoredAnswer::from_parts(201, &text, answer.body.to_vec());
        assert_eq!(read, Some(answer));
    }
}
