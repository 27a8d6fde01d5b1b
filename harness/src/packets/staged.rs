//! Packets made of what two sides said to each other, where only the order of it counts: all of one moment.

use std::io::{self, Write};
use std::ops::Range;

use super::direction::Direction;
use super::exchange::{Exchange, MOST_DATA};
use super::frames::Endpoints;
use super::link::LinkType;
use super::pcapng::PacketWriter;

/// The moment of all packets, in nanoseconds since 1970: what is read from them is to be the same every time.
const STAMP_NS: i64 = 1_600_000_000_000_000_000;

/// Packets that are there whatever is said: the handshake; and both ends, acknowledged.
const AROUND: (usize, usize) = (3, 4);

/// What each packet of a conversation carries: nothing, or these octets of what one side said.
pub type Carried = Option<(Direction, Range<usize>)>;

/// Writes a whole connection as a section of pcapng: what one side says without the other in between is in as few segments as fit.
/// Both sides end in order. `number` is no other connection's of the same reader. What each of the packets carries is returned.
///
/// # Errors
/// They cannot be written.
pub fn stage<'a, W: Write>(
    turns: impl IntoIterator<Item = (Direction, &'a [u8])>,
    (endpoints, number): (Endpoints, u64),
    out: W,
    program: &str,
) -> io::Result<Vec<Carried>> {
    let mut out = PacketWriter::new(out, program)?;
    let interface = out.interface(LinkType::Ethernet, "made from a capture")?;
    let mut exchange = Exchange::new(endpoints, number, interface);
    let mut carried = vec![None; AROUND.0];
    let mut said = [0, 0];
    exchange.open(STAMP_NS, &mut out)?;
    for (direction, octets) in turns {
        exchange.data(direction, STAMP_NS, octets, None, &mut out)?;
        let said = &mut said[usize::from(direction == Direction::Sent)];
        for piece in octets.chunks(MOST_DATA) {
            // Each has its acknowledgment behind it.
            carried.extend([Some((direction, *said..*said + piece.len())), None]);
            *said += piece.len();
        }
    }
    for direction in [Direction::Received, Direction::Sent] {
        exchange.end(direction, STAMP_NS, &mut out)?;
    }
    carried.extend(vec![None; AROUND.1]);
    out.flush()?;
    Ok(carried)
}
