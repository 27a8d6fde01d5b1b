//! What a trial's octets are in messages, held against what its case expects of them.

use std::path::Path;

use crate::judge::assignment::assigned;
use crate::judge::messages::{Decoded, Direction, Held, Message, compare, hold, refused};
use crate::suite::Case;
use crate::suite::expectation::{Content, Expectation};
use crate::suite::messages::Decoding;
use crate::suite::parts::Reading;
use crate::trial::Interrupt;
use crate::trial::capture::{ReadBackError, Seen, read_so_far, received};
use crate::trial::decoder::{DecodeError, Running};
use crate::trial::dialogue::{Dialogue, dialogues};
use crate::trial::difference::{LOOKED_AT, readings_of};

/// Why nothing can be said of a trial's messages.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DecodedError {
    /// The capture cannot be read.
    #[error(transparent)]
    Capture(#[from] ReadBackError),
    /// The decoder failed.
    #[error(transparent)]
    Decoder(#[from] DecodeError),
}

/// What decodes in a trial.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub running: &'a Running,
    pub interrupt: &'a Interrupt,
}

impl Tools<'_> {
    /// The messages of octets that were received, of which so many are given.
    fn messages(self, decoding: &Decoding, dialogue: &Dialogue, length: u64) -> Result<Vec<Message>, DecodeError> {
        let octets = dialogue.octets(Direction::Received);
        let mut messages = self.running.messages(&decoding.decoder, Direction::Received, dialogue, self.interrupt)?;
        messages.extend(Message::behind(octets.len() as u64, length));
        Ok(messages)
    }

    fn version(self, decoding: &Decoding) -> Option<String> {
        self.running.ready(&decoding.decoder, self.interrupt).ok().flatten()
    }
}

/// The messages of every connection that is judged by them; none where the case says nothing of messages.
pub(crate) fn streams(case: &Case, seen: &Seen, capture: &Path, tools: Tools<'_>) -> Result<Vec<Vec<Message>>, DecodedError> {
    let Some(decoding) = &case.decoding else { return Ok(Vec::new()) };
    if case.connections.iter().all(|expected| expected.messages.is_none()) {
        return Ok(Vec::new());
    }
    let dialogues = dialogues(capture, LOOKED_AT)?;
    let both = dialogues.iter().zip(&seen.connections).enumerate();
    let needed =
        |index: usize| case.connections_in_any_order || case.connections.get(index).is_some_and(|one| one.messages.is_some());
    let messages = both.map(|(index, (dialogue, seen))| match needed(index) {
        true => tools.messages(decoding, dialogue, seen.content.length),
        false => Ok(Vec::new()),
    });
    Ok(messages.collect::<Result<_, _>>()?)
}

/// The same case with its connections in the order in which they were opened, where any order is right.
pub(crate) fn arranged(
    case: &Case,
    seen: &Seen,
    streams: &[Vec<Message>],
    capture: &Path,
) -> Result<Option<Case>, ReadBackError> {
    if !case.connections_in_any_order || case.connections.len() < 2 {
        return Ok(None);
    }
    let octets = received(capture, LOOKED_AT)?;
    let is_right = |expected: &Expectation, index: usize| {
        let whole = octets[index].len() as u64 == seen.connections[index].content.length;
        let content = expected.content == Content::Anything || whole && expected.content.matches(&octets[index]);
        let messages = case.decoding.as_ref().zip(expected.messages.as_ref()).zip(streams.get(index));
        content && messages.is_none_or(|((decoding, wanted), messages)| hold(decoding, wanted, messages).differences.is_empty())
    };
    let count = seen.connections.len().min(octets.len());
    let ends = |expected: &Expectation, index: usize| expected.ending.has(seen.connections[index].ending);
    let fits = |also: &dyn Fn(&Expectation, usize) -> bool| -> Vec<Vec<usize>> {
        let of =
            |expected: &Expectation| (0..count).filter(|index| is_right(expected, *index) && also(expected, *index)).collect();
        case.connections.iter().map(of).collect()
    };
    // Whoever ends otherwise is told so, and not that it sent what another should.
    let strict = assigned(&fits(&ends), count);
    let loose = assigned(&fits(&|_, _| true), count);
    let many = |assigned: &[Option<usize>]| assigned.iter().flatten().count();
    let chosen = if many(&strict) == many(&loose) { strict } else { loose };
    let mut order: Vec<(usize, usize)> = Vec::new();
    let mut free = (0..count.max(case.connections.len())).filter(|index| !chosen.contains(&Some(*index)));
    for (expected, index) in chosen.iter().enumerate() {
        order.push((index.or_else(|| free.next()).unwrap_or(usize::MAX), expected));
    }
    order.sort_unstable();
    let connections = order.into_iter().map(|(_, expected)| case.connections[expected].clone()).collect();
    Ok(Some(Case { connections, ..case.clone() }))
}

