//! The number by which a parcel is followed. Pure.

use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// 6 to 40 capital letters, digits and hyphens; spaces, as carriers print them, are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TrackingNumber(String);

/// Not such a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a tracking number has 6 to 40 letters, digits and hyphens")]
pub struct BadTrackingNumber;

impl TrackingNumber {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TrackingNumber {
    type Err = BadTrackingNumber;

    fn from_str(text: &str) -> Result<Self, BadTrackingNumber> {
        let plain = |c: &char| *c != ' ';
        let number: String = text
            .chars()
            .filter(plain)
            .map(|c| c.to_ascii_uppercase())
            .take(41)
            .collect();
        let usual = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
        match (6..=40).contains(&number.len()) && number.chars().all(usual) {
            true => Ok(Self(number)),
            false => Err(BadTrackingNumber),
        }
    }
}

impl TryFrom<String> for TrackingNumber {
    type Error = BadTrackingNumber;

    fn try_from(text: String) -> Result<Self, BadTrackingNumber> {
        text.parse()
    }
}

impl From<TrackingNumber> for String {
    fn from(number: TrackingNumber) -> Self {
        number.0
    }
}

impl fmt::Display for TrackingNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_read_as_carriers_print_it() {
        let number: TrackingNumber = "1z 999 aa1 01-2345 6784".parse().unwrap();
        assert_eq!(number.as_str(), "1Z999AA101-23456784");
        assert_eq!(number.to_string().parse(), Ok(number));
    }

    #[test]
    fn nonsense_is_no_number() {
        for text in [
            "",
            "12345",
            "  1 2 3 ",
            "ABC_DEF",
            "ÄBCDEF",
            "1234567\n",
            &"9".repeat(41),
        ] {
            let read: Result<TrackingNumber, _> = text.parse();
            assert_eq!(read, Err(BadTrackingNumber), "{text:?}");
        }
        assert!("9".repeat(40).parse::<TrackingNumber>().is_ok());
    }
}
