//! What was seen of a trial, held against what was expected: all that a verdict is made from. Pure.

use samewire_recorder::PeerEnd;

use crate::judge::conversation::Answered;
use crate::judge::end::End;
use crate::judge::messages::Decoded;
use crate::judge::order::Breach;
use crate::suite::expectation::Match;

/// What was seen of a trial.
#[derive(Debug, Clone)]
pub struct Observed {
    /// Every connection, in the order they were opened.
    pub connections: Vec<Connection>,
    /// How the client ended.
    pub end: End,
    /// How it went on too early, where it is held to that.
    pub breaches: Vec<Breach>,
    /// What it printed, held against what it should have; where nothing is asked of that, it is right whatever it is.
    pub output: Match,
    /// Whether nothing is asked of what it prints: it reads no plan, and its case does not speak of output.
    pub prints_freely: bool,
    /// Whether it never ends by itself, as its client says: how it ends, and how its connections end, is not judged.
    pub ends_freely: bool,
    /// What it printed in messages, where that is judged.
    pub printed: Option<Decoded>,
}

/// What was seen of one connection.
#[derive(Debug, Clone)]
pub struct Connection {
    /// Its octets, held against what they should be.
    pub content: Match,
    /// How the client ended it.
    pub ending: PeerEnd,
    /// Whether it was shown the recorder's certificate, under TLS.
    pub saw_certificate: bool,
    /// Its first octets.
    pub head: Vec<u8>,
    /// What there is to say of the recorder's answers.
    pub answered: Answered,
    /// Its octets in messages, where they are judged or explained by them.
    pub decoded: Option<Decoded>,
}
