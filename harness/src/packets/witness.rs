//! Two witnesses of one trial: what a recorder captured, and what packets passed.
//!
//! Received: both are equal where the client's FIN was read. Where the recorder or an RST ended the connection, what was captured is
//! a beginning of what the packets hold: the rest was never read. Sent: what the packets hold is a beginning of what the capture
//! says, since a client may leave before all of it was sent; both are equal where the recorder's FIN stands behind it, and what the
//! client acknowledged is in the packets. Nothing is held against packets of which the kernel dropped some.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;

use samewire_recorder::{Event, PeerEnd, Wire};

use super::assembly::Assembly;
use super::clock::Clock;
use super::connection::Connection;
use super::direction::Direction;
use super::finding::{Disagreement, Finding, Held, Remark};
use super::frames::{canonical, listened};

/// Holds the events of a capture against packets, one after the other.
pub struct Witness<'a> {
    packets: &'a Assembly,
    recorder: Vec<SocketAddr>,
    /// The connections to the recorder that no event opened yet, by their clients, in the order of their SYNs.
    waiting: HashMap<SocketAddr, VecDeque<usize>>,
    /// The number that the capture gives each.
    numbers: Vec<Option<u64>>,
    clock: Option<Clock>,
    open: HashMap<u64, Account<'a>>,
    found: Option<Disagreement>,
    compared: u64,
    is_unix: bool,
}

/// What a capture said so far of a connection.
struct Account<'a> {
    packets: &'a Connection,
    received: u64,
    sent: u64,
    /// Its events have what was in the octets, and not the octets.
    is_encrypted: bool,
}

/// Remarks at most; a client that scans ports makes one for each.
const MOST_REMARKS: usize = 20;

/// Fewer octets than these may each be a message.
const FEW_OCTETS: u64 = 4;

/// Holds a whole capture against packets. `recorder` are the addresses that the recorder listened on.
///
/// # Errors
/// Whatever keeps an event from being read.
pub fn hold<'e, E>(
    packets: &Assembly,
    recorder: &[SocketAddr],
    mut capture: impl Iterator<Item = Result<Event<'e>, E>>,
) -> Result<Held, E> {
    let mut witness = Witness::new(packets, recorder);
    capture.try_for_each(|event| event.map(|event| witness.event(&event)))?;
    Ok(witness.finish())
}

impl<'a> Witness<'a> {
    /// One that has seen the packets alone.
    #[must_use]
    pub fn new(packets: &'a Assembly, recorder: &[SocketAddr]) -> Self {
        let recorder: Vec<SocketAddr> = recorder.iter().copied().map(canonical).collect();
        let mut waiting: HashMap<SocketAddr, VecDeque<usize>> = HashMap::new();
        for (index, connection) in packets.connections.iter().enumerate() {
            if connection.is_established() && is_to(&recorder, connection.server()) {
                waiting.entry(canonical(connection.client())).or_default().push_back(index);
            }
        }
        let numbers = vec![None; packets.connections.len()];
        Self { packets, recorder, waiting, numbers, clock: None, open: HashMap::new(), found: None, compared: 0, is_unix: false }
    }

