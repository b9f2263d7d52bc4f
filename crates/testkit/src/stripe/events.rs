//! Webhooks, signed as Stripe signs them.

use std::fmt::Write as _;

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Timestamp;
use serde_json::{Value, json};
use sha2::Sha256;

use super::STRIPE_WEBHOOK_SECRET;
use crate::message::Message;

/// Something happened.
pub(super) struct Event {
    pub id: String,
    pub kind: &'static str,
    pub object: Value,
    pub created: Timestamp,
}

impl Event {
    /// As it is sent at this moment.
    pub fn signed(&self, now: Timestamp) -> Message {
        let body = json!({
            "id": self.id,
            "object": "event",
            "api_version": "2024-06-20",
            "created": self.created.unix_seconds(),
            "data": {"object": self.object},
            "livemode": false,
            "type": self.kind,
        });
        sign(&body.to_string(), now, STRIPE_WEBHOOK_SECRET)
    }
}

/// A webhook with this body, signed with this secret at this moment.
pub fn sign(body: &str, now: Timestamp, secret: &str) -> Message {
    let seconds = now.unix_seconds();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(format!("{seconds}.{body}").as_bytes());
    let mut signature = format!("t={seconds},v1=");
    for byte in mac.finalize().into_bytes() {
        write!(signature, "{byte:02x}").expect("memory takes it");
    }
    Message {
        content_type: "application/json; charset=utf-8",
        header: Some(("stripe-signature", signature)),
        body: body.to_owned(),
    }
}
