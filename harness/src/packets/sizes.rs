//! What of a packet is data and what is header.

use std::fmt;

use super::link::LinkType;

/// The octets of a packet, layer by layer, as they were on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// What it begins with.
    pub link: LinkType,
    /// Octets of that, VLAN tags included.
    pub link_octets: usize,
    /// 4 or 6.
    pub ip_version: u8,
    /// Octets of IP's header and its extensions.
    pub ip_octets: usize,
    /// Octets of TCP's header and its options.
    pub tcp_octets: usize,
    /// Which options it has.
    pub options: Options,
    /// Octets of data.
    pub data_octets: usize,
    /// Octets behind the data that belong to nothing, as Ethernet's padding.
    pub padding_octets: usize,
}

/// Options of a TCP header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Options {
    /// None.
    None,
    /// Time stamps alone.
    Timestamps,
    /// Others, as a SYN has.
    Others,
}

impl Sizes {
    /// All octets.
    #[must_use]
    pub fn total(&self) -> usize {
        self.link_octets + self.ip_octets + self.tcp_octets + self.data_octets + self.padding_octets
    }
}

/// `68 octets: 14 Ethernet, 20 IPv4, 32 TCP with timestamps, 2 data`
impl fmt::Display for Sizes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} octets: ", self.total())?;
        if self.link_octets > 0 {
            write!(f, "{} {}, ", self.link_octets, self.link)?;
        }
        write!(f, "{} IPv{}, {} TCP{}", self.ip_octets, self.ip_version, self.tcp_octets, self.options)?;
        for (octets, name) in [(self.data_octets, "data"), (self.padding_octets, "padding")] {
            if octets > 0 {
                write!(f, ", {octets} {name}")?;
            }
        }
        Ok(())
    }
}

/// Nothing, ` with timestamps`, ` with options`.
impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "",
            Self::Timestamps => " with timestamps",
            Self::Others => " with options",
        })
    }
}
