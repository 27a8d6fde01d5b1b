//! A section of a pcapng file: its order of octets, its interfaces, and what its blocks say by them.

use super::head::{Head, Wrong};
use super::octets::Order;
use super::{block, option};
use crate::packets::link::LinkType;

/// Interfaces of one section. Those who capture on more are not known.
const MOST_INTERFACES: usize = 4096;

/// Where the body of a block begins.
const BODY: usize = 8;

pub(super) struct Section {
    pub(super) order: Order,
    interfaces: Vec<Interface>,
}

struct Interface {
    link: LinkType,
    /// Octets of a packet that are kept; 0 for all.
    most: usize,
    resolution: Resolution,
    offset_s: i64,
    /// What the last statistics of this interface say.
    dropped: u64,
}

/// What a unit of a stamp is.
#[derive(Clone, Copy)]
enum Resolution {
    /// 10 to the power of minus this many seconds.
    Decimal(u32),
    /// 2 to the power of minus this many.
    Binary(u32),
}

impl Section {
    pub(super) fn new(order: Order) -> Self {
        Self { order, interfaces: Vec::new() }
    }

    /// Packets that its interfaces dropped.
    pub(super) fn dropped(&self) -> u64 {
        self.interfaces.iter().fold(0, |sum, interface| sum.saturating_add(interface.dropped))
    }

    /// What a block says. `block` is the whole of it, and `last_ns` the stamp of the packet before.
    pub(super) fn block(&mut self, kind: u32, block: &[u8], last_ns: i64) -> Result<Option<Head>, Wrong> {
        let end = block.len().saturating_sub(4);
        let body = block.get(BODY..end).ok_or(Wrong::Length)?;
        match kind {
            block::INTERFACE => self.interface(body).map(|()| None),
            block::STATISTICS => self.statistics(body).map(|()| None),
            block::PACKET => self.packet(self.order.size(body, 0), body).map(Some),
            block::OLD_PACKET => self.packet(self.order.u16(body, 0).map(usize::from), body).map(Some),
            block::SIMPLE_PACKET => self.simple_packet(body, last_ns).map(Some),
            _ => Ok(None),
        }
    }

    fn interface(&mut self, body: &[u8]) -> Result<(), Wrong> {
        if self.interfaces.len() == MOST_INTERFACES {
            return Err(Wrong::Interfaces);
        }
        let link = LinkType::of(u32::from(self.order.u16(body, 0).ok_or(Wrong::Length)?));
        let most = self.order.size(body, 4).ok_or(Wrong::Length)?;
        let mut interface = Interface { link, most, resolution: Resolution::Decimal(6), offset_s: 0, dropped: 0 };
        for (number, value) in self.options(body, 8) {
            match (number, value) {
                (option::TIME_RESOLUTION, &[exponent, ..]) => interface.resolution = Resolution::of(exponent),
                (option::TIME_OFFSET, value) => {
                    interface.offset_s = self.order.u64(value, 0).unwrap_or(0).cast_signed();
                }
                _ => {}
            }
        }
        self.interfaces.push(interface);
        Ok(())
    }

    fn statistics(&mut self, body: &[u8]) -> Result<(), Wrong> {
        let number = self.order.size(body, 0).ok_or(Wrong::Length)?;
        let mut dropped: u64 = 0;
        for (number, value) in self.options(body, 12) {
            if matches!(number, option::DROPPED_BY_INTERFACE | option::DROPPED_BY_SYSTEM) {
                dropped = dropped.saturating_add(self.order.u64(value, 0).unwrap_or(0));
            }
        }
        self.interfaces.get_mut(number).ok_or(Wrong::Interface(number))?.dropped = dropped;
        Ok(())
    }

    /// The old block differs in its first four octets alone.
    fn packet(&self, interface: Option<usize>, body: &[u8]) -> Result<Head, Wrong> {
        let number = interface.ok_or(Wrong::Length)?;
        let interface = self.interfaces.get(number).ok_or(Wrong::Interface(number))?;
        let units = self.order.stamp(body, 4).ok_or(Wrong::Length)?;
        let captured = self.order.size(body, 12).ok_or(Wrong::Length)?;
        let original = self.order.size(body, 16).ok_or(Wrong::Length)?;
        Head::new(interface.link, interface.stamp_ns(units), BODY + 20, captured, original).within(BODY + body.len())
    }

    /// It has no stamp, is of the first interface, and says only how long it was.
    fn simple_packet(&self, body: &[u8], last_ns: i64) -> Result<Head, Wrong> {
        let interface = self.interfaces.first().ok_or(Wrong::Interface(0))?;
        let original = self.order.size(body, 0).ok_or(Wrong::Length)?;
        let most = if interface.most == 0 { usize::MAX } else { interface.most };
        let captured = original.min(most).min(body.len() - 4);
        Head::new(interface.link, last_ns, BODY + 4, captured, original).within(BODY + body.len())
    }

    /// The options of a block; what is no option any more ends them.
    fn options<'a>(&self, body: &'a [u8], at: usize) -> impl Iterator<Item = (u16, &'a [u8])> + use<'a> {
        let (order, mut at) = (self.order, at);
        std::iter::from_fn(move || {
            let number = order.u16(body, at).filter(|number| *number != option::END)?;
            let length = usize::from(order.u16(body, at + 2)?);
            let value = body.get(at + 4..at + 4 + length)?;
            at += 4 + length.next_multiple_of(4);
            Some((number, value))
        })
    }
}

impl Resolution {
    fn of(exponent: u8) -> Self {
        let power = u32::from(exponent & 0x7f);
        if exponent & 0x80 == 0 { Self::Decimal(power) } else { Self::Binary(power) }
    }

    fn nanoseconds(self, units: u64) -> i128 {
        const BILLION: i128 = 1_000_000_000;
        let units = i128::from(units);
        match self {
            Self::Decimal(power) if power <= 9 => units * 10_i128.pow(9 - power),
            // 39 digits are more than a stamp of 64 bits has, so nothing is left of it.
            Self::Decimal(power) => 10_i128.checked_pow(power - 9).map_or(0, |divisor| units / divisor),
            Self::Binary(power) => (units * BILLION).checked_shr(power).unwrap_or(0),
        }
    }
}

impl Interface {
    fn stamp_ns(&self, units: u64) -> i64 {
        let since = self.resolution.nanoseconds(units) + i128::from(self.offset_s) * 1_000_000_000;
        i64::try_from(since).unwrap_or(if since < 0 { i64::MIN } else { i64::MAX })
    }
}
