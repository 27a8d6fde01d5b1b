//! Octets as messages with named fields: the decoders that are built in, and messages held against what a case expects. Pure.
//!
//! Messages of programs and of Wireshark look the same from here: a trial runs those, and hands their messages over.
//!
//! Owns what a [`Message`] is. Their octets always sum up to the octets that were given: what no decoder explains is a message of its
//! own, [`Message::undecoded`].

mod collected;
mod frames;
mod growing;
mod held;
mod http1;
mod json;
mod key_value;
mod lines;
mod matching;
mod message;
mod parting;
mod payload;
#[cfg(test)]
mod tests;
mod whole;

pub use collected::Collected;
pub use growing::settled;
pub use held::{Apart, Held, MessageDifference, compare, compare_but, hold, refused};
pub use message::{Field, Message, Span};

use crate::suite::DecoderKind;

/// Octets in messages, and what came of holding these against what is expected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Decoded {
    /// The name of what decoded them.
    pub decoder: String,
    /// Its version, where it has one.
    pub version: Option<String>,
    /// The messages.
    pub messages: Vec<Message>,
    /// What of them is different.
    pub held: Held,
    /// Whether they are judged; else octets are, and messages only explain.
    pub judges: bool,
    /// Why they explain nothing, where the decoder failed.
    pub failed: Option<String>,
}

impl Decoded {
    /// Whether they are judged, and are not what they should be.
    #[must_use]
    pub fn is_wrong(&self) -> bool {
        self.judges && !self.held.differences.is_empty()
    }
}

/// Which way octets went, seen from the recorder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the client.
    Received,
    /// To the client.
    Sent,
}

impl Direction {
    /// Its name, as decoders are told it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Sent => "sent",
        }
    }
}

/// The messages of octets, where the decoder is none that has to be run. `questions` are the messages that octets which were sent
/// answer: of HTTP, an answer has a body or not by what was asked.
#[must_use]
pub fn decode(kind: &DecoderKind, direction: Direction, octets: &[u8], questions: &[Message]) -> Option<Vec<Message>> {
    match (kind, direction) {
        (DecoderKind::Lines(lines), _) => Some(lines::decode(lines, octets)),
        (DecoderKind::Frames(frames), _) => Some(frames::decode(frames, octets)),
        (DecoderKind::Http1, Direction::Received) => Some(http1::requests(octets)),
        (DecoderKind::Http1, Direction::Sent) => Some(http1::answers(octets, questions)),
        (DecoderKind::Program(_) | DecoderKind::Wireshark(_), _) => None,
    }
}
