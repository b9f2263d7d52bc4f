//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The caller's address: the peer's, or what our own proxies wrote about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Address(pub IpAddr);

/// In-process callers (tests, commands) have no address.
const NOWHERE: Address = Address(IpAddr::V4(Ipv4Addr::UNSPECIFIED));

impl Address {
    /// Believes as many entries of `X-Forwarded-For`, from the right, as there are own proxies.
    pub(super) fn of(request: &Request, trusted_proxies: u8) -> Self {
        let forwarded = forwarded(request.headers(), trusted_proxies);
        let peer = || {
            let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
            peer.map_or(NOWHERE, |ConnectInfo(peer)| Self(peer.ip().to_canonical()))
        };
        forwarded.unwrap_or_else(peer)
    }

    /// What one household or server has to itself: an IPv4 address, a /64 of IPv6.
    pub fn network(self) -> IpAddr {
        match self.0 {
            IpAddr::V4(_) => self.0,
            IpAddr::V6(v6) => IpAddr::V6((v6.to_bits() >> 64 << 64).into()),
        }
    }
}

fn forwarded(headers: &HeaderMap, trusted_proxies: u8) -> Option<Address> {
    if trusted_proxies == 0 {
        return None;
    }
    let lines = headers
        .get_all("x-forwarded-for")
        .iter()
        .filter_map(|line| line.to_str().ok());
    let entries: Vec<&str> = lines
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    let at = entries.len().checked_sub(usize::from(trusted_proxies))?;
    let address: IpAddr = entries.get(at)?.parse().ok()?;
    Some(Address(address.to_canonical()))
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(parts.extensions.get().copied().unwrap_or(NOWHERE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;

    fn address(forwarded: &str, trusted: u8) -> String {
        let request = Request::get("/").header("x-forwarded-for", forwarded);
        let mut request = request.body(Body::empty()).unwrap();
        let peer: SocketAddr = "192.0.2.1:4711".parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        Address::of(&request, trusted).0.to_string()
    }

    #[test]
    fn only_what_our_own_proxies_wrote_is_believed() {
        assert_eq!(address("198.51.100.7", 0), "192.0.2.1");
        assert_eq!(address("203.0.113.9, 198.51.100.7", 1), "198.51.100.7");
        assert_eq!(
            address("203.0.113.9, 198.51.100.7, 10.0.0.1", 2),
            "198.51.100.7"
        );
        assert_eq!(address("nonsense", 1), "192.0.2.1");
        assert_eq!(address("198.51.100.7", 2), "192.0.2.1");
    }

    #[test]
    fn addresses_of_one_ipv6_household_count_as_one() {
        let network = |text: &str| Address(text.parse().unwrap()).network();
        assert_eq!(
            network("2001:db8:1:2:3::4"),
            network("2001:db8:1:2:ffff::1")
        );
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
    }
}
