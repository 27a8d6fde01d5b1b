//! pcap, the file of tcpdump: one header for all, and a small one before each packet.

use super::head::{Head, Wrong};
use super::octets::Order;
use crate::packets::link::LinkType;

/// Octets of the header of the file.
pub(super) const HEADER: usize = 24;

/// Octets of the header of a packet.
pub(super) const RECORD: usize = 16;

/// What the header of a file says of its packets.
pub(super) struct Classic {
    order: Order,
    link: LinkType,
    /// Nanoseconds of a unit of the second half of a stamp.
    unit_ns: i64,
    /// Octets behind the header of a packet that say nothing here.
    more: usize,
}

impl Classic {
    /// What a file that begins so is, if it is one.
    pub(super) fn magic(start: &[u8]) -> Option<(Order, i64, usize)> {
        match Order::Little.u32(start, 0)? {
            0xa1b2_c3d4 => Some((Order::Little, 1000, 0)),
            0xd4c3_b2a1 => Some((Order::Big, 1000, 0)),
            0xa1b2_3c4d => Some((Order::Little, 1, 0)),
            0x4d3c_b2a1 => Some((Order::Big, 1, 0)),
            // Kuznetzov's: eight more octets for each packet.
            0xa1b2_cd34 => Some((Order::Little, 1000, 8)),
            0x34cd_b2a1 => Some((Order::Big, 1000, 8)),
            _ => None,
        }
    }

    /// Reads the header of a file.
    pub(super) fn new(header: &[u8]) -> Option<Self> {
        let (order, unit_ns, more) = Self::magic(header)?;
        // The upper bits say whether packets have a checksum of their own, which stands in their length too.
        let link = LinkType::of(order.u32(header, 20)? & 0x03ff_ffff);
        Some(Self { order, link, unit_ns, more })
    }

    /// Octets before those of a packet.
    pub(super) fn head(&self) -> usize {
        RECORD + self.more
    }

    /// What the header of a packet says.
    pub(super) fn packet(&self, record: &[u8]) -> Result<Head, Wrong> {
        let field = |at| self.order.u32(record, at).ok_or(Wrong::Length);
        let (seconds, units) = (i64::from(field(0)?), i64::from(field(4)?));
        let stamp_ns = seconds * 1_000_000_000 + units * self.unit_ns;
        let captured = self.order.size(record, 8).ok_or(Wrong::Length)?;
        let original = self.order.size(record, 12).ok_or(Wrong::Length)?;
        Ok(Head::new(self.link, stamp_ns, self.head(), captured, original))
    }
}
