//! What both sides of a connection said, in its order.

use std::path::Path;

use samewire_recorder::{CaptureReader, Event};

use crate::judge::messages::Direction;
use crate::trial::capture::ReadBackError;

/// What both sides of a connection said, each from its beginning on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dialogue {
    received: Vec<u8>,
    sent: Vec<u8>,
    /// Who said how many octets without the other in between.
    turns: Vec<(Direction, usize)>,
}

impl Dialogue {
    /// What only the client says.
    #[must_use]
    pub fn received(octets: Vec<u8>) -> Self {
        let turns = if octets.is_empty() { Vec::new() } else { vec![(Direction::Received, octets.len())] };
        Self { received: octets, sent: Vec::new(), turns }
    }

    /// What one side said.
    #[must_use]
    pub fn octets(&self, direction: Direction) -> &[u8] {
        match direction {
            Direction::Received => &self.received,
            Direction::Sent => &self.sent,
        }
    }

    /// More of what one side says; no more of it than `limit` octets.
    pub fn say(&mut self, direction: Direction, octets: &[u8], limit: usize) {
        let said = match direction {
            Direction::Received => &mut self.received,
            Direction::Sent => &mut self.sent,
        };
        let octets = &octets[..octets.len().min(limit.saturating_sub(said.len()))];
        said.extend_from_slice(octets);
        match self.turns.last_mut() {
            _ if octets.is_empty() => {}
            Some((last, count)) if *last == direction => *count += octets.len(),
            _ => self.turns.push((direction, octets.len())),
        }
    }

    /// The octets of each turn.
    pub fn turns(&self) -> impl Iterator<Item = (Direction, &[u8])> {
        let (mut received, mut sent) = (self.received.as_slice(), self.sent.as_slice());
        self.turns.iter().map(move |(direction, count)| {
            let rest = if *direction == Direction::Received { &mut received } else { &mut sent };
            let (turn, left) = rest.split_at(*count);
            *rest = left;
            (*direction, turn)
        })
    }

    /// The same dialogue where the client says something else: the answers come where they came, by count.
    #[must_use]
    pub fn with_received(&self, octets: &[u8]) -> Self {
        let mut other = Self::default();
        let mut rest = octets;
        for (direction, turn) in self.turns() {
            match direction {
                Direction::Received => {
                    let (now, later) = rest.split_at(turn.len().min(rest.len()));
                    other.say(direction, now, usize::MAX);
                    rest = later;
                }
                Direction::Sent => other.say(direction, turn, usize::MAX),
            }
        }
        other.say(Direction::Received, rest, usize::MAX);
        other
    }
}

/// What was said on each connection of a capture, up to `limit` octets of each side.
///
/// # Errors
/// The capture cannot be read, or is damaged.
pub fn dialogues(capture: &Path, limit: usize) -> Result<Vec<Dialogue>, ReadBackError> {
    let mut dialogues: Vec<Dialogue> = Vec::new();
    for event in CaptureReader::open(capture)?.until_enough() {
        let event = event?;
        if let Event::Open { .. } = event {
            dialogues.push(Dialogue::default());
        }
        let connection = event.connection().and_then(|connection| usize::try_from(connection - 1).ok());
        if let Some(dialogue) = connection.and_then(|connection| dialogues.get_mut(connection))
            && let Some((direction, octets)) = said(&event)
        {
            dialogue.say(direction, octets, limit);
        }
    }
    Ok(dialogues)
}

/// The octets of an event, and who said them.
#[must_use]
pub fn said<'a>(event: &'a Event<'_>) -> Option<(Direction, &'a [u8])> {
    match event {
        Event::Data { octets, .. } => Some((Direction::Received, octets)),
        Event::Sent { octets, .. } => Some((Direction::Sent, octets)),
        _ => None,
    }
}
