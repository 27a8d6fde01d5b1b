//! What was received on a connection: how much, its digest, and which replies it made due. Pure.

use crate::event::{EndedBy, PeerEnd};
use crate::settings::{Answers, Settings};
use crate::turns::{Due, Turns, Waiting};

/// What was received on a connection.
#[derive(Default)]
pub(crate) struct Received<'a> {
    pub(crate) count: u64,
    crc32: crc32fast::Hasher,
    /// Which replies are due. In a box: a connection without replies does not pay for them.
    turns: Option<Box<Turns<'a>>>,
    /// How reading ended, once it has.
    pub(crate) end: Option<(PeerEnd, EndedBy)>,
}

impl<'a> Received<'a> {
    pub(crate) fn of(settings: &'a Settings, id: u64) -> Self {
        let turns = match &settings.answers {
            Answers::Replies(replies) if !replies.is_empty() => Some(Box::new(Turns::new(replies, id))),
            _ => None,
        };
        Self { turns, ..Self::default() }
    }

    pub(crate) fn update(&mut self, octets: &[u8]) {
        self.count += octets.len() as u64;
        self.crc32.update(octets);
        if let Some(turns) = &mut self.turns {
            turns.received(octets);
        }
    }

    /// The replies that came to be due since this was last asked.
    pub(crate) fn due(&mut self) -> Vec<Due> {
        self.turns.as_mut().map(|turns| turns.take()).unwrap_or_default()
    }

    /// The reply that holds up the others.
    pub(crate) fn waiting(&self) -> Option<Waiting> {
        self.turns.as_ref().and_then(|turns| turns.waiting())
    }

    /// Whether a reply that is given once may still come to be due.
    pub(crate) fn has_replies(&self) -> bool {
        self.turns.as_ref().is_some_and(|turns| turns.has_more())
    }

    /// Whether a reply waits for a match that is there and may yet grow.
    pub(crate) fn is_growing(&mut self) -> bool {
        self.turns.as_mut().is_some_and(|turns| turns.is_growing())
    }

    /// Nothing more comes for now.
    pub(crate) fn settle(&mut self) {
        if let Some(turns) = &mut self.turns {
            turns.settle();
        }
    }

    /// Nothing more comes at all; `fin` is whether the client has ended its stream.
    pub(crate) fn no_more(&mut self, fin: bool) {
        if let Some(turns) = &mut self.turns {
            turns.end(fin);
        }
    }

    pub(crate) fn digest(self) -> String {
        format!("{:08x}", self.crc32.finalize())
    }
}
