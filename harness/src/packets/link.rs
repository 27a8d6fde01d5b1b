//! The layer below IP: which of them are known, and where IP begins in each.

use std::fmt;

use etherparse::{EtherType, LaxSlicedPacket};

/// What a packet begins with (LINKTYPE of tcpdump.org).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkType {
    /// Ethernet, with or without VLAN tags; Linux' loopback too.
    Ethernet,
    /// Loopback of BSD and macOS: four octets of address family (NULL and LOOP differ in their order alone).
    Loopback,
    /// IP itself.
    Raw,
    /// Linux' `any` device, first version: 16 octets.
    Cooked,
    /// Linux' `any` device, second version: 20 octets.
    Cooked2,
    /// One whose packets are not opened.
    Other(u32),
}

impl LinkType {
    /// The type of this number.
    #[must_use]
    pub fn of(number: u32) -> Self {
        match number {
            0 | 108 => Self::Loopback,
            1 => Self::Ethernet,
            // 12 and 14 are what some BSDs wrote for 101; 228 and 229 are IPv4 and IPv6 alone.
            12 | 14 | 101 | 228 | 229 => Self::Raw,
            113 => Self::Cooked,
            276 => Self::Cooked2,
            other => Self::Other(other),
        }
    }

    /// Its number in a file.
    #[must_use]
    pub fn number(self) -> u32 {
        match self {
            Self::Loopback => 0,
            Self::Ethernet => 1,
            Self::Raw => 101,
            Self::Cooked => 113,
            Self::Cooked2 => 276,
            Self::Other(number) => number,
        }
    }

    /// Takes a packet apart, down to TCP; `None` where it is too short, or of a type that is not known.
    pub(super) fn slice(self, octets: &[u8]) -> Option<LaxSlicedPacket<'_>> {
        match self {
            Self::Ethernet => LaxSlicedPacket::from_ethernet(octets).ok(),
            Self::Loopback => LaxSlicedPacket::from_ip(octets.get(4..)?).ok(),
            Self::Raw => LaxSlicedPacket::from_ip(octets).ok(),
            Self::Cooked => Some(LaxSlicedPacket::from_ether_type(protocol(octets, 14)?, octets.get(16..)?)),
            Self::Cooked2 => Some(LaxSlicedPacket::from_ether_type(protocol(octets, 0)?, octets.get(20..)?)),
            Self::Other(_) => None,
        }
    }
}

fn protocol(octets: &[u8], at: usize) -> Option<EtherType> {
    let octets = octets.get(at..at + 2)?;
    Some(EtherType(u16::from_be_bytes([octets[0], octets[1]])))
}

/// As people call it.
impl fmt::Display for LinkType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ethernet => f.write_str("Ethernet"),
            Self::Loopback => f.write_str("loopback"),
            Self::Raw => f.write_str("raw IP"),
            Self::Cooked | Self::Cooked2 => f.write_str("Linux cooked"),
            Self::Other(number) => write!(f, "link type {number}"),
        }
    }
}
