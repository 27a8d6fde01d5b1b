//! A connection made up of packets: handshake, data each with its acknowledgment, ends.

use std::io::{self, Write};

use super::direction::Direction;
use super::frames::{Endpoints, Header};
use super::pcapng::PacketWriter;
use super::segment::Flags;
use super::sequence;

/// Octets of data in one segment at most: what fits into an IPv4 packet behind two headers without options.
pub const MOST_DATA: usize = 65_535 - 20 - 20;

/// One connection, written packet by packet.
#[derive(Debug)]
pub struct Exchange {
    endpoints: Endpoints,
    client: Half,
    server: Half,
    interface: u32,
    frame: Vec<u8>,
}

/// What one side has sent.
#[derive(Debug)]
struct Half {
    /// The number of its first octet.
    first: u32,
    octets: u64,
    has_ended: bool,
}

impl Half {
    /// The number of what it sends next.
    fn next(&self) -> u32 {
        sequence::number(self.first, self.octets + u64::from(self.has_ended))
    }
}

impl Exchange {
    /// A connection of which nothing is written yet. `number` gives its sequence numbers: no two of a file begin with the same.
    #[must_use]
    pub fn new(endpoints: Endpoints, number: u64, interface: u32) -> Self {
        // The golden ratio, by which numbers that follow each other lie far apart.
        let first = sequence::number(0, number).wrapping_mul(0x9e37_79b9);
        let half = |first| Half { first, octets: 0, has_ended: false };
        Self { endpoints, client: half(first), server: half(!first), interface, frame: Vec::new() }
    }

    /// SYN, SYN and ACK, ACK.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn open<W: Write>(&mut self, stamp_ns: i64, out: &mut PacketWriter<W>) -> io::Result<()> {
        let syn = Flags { syn: true, ..Flags::default() };
        for (direction, flags) in [(Direction::Received, syn), (Direction::Sent, Flags { ack: true, ..syn })] {
            let sequence = self.half(direction).first.wrapping_sub(1);
            self.write(stamp_ns, &self.header(direction, flags, sequence), &[], out)?;
        }
        self.acknowledge(Direction::Received, stamp_ns, out)
    }

    /// Segments of data, each acknowledged at once. `urgent` is the index of the octet that is urgent.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn data<W: Write>(
        &mut self,
        direction: Direction,
        stamp_ns: i64,
        octets: &[u8],
        urgent: Option<usize>,
        out: &mut PacketWriter<W>,
    ) -> io::Result<()> {
        let mut pieces = octets.chunks(MOST_DATA).peekable();
        let mut at = 0;
        while let Some(piece) = pieces.next() {
            // The pointer leads behind the octet.
            let pointer = urgent.and_then(|urgent| u16::try_from((urgent + 1).checked_sub(at)?).ok());
            let pointer = pointer.filter(|pointer| (1..=piece.len()).contains(&usize::from(*pointer)));
            let flags = Flags { psh: pieces.peek().is_none(), ack: true, urg: pointer.is_some(), ..Flags::default() };
            let header = Header { urgent: pointer.unwrap_or(0), ..self.header(direction, flags, self.half(direction).next()) };
            self.write(stamp_ns, &header, piece, out)?;
            self.half_mut(direction).octets += piece.len() as u64;
            self.acknowledge(direction.other(), stamp_ns, out)?;
            at += piece.len();
        }
        Ok(())
    }

    /// FIN and its acknowledgment; nothing, where that side has ended before.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn end<W: Write>(&mut self, direction: Direction, stamp_ns: i64, out: &mut PacketWriter<W>) -> io::Result<()> {
        if self.half(direction).has_ended {
            return Ok(());
        }
        let flags = Flags { fin: true, ack: true, ..Flags::default() };
        self.write(stamp_ns, &self.header(direction, flags, self.half(direction).next()), &[], out)?;
        self.half_mut(direction).has_ended = true;
        self.acknowledge(direction.other(), stamp_ns, out)
    }

    /// RST.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn abort<W: Write>(&mut self, direction: Direction, stamp_ns: i64, out: &mut PacketWriter<W>) -> io::Result<()> {
        let flags = Flags { rst: true, ack: true, ..Flags::default() };
        self.write(stamp_ns, &self.header(direction, flags, self.half(direction).next()), &[], out)
    }

    fn acknowledge<W: Write>(&mut self, direction: Direction, stamp_ns: i64, out: &mut PacketWriter<W>) -> io::Result<()> {
        let flags = Flags { ack: true, ..Flags::default() };
        self.write(stamp_ns, &self.header(direction, flags, self.half(direction).next()), &[], out)
    }

    fn header(&self, direction: Direction, flags: Flags, sequence: u32) -> Header {
        Header { direction, sequence, acknowledgment: self.half(direction.other()).next(), flags, urgent: 0 }
    }

    fn write<W: Write>(&mut self, stamp_ns: i64, header: &Header, data: &[u8], out: &mut PacketWriter<W>) -> io::Result<()> {
        self.endpoints.build(header, data, &mut self.frame)?;
        out.packet(self.interface, stamp_ns, &self.frame, self.frame.len())
    }

    fn half(&self, direction: Direction) -> &Half {
        match direction {
            Direction::Received => &self.client,
            Direction::Sent => &self.server,
        }
    }

    fn half_mut(&mut self, direction: Direction) -> &mut Half {
        match direction {
            Direction::Received => &mut self.client,
            Direction::Sent => &mut self.server,
        }
    }
}
