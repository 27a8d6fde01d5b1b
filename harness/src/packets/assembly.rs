//! Packets, one after the other, put together to connections.

use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::net::SocketAddr;

use super::connection::Connection;
use super::limits::{Budget, Limits};
use super::pcapng::{Ending, Packet, PacketReader, ReadError};
use super::segment::{NotTcp, Segment};

/// Puts connections together.
#[derive(Debug)]
pub struct Assembler {
    limits: Limits,
    octets: Budget,
    rows: Budget,
    connections: Vec<Connection>,
    /// The last connection between two addresses, the lesser first.
    latest: HashMap<(SocketAddr, SocketAddr), usize>,
    headless: HashSet<(SocketAddr, SocketAddr)>,
    unread: Unread,
}

/// What packets showed.
#[derive(Debug)]
pub struct Assembly {
    /// The connections whose beginning was seen, in its order.
    pub connections: Vec<Connection>,
    /// Between which addresses there were segments of a connection that began before the packets did. In no order.
    pub began_before: Vec<(SocketAddr, SocketAddr)>,
    /// What was not read.
    pub unread: Unread,
    /// Packets that were not captured, as the file says.
    pub dropped: u64,
    /// How the file ended.
    pub ending: Ending,
}

/// Packets of which nothing became.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Unread {
    /// Of other protocols, or damaged.
    pub other: u64,
    /// Fragments of IP packets.
    pub fragments: u64,
    /// Cut off in their headers when they were captured.
    pub cut: u64,
    /// Of a link type that is not known.
    pub unknown_link: u64,
    /// The last such link type.
    pub link: Option<u32>,
    /// Of connections beyond [`Limits::connections`].
    pub beyond: u64,
}

/// Reads a whole file of packets.
///
/// # Errors
/// The file cannot be read.
pub fn assemble<R: Read>(packets: PacketReader<R>, limits: Limits) -> Result<Assembly, ReadError> {
    match assemble_so_far(packets, limits) {
        (_, Some(damage)) => Err(damage),
        (assembly, None) => Ok(assembly),
    }
}

/// Reads a file of packets as far as it can be read, and says why not farther.
pub fn assemble_so_far<R: Read>(mut packets: PacketReader<R>, limits: Limits) -> (Assembly, Option<ReadError>) {
    let mut assembler = Assembler::new(limits);
    let damage = loop {
        match packets.next() {
            Ok(Some(packet)) => assembler.packet(&packet),
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    (assembler.finish(packets.dropped(), packets.ending().unwrap_or(Ending::Whole)), damage)
}

impl Assembly {
    /// What its connections are not: all that passed. `began_before` is how many of those that began before the packets are meant.
    #[must_use]
    pub fn asides(&self, began_before: usize) -> Vec<String> {
        let unread = &self.unread;
        let asides = [
            (began_before as u64, "connections began before the packets do, and are left out"),
            (unread.other, "packets are no TCP"),
            (unread.fragments, "packets are fragments, and are not joined"),
            (unread.cut, "packets were cut off in their headers"),
            (unread.unknown_link, "packets are of a link type that is not known here"),
            (unread.beyond, "packets are of connections beyond those that are kept"),
            (self.dropped, "packets were not captured: the kernel dropped them"),
        ];
        asides.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect()
    }
}

impl Assembler {
    /// One that has seen nothing.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            octets: Budget::of(limits.octets),
            rows: Budget::of(limits.rows),
            connections: Vec::new(),
            latest: HashMap::new(),
            headless: HashSet::new(),
            unread: Unread::default(),
        }
    }

    /// Takes the next packet.
    pub fn packet(&mut self, packet: &Packet<'_>) {
        match Segment::parse(packet.link, packet.octets, packet.original) {
            Ok(segment) => self.segment(packet.stamp_ns, &segment),
            Err(why) => self.unread.count(why),
        }
    }

    /// Takes the next segment.
    pub fn segment(&mut self, stamp_ns: i64, segment: &Segment<'_>) {
        let (source, target) = (segment.source, segment.target);
        let between = (source.min(target), source.max(target));
        let latest = self.latest.get(&between).copied();
        let latest = latest.filter(|latest| !segment.flags.syn || !self.connections[*latest].is_another(segment));
        let index = match latest {
            Some(latest) => latest,
            None if !segment.flags.syn => return self.headless(between),
            None if self.connections.len() == self.limits.connections => {
                self.unread.beyond += 1;
                return;
            }
            None => self.begin(between, stamp_ns, segment),
        };
        self.connections[index].take(stamp_ns, segment, &mut self.octets, &mut self.rows);
    }

    fn begin(&mut self, between: (SocketAddr, SocketAddr), stamp_ns: i64, syn: &Segment<'_>) -> usize {
        let (client, server) = if syn.flags.ack { (syn.target, syn.source) } else { (syn.source, syn.target) };
        self.connections.push(Connection::new(client, server, stamp_ns));
        let index = self.connections.len() - 1;
        self.latest.insert(between, index);
        index
    }

    fn headless(&mut self, between: (SocketAddr, SocketAddr)) {
        if self.headless.len() < self.limits.connections {
            self.headless.insert(between);
        } else {
            self.unread.beyond += 1;
        }
    }

    /// What there was. `dropped` packets were not captured, and the file ended so.
    #[must_use]
    pub fn finish(self, dropped: u64, ending: Ending) -> Assembly {
        Assembly {
            connections: self.connections,
            began_before: self.headless.into_iter().collect(),
            unread: self.unread,
            dropped,
            ending,
        }
    }
}

impl Unread {
    fn count(&mut self, why: NotTcp) {
        match why {
            NotTcp::Other => self.other += 1,
            NotTcp::Fragment => self.fragments += 1,
            NotTcp::Cut => self.cut += 1,
            NotTcp::Link(number) => {
                self.unknown_link += 1;
                self.link = Some(number);
            }
        }
    }
}
