//! What a trial's octets are in messages, held against what its case expects of them.

use std::path::Path;

use crate::judge::assignment::assigned;
use crate::judge::messages::{Decoded, Direction, Message, compare, hold};
use crate::suite::Case;
use crate::suite::expectation::{Content, Expectation};
use crate::suite::messages::Decoding;
use crate::trial::Interrupt;
use crate::trial::capture::{ReadBackError, Seen, read_so_far, received};
use crate::trial::decoder::{DecodeError, Running};
use crate::trial::dialogue::{Dialogue, dialogues};
use crate::trial::difference::LOOKED_AT;

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
        let left = length.saturating_sub(octets.len() as u64);
        if left > 0 {
            let why = format!("only {} octets are decoded", octets.len());
            messages.push(Message { octets: left, ..Message::undecoded(octets.len() as u64, &[], why) });
        }
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

fn decoded(
    decoding: &Decoding,
    tools: Tools<'_>,
    messages: Vec<Message>,
    held: crate::judge::messages::Held,
    judges: bool,
) -> Decoded {
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
        connection.decoded.is_none() && !connection.content.matches && matches!(octets, Some(Content::Octets { .. }))
    };
    if !seen.iter().enumerate().any(|(index, connection)| needed(index, connection)) {
        return Ok(());
    }
    let dialogues = dialogues(capture, LOOKED_AT)?;
    for (index, (connection, dialogue)) in seen.iter_mut().zip(&dialogues).enumerate() {
        let came = dialogue.octets(Direction::Received);
        let Some(Content::Octets { octets, masks }) = case.connections.get(index).map(|expected| &expected.content) else {
            continue;
        };
        if connection.decoded.is_some() || connection.content.matches {
            continue;
        }
        // What may be anything is taken as it came.
        let mut expected = octets.clone();
        for at in masks.iter().flat_map(|mask| mask.start..mask.start + mask.length) {
            if let (Some(octet), Some(came)) = (expected.get_mut(at), came.get(at)) {
                *octet = *came;
            }
        }
        let length = connection.content.length;
        let both = tools
            .messages(decoding, &dialogue.with_received(&expected), expected.len() as u64)
            .and_then(|expected| Ok((expected, tools.messages(decoding, dialogue, length)?)));
        connection.decoded = Some(match both {
            Ok((expected, messages)) => {
                let held = compare(&expected, &messages);
                decoded(decoding, tools, messages, held, false)
            }
            Err(error) => Decoded {
                failed: Some(error.to_string()),
                ..decoded(decoding, tools, Vec::new(), crate::judge::messages::Held::default(), false)
            },
        });
    }
    Ok(())
}

/// Reads a capture again, against a case whose connections were arranged.
pub(crate) fn read_again(case: &Case, seen: &mut Seen, capture: &Path) -> Result<(), ReadBackError> {
    let again = read_so_far(case, capture)?;
    seen.connections = again.connections;
    seen.breaches = again.breaches;
    Ok(())
}