    /// Takes the next event of a capture that was checked.
    pub fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Start { address, at, .. } => {
                self.is_unix = listened(address).next().is_none();
                self.clock = Clock::of(at).ok();
            }
            Event::Open { connection, peer, .. } => self.opened(*connection, peer),
            Event::Data { connection, offset, octets, .. } => self.octets(*connection, Direction::Received, *offset, octets),
            Event::Sent { connection, offset, octets, .. } => self.octets(*connection, Direction::Sent, *offset, octets),
            Event::Tls { connection, .. } => self.encrypted(*connection),
            Event::Close { connection, peer, wire, .. } => {
                self.on_the_wire(*connection, wire.as_ref());
                self.closed(*connection, *peer);
            }
            Event::Fin { .. } | Event::Shut { .. } | Event::Enough { .. } | Event::Stop { .. } => {}
        }
    }

    /// Says that the octets in a connection's events are not those on the wire: it is under TLS. They are not compared;
    /// [`Witness::digest`] says what is, before the connection is closed.
    pub fn encrypted(&mut self, connection: u64) {
        if let Some(account) = self.open.get_mut(&connection) {
            account.is_encrypted = true;
        }
    }

    /// Holds the digest (CRC-32, as in `close`) of the first `octets` of a direction, as they were on the wire, against the packets.
    pub fn digest(&mut self, connection: u64, direction: Direction, octets: u64, crc32: u32) {
        let Some(account) = self.open.get_mut(&connection) else { return };
        *account.count(direction) = octets;
        let known = account.packets.stream(direction).octets();
        let known = usize::try_from(octets).ok().and_then(|octets| known.get(..octets));
        // Where the packets have fewer, that is told when it is closed.
        if known.is_some_and(|known| crc32fast::hash(known) != crc32) {
            self.found(Disagreement::Digest { connection, direction, octets });
        }
    }

    /// What was on the wire, where what is in the events was not.
    fn on_the_wire(&mut self, connection: u64, wire: Option<&Wire<'_>>) {
        let Some(wire) = wire else { return };
        for (direction, octets, crc32) in
            [(Direction::Received, wire.received, &wire.received_crc32), (Direction::Sent, wire.sent, &wire.sent_crc32)]
        {
            if let Ok(crc32) = u32::from_str_radix(crc32, 16) {
                self.digest(connection, direction, octets, crc32);
            }
        }
    }

    /// What the two make of it.
    #[must_use]
    pub fn finish(self) -> Held {
        Held { finding: self.finding(), remarks: self.remarks(), clock: self.clock, numbers: self.numbers }
    }

    fn finding(&self) -> Finding {
        let to_recorder = |connection: &&Connection| is_to(&self.recorder, connection.server());
        let mut to_recorder = self.packets.connections.iter().filter(to_recorder);
        if self.packets.dropped > 0 {
            return Finding::Dropped(self.packets.dropped);
        }
        if self.is_unix {
            return Finding::NoPackets;
        }
        if self.packets.unread.beyond > 0 || to_recorder.any(Connection::is_too_large) {
            return Finding::TooLarge;
        }
        match &self.found {
            Some(found) => Finding::Disagrees(found.clone()),
            None => Finding::Agrees { connections: self.compared },
        }
    }

    fn remarks(&self) -> Vec<Remark> {
        let others = self.packets.connections.iter().zip(&self.numbers).filter_map(|(connection, number)| match number {
            Some(number) => single_octets(*number, connection),
            None => self.never_accepted(connection),
        });
        self.refused().into_iter().chain(others).take(MOST_REMARKS).collect()
    }

    /// Each address that refused, once: what is not the recorder's first.
    fn refused(&self) -> Vec<Remark> {
        let refused = self.packets.connections.iter().filter(|connection| connection.is_refused());
        let (mut elsewhere, mut here) = (Vec::<(SocketAddr, usize)>::new(), Vec::new());
        for server in refused.map(|connection| canonical(connection.server())) {
            let list = if is_to(&self.recorder, server) { &mut here } else { &mut elsewhere };
            // Whoever tries every port is not told each.
            let has_room = list.len() < MOST_REMARKS;
            match list.iter_mut().find(|(other, _)| *other == server) {
                Some((_, times)) => *times += 1,
                None if has_room => list.push((server, 1)),
                None => {}
            }
        }
        let recorder = self.recorder.first().copied();
        let elsewhere = elsewhere.into_iter().map(|(server, times)| Remark::Refused { server, times, recorder });
        elsewhere.chain(here.into_iter().map(|(server, times)| Remark::NotListening { server, times })).collect()
    }

    fn never_accepted(&self, connection: &Connection) -> Option<Remark> {
        let (client, server) = (connection.client(), connection.server());
        let is_one = connection.is_established() && is_to(&self.recorder, server);
        is_one.then_some(Remark::NeverAccepted { client, server })
    }

    fn opened(&mut self, number: u64, peer: &str) {
        // A Unix socket's client has no address, and no packets.
        let Ok(client) = peer.parse().map(canonical) else { return };
        match self.waiting.get_mut(&client).and_then(VecDeque::pop_front) {
            Some(index) => {
                let packets = &self.packets.connections[index];
                self.open.insert(number, Account { packets, received: 0, sent: 0, is_encrypted: false });
                self.numbers[index] = Some(number);
                self.compared += 1;
            }
            None => self.found(Disagreement::NoConnection { connection: number, client: peer.to_owned() }),
        }
    }

    fn octets(&mut self, number: u64, direction: Direction, offset: u64, captured: &[u8]) {
        let Some(account) = self.open.get_mut(&number).filter(|account| !account.is_encrypted) else { return };
        *account.count(direction) = offset + captured.len() as u64;
        let stream = account.packets.stream(direction).octets();
        let packets = usize::try_from(offset).ok().and_then(|offset| stream.get(offset..)).unwrap_or_default();
        if let Some(index) = difference(captured, packets) {
            let (captured, packets) = (captured[index], packets[index]);
            let offset = offset + index as u64;
            self.found(Disagreement::Octet { connection: number, direction, offset, captured, packets });
        }
    }

    fn closed(&mut self, number: u64, peer: PeerEnd) {
        let Some(account) = self.open.remove(&number) else { return };
        if let Some(disagreement) = account.whole(number, peer) {
            self.found(disagreement);
        }
    }

    /// The first is said.
    fn found(&mut self, disagreement: Disagreement) {
        self.found.get_or_insert(disagreement);
    }
}

