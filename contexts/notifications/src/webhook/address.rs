//! Where a webhook may go: to public addresses only, so that nobody makes the shop call what
//! stands behind its own walls (server-side request forgery). Pure; who connects asks here last.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use reqwest::Url;

/// The longest URL that is taken.
const LONGEST: usize = 2048;

/// What is allowed beside public addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Nothing.
    Public,
    /// This machine, and plain HTTP to it: for development.
    PublicAndLoopback,
}

/// Why an address is none for a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    #[error("is not a URL of at most 2048 characters")]
    Unreadable,
    #[error("begins with https://")]
    NotHttps,
    #[error("holds no user, no password and no fragment: the signature says who calls")]
    Credentials,
    #[error("leads to an address that is not public")]
    NotPublic,
}

impl Reach {
    /// Whether a connection may be made to this address.
    pub fn allows(self, address: IpAddr) -> bool {
        is_public(address) || self == Self::PublicAndLoopback && canonical(address).is_loopback()
    }

    /// Whether a webhook may be sent to this URL, as far as its text tells.
    pub fn check(self, text: &str) -> Result<Url, BadUrl> {
        let url = Url::parse(text).map_err(|_| BadUrl::Unreadable)?;
        let host = url.host_str().unwrap_or_default();
        if text.len() > LONGEST || host.is_empty() {
            return Err(BadUrl::Unreadable);
        }
        let is_local = is_local(host);
        match url.scheme() {
            "https" => {}
            "http" if is_local && self == Self::PublicAndLoopback => {}
            _ => return Err(BadUrl::NotHttps),
        }
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(BadUrl::Credentials);
        }
        let allowed = match literal(host) {
            Some(address) => self.allows(address),
            None => !is_local || self == Self::PublicAndLoopback,
        };
        allowed.then_some(url).ok_or(BadUrl::NotPublic)
    }
}

/// The address, if the host is one and not a name.
fn literal(host: &str) -> Option<IpAddr> {
    let inner = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host).parse().ok()
}

/// This machine, by name or by number.
fn is_local(host: &str) -> bool {
    let name = host.trim_end_matches('.');
    let named = name == "localhost" || name.ends_with(".localhost");
    named || literal(host).is_some_and(|address| canonical(address).is_loopback())
}

/// IPv4 addresses that came in IPv6's clothes, undressed.
fn canonical(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V6(v6) => embedded(v6).map_or(address, IpAddr::V4),
        IpAddr::V4(_) => address,
    }
}

/// The IPv4 address that an IPv6 one leads to: mapped (`::ffff:0:0/96`) or translated by NAT64
/// (`64:ff9b::/96`), as networks without IPv4 reach everybody else.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let parts = address.segments();
    let leads = matches!(
        parts[..6],
        [0, 0, 0, 0, 0, 0xffff] | [0x64, 0xff9b, 0, 0, 0, 0]
    );
    let ([a, b], [c, d]) = (parts[6].to_be_bytes(), parts[7].to_be_bytes());
    leads.then(|| Ipv4Addr::new(a, b, c, d))
}

