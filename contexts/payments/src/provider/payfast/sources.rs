//! From which addresses PayFast's notices come.

use core::net::IpAddr;
use std::str::FromStr;

/// The ranges that PayFast publishes (developers.payfast.co.za, "Ports and IP addresses").
const PUBLISHED: &str =
    "197.97.145.144/28,41.74.179.192/27,102.216.36.0/28,102.216.36.128/28,144.126.193.139";

/// Address ranges that are believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sources {
    /// Wherever it comes from: the signature and PayFast's own confirmation must do.
    Any,
    Only(Vec<Range>),
}

/// All addresses that begin alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    first: IpAddr,
    bits: u32,
}

/// Not a list of address ranges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("is `any`, or addresses and ranges like 203.0.113.7,198.51.100.0/24")]
pub struct BadSources;

impl Default for Sources {
    fn default() -> Self {
        PUBLISHED.parse().unwrap_or(Self::Only(Vec::new()))
    }
}

impl Sources {
    pub fn hold(&self, address: IpAddr) -> bool {
        match self {
            Self::Any => true,
            Self::Only(ranges) => ranges.iter().any(|range| range.holds(address)),
        }
    }
}

impl FromStr for Sources {
    type Err = BadSources;

    fn from_str(text: &str) -> Result<Self, BadSources> {
        if text.trim() == "any" {
            return Ok(Self::Any);
        }
        let ranges = text.split(',').map(|range| range.trim().parse());
        ranges.collect::<Result<_, _>>().map(Self::Only)
    }
}

impl Range {
    fn holds(&self, address: IpAddr) -> bool {
        match (self.first, address.to_canonical()) {
            (IpAddr::V4(first), IpAddr::V4(address)) => begin_alike(
                first.to_bits().into(),
                address.to_bits().into(),
                32 - self.bits,
            ),
            (IpAddr::V6(first), IpAddr::V6(address)) => {
                begin_alike(first.to_bits(), address.to_bits(), 128 - self.bits)
            }
            _ => false,
        }
    }
}

/// Whether two addresses differ in their last `free` bits only.
fn begin_alike(one: u128, other: u128, free: u32) -> bool {
    (one ^ other).checked_shr(free).unwrap_or(0) == 0
}

impl FromStr for Range {
    type Err = BadSources;

    fn from_str(text: &str) -> Result<Self, BadSources> {
        let (address, bits) = text
            .split_once('/')
            .map_or((text, None), |(a, b)| (a, Some(b)));
        let first: IpAddr = address.parse().map_err(|_| BadSources)?;
        let most = if first.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            Some(bits) => bits.parse().map_err(|_| BadSources)?,
            None => most,
        };
        (bits <= most)
            .then_some(Self { first, bits })
            .ok_or(BadSources)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(sources: &Sources, address: &str) -> bool {
        sources.hold(address.parse().unwrap())
    }

    #[test]
    fn the_published_ranges_hold_their_ends_and_no_more() {
        let published = Sources::default();
        for inside in [
            "197.97.145.144",
            "197.97.145.159",
            "41.74.179.223",
            "102.216.36.15",
            "144.126.193.139",
            "::ffff:41.74.179.192",
        ] {
            assert!(holds(&published, inside), "{inside}");
        }
        for outside in [
            "197.97.145.160",
            "197.97.145.143",
            "127.0.0.1",
            "0.0.0.0",
            "::1",
        ] {
            assert!(!holds(&published, outside), "{outside}");
        }
    }

    #[test]
    fn a_list_of_ones_own_is_read() {
        let own: Sources = "127.0.0.1, 2001:db8::/32, 0.0.0.0/0".parse().unwrap();
        for inside in ["127.0.0.1", "2001:db8:1::2", "8.8.8.8"] {
            assert!(holds(&own, inside), "{inside}");
        }
        assert!(!holds(&own, "2001:db9::1"));
        assert!(holds(&"any".parse().unwrap(), "2001:db9::1"));
        for bad in ["", "localhost", "1.2.3.4/33", "1.2.3.4/x", "1.2.3.4,"] {
            assert_eq!(bad.parse::<Sources>(), Err(BadSources), "{bad:?}");
        }
    }
}
