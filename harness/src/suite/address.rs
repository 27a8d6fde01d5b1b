//! Where a recorder is reached, where somebody says so: fixed addresses, or a family of them.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use serde::de::value::SeqAccessDeserializer;
use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use crate::source::{FileError, Source};

/// What a case says of where its recorder is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Addressing {
    /// These addresses, where there are any; the first is `{host}` and `{port}`.
    pub listen: Vec<SocketAddr>,
    /// Any port of loopback, in this family.
    pub family: Option<Family>,
}

/// A family of IP addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// 127.0.0.1
    Ipv4,
    /// ::1
    Ipv6,
}

impl Family {
    /// That of an address.
    #[must_use]
    pub fn of(address: SocketAddr) -> Self {
        if address.is_ipv4() { Self::Ipv4 } else { Self::Ipv6 }
    }
}

impl Addressing {
    /// Whether anything is said.
    #[must_use]
    pub fn is_said(&self) -> bool {
        !self.listen.is_empty() || self.family.is_some()
    }
}

/// The value of `listen`: one address, or a list of them.
pub(crate) struct Listen(Vec<String>);

impl Listen {
    /// The addresses, which each have a port of their own.
    pub(crate) fn addresses(source: Source<'_>, listen: &Spanned<Self>) -> Result<Vec<SocketAddr>, FileError> {
        let mut addresses = Vec::new();
        for text in &listen.get_ref().0 {
            let problem = match text.parse::<SocketAddr>() {
                Ok(address) if address.port() == 0 => format!("{text:?} has no port: name the one that the program connects to"),
                Ok(address) if is_of_no_one(address) => format!("nobody can connect to {text}: name the address of one host"),
                Ok(address) if is_of_a_link(address) => format!("{text} takes a link, and names none: take another address"),
                Ok(address) if addresses.iter().any(|other| is_same(*other, address)) => format!("{text} is there twice"),
                Ok(address) => {
                    addresses.push(address);
                    continue;
                }
                Err(_) => format!("{text:?} is not a numeric address such as 127.0.0.1:3099 or [::1]:3099"),
            };
            return Err(source.error_at(&listen.span(), problem));
        }
        match addresses.is_empty() {
            true => Err(source.error_at(&listen.span(), "name an address; this list is empty")),
            false => Ok(addresses),
        }
    }
}

/// Whether two are one, whichever way they are written.
fn is_same(one: SocketAddr, other: SocketAddr) -> bool {
    (one.ip().to_canonical(), one.port()) == (other.ip().to_canonical(), other.port())
}

/// Whether it stands for many hosts, so that there are no connections to it.
fn is_of_no_one(address: SocketAddr) -> bool {
    address.ip().is_multicast() || address.ip() == IpAddr::V4(Ipv4Addr::BROADCAST)
}

/// Whether it means another host on each link.
fn is_of_a_link(address: SocketAddr) -> bool {
    matches!(address.ip(), IpAddr::V6(ip) if ip.is_unicast_link_local())
}

impl<'de> Deserialize<'de> for Listen {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrSeveral;
        impl<'de> Visitor<'de> for OneOrSeveral {
            type Value = Listen;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address, or a list of addresses")
            }

            fn visit_str<E: de::Error>(self, address: &str) -> Result<Listen, E> {
                Ok(Listen(vec![address.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, addresses: A) -> Result<Listen, A::Error> {
                Vec::deserialize(SeqAccessDeserializer::new(addresses)).map(Listen)
            }
        }
        deserializer.deserialize_any(OneOrSeveral)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Table {
        listen: Spanned<Listen>,
    }

    fn read(text: &str) -> Result<Vec<SocketAddr>, String> {
        let source = Source { path: "x.toml".as_ref(), text };
        let table: Table = toml::from_str(text).map_err(|error| error.to_string())?;
        Listen::addresses(source, &table.listen).map_err(|error| error.problem)
    }

    #[test]
    fn one_address_or_several_are_read() {
        assert_eq!(read("listen = '127.0.0.1:3099'").unwrap(), ["127.0.0.1:3099".parse().unwrap()]);
        let two = read("listen = ['10.1.2.3:21', '[2001:db8::2]:20']").unwrap();
        assert_eq!(two, ["10.1.2.3:21", "[2001:db8::2]:20"].map(|text| text.parse().unwrap()));
    }

    #[test]
    fn what_nobody_can_connect_to_is_refused() {
        for address in ["224.0.0.1:80", "255.255.255.255:80", "[ff02::1]:80"] {
            let why = read(&format!("listen = '{address}'")).unwrap_err();
            assert_eq!(why, format!("nobody can connect to {address}: name the address of one host"));
        }
        assert!(read("listen = '[fe80::1]:80'").unwrap_err().contains("takes a link"));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "'localhost:3099'",
            "'127.0.0.1'",
            "'127.0.0.1:0'",
            "'::1:80'",
            "[]",
            "['127.0.0.1:1', '127.0.0.1:1']",
            "['127.0.0.1:1', '[::ffff:127.0.0.1]:1']",
            "80",
        ] {
            assert!(read(&format!("listen = {text}")).is_err(), "{text}");
        }
    }
}