fn is_public(address: IpAddr) -> bool {
    match canonical(address) {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// All but the special blocks of RFC 6890 and its successors.
fn is_public_v4(address: Ipv4Addr) -> bool {
    let special = match address.octets() {
        [0 | 10 | 127, ..] => true,
        // Carriers' own (RFC 6598); link-local, with the clouds' metadata services.
        [100, 64..=127, ..] | [169, 254, ..] => true,
        [172, 16..=31, ..] | [192, 168, ..] => true,
        // Protocols, documentation, the relays of 6to4, benchmarks.
        [192, 0, 0 | 2, _] | [192, 88, 99, _] | [198, 18 | 19, ..] => true,
        [198, 51, 100, _] | [203, 0, 113, _] => true,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => true,
        _ => false,
    };
    !special
}

/// Global unicast (`2000::/3`) without what is not global in it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let parts = address.segments();
    let special = match parts {
        // Protocols (Teredo among them), documentation.
        [0x2001, 0..=0x1ff, ..] | [0x2001, 0xdb8, ..] | [0x3fff, 0..=0xfff, ..] => true,
        // 6to4 leads to any IPv4 address.
        [0x2002, ..] => true,
        _ => false,
    };
    parts[0] & 0xe000 == 0x2000 && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.0",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "169.253.255.255",
        "2606:4700:4700::1111",
        "2a00:1450::1",
        "2001:200::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
    ];
    const REFUSED: &[&str] = &[
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "10.255.255.255",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.254",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.7",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::2",
        "::127.0.0.1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::a00:1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:0:a00:1::",
        "2001:10::1",
        "2001:20::1",
        "2001:db8::1",
        "2002:a00:1::",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "fec0::1",
        "ff02::1",
        "4000::1",
        "e000::1",
    ];

    #[test]
    fn only_public_addresses_are_reached() {
        for text in PUBLIC {
            assert!(Reach::Public.allows(text.parse().unwrap()), "{text}");
        }
        for text in REFUSED {
            assert!(!Reach::Public.allows(text.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn development_reaches_this_machine_and_no_other() {
        for text in [
            "127.0.0.1",
            "127.8.9.1",
            "::1",
            "::ffff:127.0.0.1",
            "8.8.8.8",
        ] {
            assert!(
                Reach::PublicAndLoopback.allows(text.parse().unwrap()),
                "{text}"
            );
        }
        for text in [
            "10.0.0.1",
            "169.254.169.254",
            "192.168.1.1",
            "fe80::1",
            "0.0.0.0",
        ] {
            assert!(
                !Reach::PublicAndLoopback.allows(text.parse().unwrap()),
                "{text}"
            );
        }
    }

    #[test]
    fn a_url_is_https_to_a_public_host_and_carries_no_password() {
        for good in [
            "https://erp.example/hooks?tenant=7",
            "https://8.8.8.8:8443/",
            "https://[2606:4700::1]/x",
            "https://EXAMPLE.com",
        ] {
            assert!(Reach::Public.check(good).is_ok(), "{good}");
        }
        let long = format!("https://erp.example/{}", "x".repeat(2048));
        for (bad, why) in [
            ("", BadUrl::Unreadable),
            ("erp.example", BadUrl::Unreadable),
            ("https://", BadUrl::Unreadable),
            (&long, BadUrl::Unreadable),
            ("http://erp.example/", BadUrl::NotHttps),
            ("ftp://erp.example/", BadUrl::NotHttps),
            ("file:///etc/passwd", BadUrl::Unreadable),
            ("http://127.0.0.1/", BadUrl::NotHttps),
            ("https://user@erp.example/", BadUrl::Credentials),
            ("https://:word@erp.example/", BadUrl::Credentials),
            ("https://erp.example/#x", BadUrl::Credentials),
        ] {
            assert_eq!(Reach::Public.check(bad), Err(why), "{bad}");
        }
    }

    #[test]
    fn a_number_in_disguise_is_seen_through() {
        for bad in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://127.0.0.1./",
            "https://[::ffff:7f00:1]/",
            "https://[::1]/",
            "https://localhost/",
            "https://LOCALHOST./",
            "https://a.localhost/",
            "https://169.254.169.254/latest",
            "https://[fd00:ec2::254]/",
            "https://10.0.0.1:443/",
            "https://①②⑦.0.0.1/",
        ] {
            assert_eq!(Reach::Public.check(bad), Err(BadUrl::NotPublic), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_this_machine_in_development() {
        for good in [
            "http://127.0.0.1:9000/hook",
            "http://[::1]/",
            "http://localhost:3000",
            "https://localhost/",
        ] {
            assert!(Reach::PublicAndLoopback.check(good).is_ok(), "{good}");
        }
        for bad in ["http://erp.example/", "http://10.0.0.1/"] {
            assert_eq!(
                Reach::PublicAndLoopback.check(bad),
                Err(BadUrl::NotHttps),
                "{bad}"
            );
        }
    }
}
