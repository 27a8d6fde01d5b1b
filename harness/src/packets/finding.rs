//! What two witnesses make of a trial, and how that is said.

use std::fmt;
use std::net::SocketAddr;

use super::clock::Clock;
use super::direction::Direction;

/// What two witnesses make of a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whether they agree.
    pub finding: Finding,
    /// What is worth saying beside it: first what was dialled elsewhere.
    pub remarks: Vec<Remark>,
    /// The number in the capture of each connection of the packets, in their order; `None` where the recorder never had it.
    pub numbers: Vec<Option<u64>>,
    /// The clock of the capture; `None` where its first event says no time.
    pub clock: Option<Clock>,
}

impl Held {
    /// What a program dialled elsewhere and in vain, where the recorder never had a connection of it.
    #[must_use]
    pub fn dialled(&self) -> Option<&Remark> {
        let is_elsewhere = |remark: &&Remark| matches!(remark, Remark::Refused { .. });
        self.remarks.iter().find(is_elsewhere).filter(|_| self.numbers.iter().all(Option::is_none))
    }
}

/// Whether two witnesses agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// They do.
    Agrees {
        /// Connections that were compared.
        connections: u64,
    },
    /// They do not.
    Disagrees(Disagreement),
    /// So many packets were dropped by the kernel: nothing is held against the rest.
    Dropped(u64),
    /// The packets are more than are kept of a trial: nothing is held against them.
    TooLarge,
    /// There were no packets to see: the recorder listened on Unix sockets alone.
    NoPackets,
}

/// Where two witnesses say different things. Connections are numbered as in the capture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disagreement {
    /// Of one octet.
    Octet {
        /// The connection.
        connection: u64,
        /// Which stream.
        direction: Direction,
        /// Where in it.
        offset: u64,
        /// What the capture has.
        captured: u8,
        /// What the packets have.
        packets: u8,
    },
    /// Of how many there were.
    Length {
        /// The connection.
        connection: u64,
        /// Which stream.
        direction: Direction,
        /// Octets in the capture.
        captured: u64,
        /// Octets in the packets.
        packets: u64,
    },
    /// Of octets that the capture knows by their digest alone, as those under TLS.
    Digest {
        /// The connection.
        connection: u64,
        /// Which stream.
        direction: Direction,
        /// Octets of which it is.
        octets: u64,
    },
    /// An octet is in no packet.
    Gap {
        /// The connection.
        connection: u64,
        /// Which stream.
        direction: Direction,
        /// Where in it.
        offset: u64,
    },
    /// The packets themselves say different things of one octet.
    Conflict {
        /// The connection.
        connection: u64,
        /// Which stream.
        direction: Direction,
        /// Where in it.
        offset: u64,
        /// What the first packet has.
        first: u8,
        /// What a later one has.
        later: u8,
    },
    /// The capture says that the client ended by FIN, and no packet has it.
    NoFin {
        /// The connection.
        connection: u64,
    },
    /// A connection of the capture is in no packet.
    NoConnection {
        /// The connection.
        connection: u64,
        /// Its client, as the capture says.
        client: String,
    },
}

/// What is worth saying of packets, and is no fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remark {
    /// The kernel took a connection, and the recorder never accepted it.
    NeverAccepted {
        /// Who connected.
        client: SocketAddr,
        /// To whom.
        server: SocketAddr,
    },
    /// A program dialled where nobody listens, and the recorder is elsewhere.
    Refused {
        /// What it dialled.
        server: SocketAddr,
        /// How often.
        times: usize,
        /// The first address of the recorder.
        recorder: Option<SocketAddr>,
    },
    /// A program dialled the recorder, which did not listen: not yet, no longer, or not at all as its case has it.
    NotListening {
        /// What it dialled.
        server: SocketAddr,
        /// How often.
        times: usize,
    },
    /// Each octet came in a segment of its own.
    SingleOctets {
        /// The connection, as in the capture.
        connection: u64,
        /// How many.
        segments: u64,
    },
}

/// A sentence for people.
impl fmt::Display for Disagreement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Octet { connection, direction, offset, captured, packets } => write!(
                f,
                "of what was {direction} on connection {connection}, the octet at offset {offset} is {captured:02x} in the capture \
                 and {packets:02x} in the packets"
            ),
            Self::Length { connection, direction, captured, packets } => write!(
                f,
                "of what was {direction} on connection {connection}, {captured} octets are in the capture and {packets} in the packets"
            ),
            Self::Digest { connection, direction, octets } => write!(
                f,
                "of what was {direction} on connection {connection}, the first {octets} octets of the packets are not those of which the \
                 capture has the digest"
            ),
            Self::Gap { connection, direction, offset } => write!(
                f,
                "of what was {direction} on connection {connection}, the octet at offset {offset} is in no packet, though the kernel \
                 dropped none"
            ),
            Self::Conflict { connection, direction, offset, first, later } => write!(
                f,
                "of what was {direction} on connection {connection}, the octet at offset {offset} is {first:02x} in one packet and \
                 {later:02x} in a later one"
            ),
            Self::NoFin { connection } => {
                write!(f, "the capture says that the client ended connection {connection} by FIN, and no packet has that")
            }
            Self::NoConnection { connection, client } => {
                write!(f, "no packet begins connection {connection} of the capture, from {}", client.escape_debug())
            }
        }
    }
}

/// A sentence for people.
impl fmt::Display for Remark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NeverAccepted { client, server } => {
                write!(f, "a connection from {client} to {server} was never accepted by the recorder")
            }
            Self::Refused { server, times, recorder } => {
                write!(f, "it dialled {server}, where nobody listens{}{}", often(*times), told_instead(*server, *recorder))
            }
            Self::NotListening { server, times } => {
                write!(f, "it dialled {server}, where the recorder did not listen then{}", often(*times))
            }
            Self::SingleOctets { connection, segments } => {
                write!(f, "connection {connection} received one octet per segment, in {segments} segments")
            }
        }
    }
}

/// Nothing of once, else ` (3 times)`.
fn often(times: usize) -> String {
    if times == 1 { String::new() } else { format!(" ({times} times)") }
}

/// What of the address a program was told and did not dial.
fn told_instead(dialled: SocketAddr, recorder: Option<SocketAddr>) -> String {
    match recorder {
        Some(recorder) if recorder.port() != dialled.port() => format!("; {{port}} is {}", recorder.port()),
        Some(recorder) => format!("; {{host}} is {}", recorder.ip()),
        None => String::new(),
    }
}
