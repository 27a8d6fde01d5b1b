//! A connection that was recorded, as a recorder plays its server again.

use samewire_recorder::{PeerEnd, TlsOptions};

use crate::run::learn::Span;
use crate::suite::expectation::Endings;

/// The most octets of one connection, both directions together, that become a case: 16 MiB.
pub(super) const MOST: usize = 16 << 20;

/// One connection, from its beginning to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replay {
    /// Which of those that were recorded, from 1.
    pub number: u64,
    /// Who spoke with whom: `127.0.0.1:50000 with 127.0.0.1:6379`.
    pub between: String,
    /// When it was, where that is known.
    pub(crate) ran: Option<Span>,
    /// The server's port, where it has one.
    pub port: Option<u16>,
    /// What the client sent.
    pub received: Vec<u8>,
    /// How the client ended.
    pub ending: Endings,
    /// What the server answered, in its order.
    pub answers: Vec<Answer>,
    /// How the server ended, where it was the first.
    pub server_end: Option<ServerEnd>,
    /// What TLS was like that these octets were in, where the recording holds what was in it.
    pub tls: Option<TlsOptions>,
}

/// What the server said after so many octets, and before any more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// How many octets of the client it had by then.
    pub after: u64,
    /// What it said.
    pub octets: Vec<u8>,
}

/// How a server ends a connection, and after how many octets of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServerEnd {
    /// By FIN; it reads on.
    HalfClose(u64),
    /// By FIN; it reads no more.
    Close(u64),
    /// By RST.
    Reset(u64),
}

/// A connection that becomes no case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// Which of those that were recorded, from 1.
    pub number: u64,
    /// Who spoke with whom.
    pub between: String,
    /// Why.
    pub why: String,
}

/// What there is in a recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Imported {
    /// What becomes cases.
    pub replays: Vec<Replay>,
    /// What does not.
    pub left_out: Vec<LeftOut>,
    /// What else there is to say of it.
    pub remarks: Vec<String>,
}

impl Replay {
    /// The octets that a recorder receives that ends the connection as this server did.
    pub(super) fn until_the_end(mut self) -> Self {
        if let Some(ServerEnd::Close(after) | ServerEnd::Reset(after)) = self.server_end {
            self.received.truncate(usize::try_from(after).unwrap_or(usize::MAX));
            // What the client makes of being cut off is not looked at.
            self.ending = PeerEnd::Open.into();
        }
        self
    }

    /// Why it can be no case, if it cannot.
    fn refusal(&self) -> Option<String> {
        let octets = self.received.len() + self.answers.iter().map(|answer| answer.octets.len()).sum::<usize>();
        match () {
            () if is_tls(&self.received) => Some(
                "it speaks TLS: its octets are encrypted, and no other handshake has the same; record the plain octets instead"
                    .into(),
            ),
            () if octets > MOST => Some(format!("it has {octets} octets, and {} MiB is the most of a case", MOST >> 20)),
            () if octets == 0 => Some("nobody said anything on it".into()),
            () => None,
        }
    }
}

impl Imported {
    /// Takes a connection, if it can be a case.
    pub(super) fn take(&mut self, replay: Replay) {
        match replay.refusal() {
            None => self.replays.push(replay.until_the_end()),
            Some(why) => self.left_out.push(LeftOut { number: replay.number, between: replay.between, why }),
        }
    }
}

/// Whether octets begin as a `ClientHello` in a TLS record does (RFC 8446, 5.1 and 4).
fn is_tls(octets: &[u8]) -> bool {
    matches!(octets, [0x16, 3, 0..=4, _, _, 1, ..])
}

/// More of what the server says: it belongs to the answer before it, where the client has said nothing in between.
pub(super) fn say(answers: &mut Vec<Answer>, after: u64, octets: &[u8]) {
    match answers.last_mut() {
        _ if octets.is_empty() => {}
        Some(last) if last.after == after => last.octets.extend_from_slice(octets),
        _ => answers.push(Answer { after, octets: octets.to_vec() }),
    }
}

/// When it was, of nanoseconds since 1970. Stamps that are not of this century are nobody's clock, and numbers near them say nothing.
pub(super) fn ran(from_ns: i64, to_ns: i64) -> Option<Span> {
    const LEAST_NS: i64 = 978_307_200_000_000_000;
    (from_ns >= LEAST_NS).then(|| Span { from: i128::from(from_ns) / 1000, to: i128::from(to_ns) / 1000 })
}
