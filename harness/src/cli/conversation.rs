//! What both sides of a connection say, as messages in the order in which they were whole. Pure, but for the decoder.

use samewire_recorder::Event;

use super::decoding::Decoding;
use super::hidden::Hidden;
use super::messages::{self, sign};
use crate::judge::messages::{Direction, Message};
use crate::trial::dialogue::{Dialogue, said};
use crate::trial::difference::LOOKED_AT;

/// What was said on a connection, as far as it fits into memory.
#[derive(Default)]
pub(super) struct Conversation {
    pub dialogue: Dialogue,
    /// Where octets came and went.
    pub reads: Vec<Read>,
    lengths: [u64; 2],
}

/// Octets that were read, or sent, at once.
#[derive(Clone, Copy)]
pub(super) struct Read {
    direction: Direction,
    pub at_us: u64,
    offset: u64,
    octets: u64,
}

/// What became of one direction.
pub(super) struct Told {
    pub direction: Direction,
    pub hidden: Hidden,
    /// Its messages, or why the decoder failed.
    pub messages: Result<Vec<Message>, String>,
}

impl Conversation {
    pub(super) fn event(&mut self, event: &Event<'_>) {
        if let (Event::Data { at_us, .. } | Event::Sent { at_us, .. }, Some((direction, octets))) = (event, said(event)) {
            self.say(direction, *at_us, octets);
        }
    }

    /// More of what one side says.
    pub(super) fn say(&mut self, direction: Direction, at_us: u64, octets: &[u8]) {
        let length = &mut self.lengths[direction as usize];
        self.reads.push(Read { direction, at_us, offset: *length, octets: octets.len() as u64 });
        *length += octets.len() as u64;
        self.dialogue.say(direction, octets, LOOKED_AT);
    }

    /// How many octets went that way.
    pub(super) fn length(&self, direction: Direction) -> u64 {
        self.lengths[direction as usize]
    }

    /// Each message with the read that brought its last octet, in the order of these.
    pub(super) fn in_order<'a>(&self, told: &'a [Told]) -> Vec<(usize, &'a Told, usize, &'a Message)> {
        let mut all = Vec::new();
        for one in told {
            let mut reads = self.reads.iter().enumerate().filter(|(_, read)| read.direction == one.direction).peekable();
            for (message, number) in one.messages.iter().flatten().zip(1..) {
                let end = message.at.saturating_add(message.octets);
                while reads.next_if(|(_, read)| read.offset + read.octets < end).is_some() {}
                all.push((reads.peek().map_or(self.reads.len(), |(index, _)| *index), one, number, message));
            }
        }
        all.sort_by_key(|(read, ..)| *read);
        all
    }
}

impl Told {
    pub(super) fn of(said: &Conversation, direction: Direction, decoding: &Decoding) -> Self {
        let hidden = Hidden::of(decoding.redaction(), said.dialogue.octets(direction));
        Self { direction, hidden, messages: decoding.shown(direction, &said.dialogue, said.length(direction)) }
    }

    /// A message of it as lines.
    pub(super) fn lines(&self, number: usize, message: &Message, said: &Conversation) -> Vec<String> {
        messages::lines((number, message), self.direction, said.dialogue.octets(self.direction), &self.hidden)
    }

    /// The octets of a read that could not be decoded, as lines; none where they could.
    pub(super) fn unread(&self, read: &Read, said: &Conversation) -> Vec<String> {
        if self.messages.is_ok() || self.direction != read.direction {
            return Vec::new();
        }
        let octets = said.dialogue.octets(read.direction);
        let end = (read.offset + read.octets).min(octets.len() as u64);
        let octets = octets.get(read.offset as usize..end as usize).unwrap_or_default();
        self.hidden.rows(read.offset, octets).map(|row| format!("{} {row}", sign(read.direction))).collect()
    }
}
