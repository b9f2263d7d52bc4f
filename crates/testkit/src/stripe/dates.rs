//! Lists that are narrowed to a span of time, and who does not give them.

use super::state::{Done, Refusal, refusal};

/// What becomes of a list by date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Dates {
    #[default]
    Taken,
    /// Nobody knows the parameter, in the words of Stripe.
    Unknown,
    /// Nobody knows the parameter, in the words of localstripe, which has no codes.
    UnknownWithoutCode,
    /// The span is not to Stripe's liking. That has no code either.
    Disliked,
}

impl Dates {
    pub(super) fn check(self) -> Done {
        let (code, param, message) = match self {
            Self::Taken => return Ok(()),
            Self::Unknown => (
                "parameter_unknown",
                Some("created[gte]"),
                "Received unknown parameter: created[gte]",
            ),
            Self::UnknownWithoutCode => ("", None, "Unexpected created"),
            Self::Disliked => (
                "",
                Some("created[gte]"),
                "Invalid timestamp: can be no more than five years in the past",
            ),
        };
        Err(Refusal {
            param,
            message: Some(message),
            ..refusal(400, code)
        })
    }
}
