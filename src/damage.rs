//! What can be wrong with a capture. Pure.

use std::io;

use crate::encoding::Encoding;
use crate::event::{FORMAT, PeerEnd};

/// No line of a capture is longer; a longer one is damage, not a reason to run out of memory.
pub const MAX_LINE: u64 = 16 << 20;

/// Why a capture is not true any more, and from which line on.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {damage}")]
pub struct CaptureError {
    /// The first line that is not true (from 1).
    pub line: u64,
    /// What is wrong with it.
    pub damage: Damage,
}

/// What can be wrong with a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is longer than [`MAX_LINE`].
    #[error("is longer than {MAX_LINE} octets")]
    TooLong,
    /// The file is no plain UTF-8, so none of its lines can be read.
    #[error("{0}")]
    Encoding(Encoding),
    /// It is not an event.
    #[error("is not an event of a capture: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The capture is empty, or begins with something else than `start`.
    #[error("is not a start event, with which a capture begins")]
    NoStart,
    /// A version of the format that is not known here.
    #[error(
        "has format {format}, which {recorder:?} wrote, and the formats known here are 1 to {FORMAT}; read it with that version"
    )]
    Format {
        /// The version.
        format: u32,
        /// Name and version of the program that recorded.
        recorder: String,
    },
    /// Something follows what should have been the last.
    #[error("follows the stop event, which should have been the last")]
    AfterStop,
    /// A second start.
    #[error("is a second start event")]
    SecondStart,
    /// Time goes backwards.
    #[error("goes back in time, from {before} to {now} microseconds")]
    Time {
        /// The time of the event before.
        before: u64,
        /// The time of this event.
        now: u64,
    },
    /// Connections are numbered 1, 2, 3.
    #[error("opens connection {found} where {expected} was next")]
    OpenOrder {
        /// The number that was next.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// An event of a connection that is not open.
    #[error("belongs to connection {0}, which is not open")]
    NotOpen(u64),
    /// Data after the end of its stream.
    #[error("has octets on connection {0} after its FIN")]
    AfterFin(u64),
    /// A TLS handshake after octets, or a second one.
    #[error("has a TLS handshake on connection {0} that comes too late")]
    LateTls(u64),
    /// An end of stream after the end of stream.
    #[error("ends connection {0} a second time")]
    SecondFin(u64),
    /// A half-close after the half-close.
    #[error("half-closes connection {0} a second time")]
    SecondShut(u64),
    /// A second `enough`.
    #[error("is a second enough event")]
    SecondEnough,
    /// A close that says otherwise of the client's end than what is recorded.
    #[error("says of connection {connection} that the client {}, and {}", said(*.peer), recorded(*.peer))]
    Ending {
        /// The connection.
        connection: u64,
        /// What the close says.
        peer: PeerEnd,
    },
    /// An answer after the recorder's own end of stream.
    #[error("has an answer on connection {0} after the recorder's half-close")]
    AfterShut(u64),
    /// Octets are missing or doubled.
    #[error("has offset {found} on connection {connection} where {expected} was next")]
    Offset {
        /// The connection.
        connection: u64,
        /// The offset that was next.
        expected: u64,
        /// The offset that stands there.
        found: u64,
    },
    /// An urgent octet that is none of those it stands with.
    #[error("has an urgent octet on connection {0} that is none of its octets")]
    Urgent(u64),
    /// `bytes` of a close is not the number of octets before it.
    #[error("counts {found} octets on connection {connection}, and {expected} are recorded")]
    Count {
        /// The connection.
        connection: u64,
        /// The octets that are recorded.
        expected: u64,
        /// The octets that are counted.
        found: u64,
    },
    /// The digest of a close is not that of the octets before it.
    #[error("has a digest of connection {0} that is not that of its octets")]
    Digest(u64),
    /// `connections` of a stop is not their number, or some were never closed.
    #[error("counts {found} connections, and {expected} were opened and closed")]
    Connections {
        /// The connections that were opened and closed.
        expected: u64,
        /// The connections that are counted.
        found: u64,
    },
}

fn said(peer: PeerEnd) -> &'static str {
    if peer == PeerEnd::Fin { "ended it" } else { "had not ended it" }
}

fn recorded(peer: PeerEnd) -> &'static str {
    if peer == PeerEnd::Fin { "its FIN is not recorded" } else { "its FIN is recorded" }
}
