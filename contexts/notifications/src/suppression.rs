//! Addresses that do not take everything: why, and what that stops. Pure.

use crate::contact::dialled;
use crate::kind::{Channel, Kind, UnknownWord};
use kernel::{Email, NotificationId, Phone, SuppressionId, Timestamp};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
use utoipa::ToSchema;

/// Why an address does not take everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = SuppressionReason)]
pub enum Cause {
    /// What is sent there never arrives: nothing is sent any more.
    Bounce,
    /// Somebody called it spam: only what belongs to a sale or to an account is sent.
    Complaint,
}

/// An address that does not take everything. It has no `Debug`, so that it gets into no log.
pub struct Suppression {
    pub id: SuppressionId,
    pub channel: Channel,
    pub cause: Cause,
    /// What the server said; none for what was reported.
    pub said: Option<String>,
    /// Whose delivery showed it.
    pub notice_id: Option<NotificationId>,
    /// In clear; none once its owner was erased.
    pub address: Option<String>,
    pub suppressed_at: Timestamp,
}

/// Not an address of this channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the address is no {0}")]
pub struct BadAddress(pub &'static str);

impl Cause {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
        }
    }

    /// Whether notices of this kind do not go there any more.
    pub const fn stops(self, kind: Kind) -> bool {
        match self {
            Self::Bounce => true,
            Self::Complaint => kind.is_optional(),
        }
    }
}

impl FromStr for Cause {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        match text {
            "bounce" => Ok(Self::Bounce),
            "complaint" => Ok(Self::Complaint),
            _ => Err(UnknownWord),
        }
    }
}

/// An address as messages are sent to it, however it was written.
pub fn reported(channel: Channel, address: &str) -> Result<String, BadAddress> {
    match channel {
        Channel::Email => {
            let email: Email = address.parse().map_err(|_| BadAddress("e-mail address"))?;
            Ok(email.as_str().to_owned())
        }
        Channel::Sms => {
            let phone: Phone = address
                .parse()
                .map_err(|_| BadAddress("telephone number"))?;
            Ok(dialled(phone.as_str()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_stops_what_one_can_do_without_and_a_bounce_everything() {
        for kind in Kind::ALL {
            assert!(Cause::Bounce.stops(kind));
            assert_eq!(Cause::Complaint.stops(kind), kind.is_optional(), "{kind}");
        }
    }

    #[test]
    fn an_address_is_the_same_however_it_is_written() {
        let mail = reported(Channel::Email, " Anna@Example.com");
        assert_eq!(mail.as_deref(), Ok("anna@example.com"));
        let number = reported(Channel::Sms, "+1 (514) 555-0123");
        assert_eq!(number.as_deref(), Ok("+15145550123"));
        assert!(reported(Channel::Sms, "anna@example.com").is_err());
        assert!(reported(Channel::Email, "+1 514 555 0123").is_err());
    }
}
