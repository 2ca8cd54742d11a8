//! Where a request comes from: the peer, or what a listed proxy says.

use crate::{App, Failure};
use axum::{
    extract::{ConnectInfo, FromRequestParts},
    http::{HeaderMap, request::Parts},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The client's network address, as limits and sessions know it: /64 for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Network(pub IpAddr);

impl Network {
    /// The one a request came from; `X-Forwarded-For` counts only as far as listed proxies vouch for it.
    pub(crate) fn of(trusted: &[ProxyNetwork], peer: Option<SocketAddr>, headers: &HeaderMap) -> Self {
        let mut client = peer.map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip()).to_canonical();
        let values = headers.get_all("x-forwarded-for").iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<&str> = values.flat_map(|value| value.split(',')).collect();
        // From the nearest hop on: what a client made up stands farther off.
        for hop in chain.into_iter().rev() {
            let (Ok(hop), true) = (hop.trim().parse::<IpAddr>(), trusted.iter().any(|proxy| proxy.contains(client))) else { break };
            client = hop.to_canonical();
        }
        Self(client)
    }
    /// What limits count by.
    pub fn bucket(self) -> String {
        match self.0 {
            IpAddr::V4(address) => address.to_string(),
            IpAddr::V6(address) => {
                let cut = u128::from(address) & (u128::MAX << 64);
                format!("{}/64", Ipv6Addr::from(cut))
            }
        }
    }
}

impl FromRequestParts<App> for Network {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Failure> {
        if let Some(network) = parts.extensions.get::<Self>() {
            return Ok(*network);
        }
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0);
        Ok(Self::of(&app.config().http.trusted_proxies, peer, &parts.headers))
    }
}

/// A proxy's address or network: `10.0.0.0/8`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProxyNetwork {
    address: IpAddr,
    bits: u8,
}

impl ProxyNetwork {
    pub fn parse(text: &str) -> Option<Self> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().ok()?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Some(most), |bits| bits.parse().ok())?;
        (bits <= most).then_some(Self { address, bits })
    }
    fn contains(self, other: IpAddr) -> bool {
        match (self.address, other) {
            (IpAddr::V4(network), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.bits)).unwrap_or(0);
                u32::from(network) & mask == u32::from(other) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.bits)).unwrap_or(0);
                u128::from(network) & mask == u128::from(other) & mask
            }
            (IpAddr::V4(_), IpAddr::V6(_)) | (IpAddr::V6(_), IpAddr::V4(_)) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn forwarded_addresses_count_only_from_listed_proxies() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 203.0.113.9, 10.0.0.2"));
        let peer = Some("10.0.0.1:7".parse().unwrap());
        let of = |trusted: &[ProxyNetwork]| Network::of(trusted, peer, &headers).0.to_string();
        assert_eq!(of(&[]), "10.0.0.1");
        assert_eq!(of(&[ProxyNetwork::parse("10.0.0.0/8").unwrap()]), "203.0.113.9");
        assert_eq!(of(&[ProxyNetwork::parse("10.0.0.1").unwrap()]), "10.0.0.2");
        headers.insert("x-forwarded-for", HeaderValue::from_static("made up, 203.0.113.9, 10.0.0.2"));
        let made_up = Network::of(&[ProxyNetwork::parse("10.0.0.0/8").unwrap()], peer, &headers);
        assert_eq!(made_up.0.to_string(), "203.0.113.9", "what a client made up takes nothing from what proxies say");
        assert!(ProxyNetwork::parse("10.0.0.0/33").is_none() && ProxyNetwork::parse("ten").is_none());
        assert_eq!(Network("2001:db8:1:2:3::4".parse().unwrap()).bucket(), "2001:db8:1:2::/64");
    }
}