/// Holds what was seen against what is expected in messages.
pub(crate) fn hold_streams(case: &Case, seen: &mut Seen, streams: Vec<Vec<Message>>, tools: Tools<'_>) {
    let Some(decoding) = &case.decoding else { return };
    for ((connection, messages), expected) in seen.connections.iter_mut().zip(streams).zip(&case.connections) {
        let Some(wanted) = &expected.messages else { continue };
        let held = hold(decoding, wanted, &messages);
        connection.decoded = Some(decoded(decoding, tools, messages, held, true));
    }
}

fn decoded(decoding: &Decoding, tools: Tools<'_>, messages: Vec<Message>, held: Held, judges: bool) -> Decoded {
    Decoded { decoder: decoding.decoder.name.clone(), version: tools.version(decoding), messages, held, judges, failed: None }
}

/// What a client printed, in messages, where the case says something of them.
pub(crate) fn printed(case: &Case, stdout: &[u8], length: u64, tools: Tools<'_>) -> Result<Option<Decoded>, DecodeError> {
    let Some(wanted) = &case.output_messages else { return Ok(None) };
    let messages = tools.messages(&wanted.decoding, &Dialogue::received(stdout.to_vec()), length)?;
    let held = hold(&wanted.decoding, &wanted.messages, &messages);
    Ok(Some(decoded(&wanted.decoding, tools, messages, held, true)))
}

/// Explains in messages the octets that differ. A decoder that fails on them explains nothing, which is said: octets judge.
pub(crate) fn explain(
    case: &Case,
    seen: &mut [crate::judge::observed::Connection],
    capture: &Path,
    tools: Tools<'_>,
) -> Result<(), ReadBackError> {
    let Some(decoding) = &case.decoding else { return Ok(()) };
    let needed = |index: usize, connection: &crate::judge::observed::Connection| {
        let octets = case.connections.get(index).map(|expected| &expected.content);
        let is_known = matches!(octets, Some(Content::Octets { .. } | Content::Parts(_)));
        connection.decoded.is_none() && !connection.content.matches && is_known
    };
    if !seen.iter().enumerate().any(|(index, connection)| needed(index, connection)) {
        return Ok(());
    }
    let dialogues = dialogues(capture, LOOKED_AT)?;
    let mut readings = readings_of(case, &dialogues.iter().map(|one| one.octets(Direction::Received)).collect::<Vec<_>>());
    for (index, (connection, dialogue)) in seen.iter_mut().zip(&dialogues).enumerate() {
        let reading = readings.get_mut(index).and_then(Option::take);
        let came = dialogue.octets(Direction::Received);
        let right = case.connections.get(index).and_then(|expected| Right::of(&expected.content, reading, came));
        let Some(right) = right.filter(|_| needed(index, connection)) else { continue };
        let explained = tools.messages(decoding, dialogue, connection.content.length).and_then(|messages| {
            let held =
                right.held(&messages, |octets| tools.messages(decoding, &dialogue.with_received(octets), octets.len() as u64))?;
            Ok((messages, held))
        });
        connection.decoded = Some(match explained {
            Ok((messages, held)) => decoded(decoding, tools, messages, held, false),
            Err(error) => {
                let failed = Some(error.to_string());
                Decoded { failed, ..decoded(decoding, tools, Vec::new(), Held::default(), false) }
            }
        });
    }
    Ok(())
}

/// What would have been right where octets differ.
enum Right {
    /// These octets.
    Octets(Vec<u8>),
    /// What a reading found, which is put together of what came.
    Read(Reading),
}

impl Right {
    fn of(content: &Content, reading: Option<Reading>, came: &[u8]) -> Option<Self> {
        let Content::Octets { octets, masks } = content else { return reading.map(Self::Read) };
        // What may be anything is taken as it came.
        let mut right = octets.clone();
        for at in masks.iter().flat_map(|mask| mask.start..mask.start + mask.length) {
            if let (Some(octet), Some(came)) = (right.get_mut(at), came.get(at)) {
                *octet = *came;
            }
        }
        Some(Self::Octets(right))
    }

    /// What came, held against it. Of a reading that is no whole one, or makes no sense, only where it ends is told.
    fn held(&self, came: &[Message], messages: impl Fn(&[u8]) -> Result<Vec<Message>, DecodeError>) -> Result<Held, DecodeError> {
        let reading = match self {
            Self::Octets(octets) => return Ok(compare(&messages(octets)?, came)),
            Self::Read(reading) => reading,
        };
        if reading.is_whole {
            match messages(&reading.octets) {
                Ok(right) if right.iter().all(|message| message.undecoded.is_none()) => return Ok(compare(&right, came)),
                Err(DecodeError::Interrupted) => return Err(DecodeError::Interrupted),
                _ => {}
            }
        }
        Ok(refused(came, reading.offset as u64))
    }
}

/// Reads a capture again, against a case whose connections were arranged.
pub(crate) fn read_again(case: &Case, seen: &mut Seen, capture: &Path) -> Result<(), ReadBackError> {
    let again = read_so_far(case, capture)?;
    seen.connections = again.connections;
    seen.breaches = again.breaches;
    Ok(())
}