impl Account<'_> {
    /// How many octets the capture says there were.
    fn count(&mut self, direction: Direction) -> &mut u64 {
        match direction {
            Direction::Received => &mut self.received,
            Direction::Sent => &mut self.sent,
        }
    }

    /// What only the end of a connection shows.
    fn whole(&self, connection: u64, peer: PeerEnd) -> Option<Disagreement> {
        self.received_whole(connection, peer).or_else(|| self.sent_whole(connection))
    }

    fn received_whole(&self, connection: u64, peer: PeerEnd) -> Option<Disagreement> {
        let direction = Direction::Received;
        let stream = self.packets.stream(direction);
        let (captured, packets) = (self.received, stream.octets().len() as u64);
        // Behind the end that TLS tells of, FIN need not have been read.
        let has_all = if self.is_encrypted { peer == PeerEnd::Truncated } else { peer == PeerEnd::Fin };
        if let Some(offset) = self.packets.gap(direction) {
            return Some(Disagreement::Gap { connection, direction, offset });
        }
        self.conflict(connection, direction).or_else(|| match captured.cmp(&packets) {
            std::cmp::Ordering::Greater => Some(Disagreement::Length { connection, direction, captured, packets }),
            std::cmp::Ordering::Less if has_all => Some(Disagreement::Length { connection, direction, captured, packets }),
            _ => (has_all && stream.end().is_none()).then_some(Disagreement::NoFin { connection }),
        })
    }

    fn sent_whole(&self, connection: u64) -> Option<Disagreement> {
        let direction = Direction::Sent;
        let stream = self.packets.stream(direction);
        let (captured, packets) = (self.sent, stream.octets().len() as u64);
        if let Some(offset) = self.packets.gap(direction) {
            return Some(Disagreement::Gap { connection, direction, offset });
        }
        // The kernel sends a FIN behind all it was given. What was acknowledged and is in no packet is a gap.
        let is_all = stream.end().is_some();
        let is_other = packets > captured || (is_all && packets != captured);
        let length = is_other.then_some(Disagreement::Length { connection, direction, captured, packets });
        self.conflict(connection, direction).or(length)
    }

    fn conflict(&self, connection: u64, direction: Direction) -> Option<Disagreement> {
        let conflict = self.packets.stream(direction).conflict()?;
        let (offset, first, later) = (conflict.offset, conflict.kept, conflict.came);
        Some(Disagreement::Conflict { connection, direction, offset, first, later })
    }
}

/// Whether what was received is enough octets to say so, and each came alone.
fn single_octets(connection: u64, packets: &Connection) -> Option<Remark> {
    let segments = packets.single_octets(Direction::Received).filter(|segments| *segments >= FEW_OCTETS)?;
    Some(Remark::SingleOctets { connection, segments })
}

/// The index of the first octet that both have and that differs.
fn difference(captured: &[u8], packets: &[u8]) -> Option<usize> {
    let both = captured.len().min(packets.len());
    if captured[..both] == packets[..both] {
        return None;
    }
    captured.iter().zip(packets).position(|(captured, packets)| captured != packets)
}

/// Whether an address is one that the recorder listened on; an unspecified one stands for all of a machine's.
fn is_to(recorder: &[SocketAddr], address: SocketAddr) -> bool {
    let address = canonical(address);
    recorder.iter().any(|own| own.port() == address.port() && (own.ip().is_unspecified() || own.ip() == address.ip()))
}
