//! What a capture says of a trial: read back from disk, held against what its case expects.

use std::borrow::Cow;
use std::io;
use std::path::Path;

use samewire_recorder::{CaptureError, CaptureReader, Completeness, EndedBy, Event, PeerEnd};

use crate::judge::conversation::Conversation;
use crate::judge::observed::Connection;
use crate::judge::order::{Breach, Turns};
use crate::suite::Case;
use crate::suite::expectation::{Content, Match, Matcher};
use crate::suite::plan::encode;
use crate::trial::timeline::INLINE;
use crate::trial::timeline::Moment;
use crate::trial::timeline::Timeline;

/// Why a capture cannot be judged.
#[derive(Debug, thiserror::Error)]
pub enum ReadBackError {
    /// It cannot be opened.
    #[error("cannot open the capture: {0}")]
    Open(#[from] io::Error),
    /// It is damaged.
    #[error("cannot read the capture back: {0}")]
    Damaged(#[from] CaptureError),
    /// It has no end.
    #[error("cannot read the capture back: it is incomplete")]
    NotWhole,
}

/// The connections of a capture, and when each did what.
pub struct Seen {
    /// Each connection, in the order they were opened.
    pub connections: Vec<Connection>,
    /// When each did what.
    pub timelines: Vec<Timeline>,
    /// How the client went on too early, where the case has a plan.
    pub breaches: Vec<Breach>,
    /// What was said of an upstream that failed, if one did.
    pub failed_upstream: Option<String>,
}

/// Reads a capture, and holds each connection against the expectation of `case`.
///
/// # Errors
/// The capture cannot be opened, is damaged, or has no end.
pub fn read_back(case: &Case, capture: &Path) -> Result<Seen, ReadBackError> {
    read_back_with(case, capture, |_| ())
}

/// As [`read_back`]; `also` sees each event, so that a capture is read but once.
///
/// # Errors
/// As of `read_back`.
pub fn read_back_with(case: &Case, capture: &Path, also: impl FnMut(&Event<'_>)) -> Result<Seen, ReadBackError> {
    let (seen, is_whole) = read(case, capture, also)?;
    if is_whole { Ok(seen) } else { Err(ReadBackError::NotWhole) }
}

/// As [`read_back`], of a capture that may still be written. What is silent now counts as having had its say: whatever replies wait for
/// that are due.
///
/// # Errors
/// The capture cannot be opened, or is damaged.
pub fn read_so_far(case: &Case, capture: &Path) -> Result<Seen, ReadBackError> {
    Ok(read(case, capture, |_| ())?.0)
}

/// What a capture says up to where judging stopped, and whether it is whole; `also` sees what lies behind that too.
fn read(case: &Case, capture: &Path, mut also: impl FnMut(&Event<'_>)) -> Result<(Seen, bool), ReadBackError> {
    let mut reader = CaptureReader::open(capture)?;
    let mut watched: Vec<Watched<'_>> = Vec::new();
    let mut matchers: Vec<Matcher<'_>> = Vec::new();
    let planned = planned(case);
    let mut turns = case.plan.as_ref().map(Turns::of).unwrap_or_default().into_iter();
    let mut breaches = Vec::new();
    let mut failed_upstream = None;
    let mut is_judged = true;
    for event in reader.by_ref() {
        let event = event?;
        also(&event);
        is_judged &= !matches!(event, Event::Enough { .. });
        if !is_judged {
            continue;
        }
        if let Event::Close { reason: Some(reason), by: EndedBy::Upstream, .. } = &event {
            failed_upstream = Some(reason.to_string());
        }
        if let Event::Open { at_us, address, .. } = event {
            let expected = case.connections.get(watched.len()).map(|expected| &expected.content);
            let expected = expected.or_else(|| planned.get(watched.len()));
            if turns.len() > 0 && watched.iter().any(|before| !before.is_over) {
                breaches.push(Breach::ConnectedEarly { connection: watched.len() + 1 });
            }
            let conversation = Conversation::new(&case.recorder.answers, watched.len() as u64 + 1, at_us);
            matchers.push(Matcher::new(expected));
            watched.push(Watched::new(turns.next(), conversation, (at_us, address)));
        } else if let Some(index) = event.connection().map(index)
            && let (Some(watched), Some(matcher)) = (watched.get_mut(index), matchers.get_mut(index))
        {
            watched.event(&event);
            if let Event::Data { octets, .. } = &event {
                matcher.update(octets);
            }
        }
    }
    let is_whole = reader.completeness() == Some(Completeness::Whole);
    if !is_whole {
        watched.iter_mut().for_each(|watched| watched.conversation.settle());
    }
    let mut seen = Seen { connections: Vec::new(), timelines: Vec::new(), breaches, failed_upstream };
    let contents = Matcher::finish_all(matchers);
    watched.into_iter().zip(contents).for_each(|(watched, content)| watched.finish(content, &mut seen));
    Ok((seen, is_whole))
}

/// What an unwritten case asks for by its plan: whoever sends that is held to its order too.
fn planned(case: &Case) -> Vec<Content> {
    let plan = case.plan.as_ref().filter(|_| case.unwritten);
    plan.map(encode).unwrap_or_default().into_iter().map(|stream| Content::exactly(stream.octets)).collect()
}

/// The received octets of each connection of a capture, up to `limit` each.
///
/// # Errors
/// The capture cannot be read, or is damaged.
pub fn received(capture: &Path, limit: usize) -> Result<Vec<Vec<u8>>, ReadBackError> {
    octets(capture, limit, |event| matches!(event, Event::Data { .. }))
}

/// The octets that were sent to the client on each connection of a capture, up to `limit` each.
///
/// # Errors
/// The capture cannot be read, or is damaged.
pub fn sent(capture: &Path, limit: usize) -> Result<Vec<Vec<u8>>, ReadBackError> {
    octets(capture, limit, |event| matches!(event, Event::Sent { .. }))
}

fn octets(capture: &Path, limit: usize, is_meant: impl Fn(&Event<'_>) -> bool) -> Result<Vec<Vec<u8>>, ReadBackError> {
    let mut connections: Vec<Vec<u8>> = Vec::new();
    for event in CaptureReader::open(capture)?.until_enough() {
        let event = event?;
        match &event {
            Event::Open { .. } => connections.push(Vec::new()),
            Event::Data { connection, octets, .. } | Event::Sent { connection, octets, .. } if is_meant(&event) => {
                if let Some(kept) = connections.get_mut(index(*connection)) {
                    keep(kept, octets, limit);
                }
            }
            _ => {}
        }
    }
    Ok(connections)
}

/// A connection while its events go by.
struct Watched<'a> {
    head: Vec<u8>,
    ending: PeerEnd,
    conversation: Conversation<'a>,
    timeline: Timeline,
    turns: Option<Turns>,
    /// The offset of the first octet that came as urgent.
    urgent: Option<u64>,
    /// The server has ended its side.
    is_over: bool,
}

impl<'a> Watched<'a> {
    fn new(mut turns: Option<Turns>, conversation: Conversation<'a>, opened: (u64, Option<Cow<'_, str>>)) -> Self {
        let (open_us, address) = opened;
        let timeline = Timeline { open_us, address: address.map(Cow::into_owned), ..Timeline::default() };
        turns.iter_mut().for_each(|turns| turns.opened(open_us));
        Self { head: Vec::new(), ending: PeerEnd::Open, conversation, timeline, turns, urgent: None, is_over: false }
    }

    fn event(&mut self, event: &Event<'_>) {
        self.take_turns(event);
        self.conversation.event(event);
        match event {
            Event::Data { at_us, octets, .. } => {
                keep(&mut self.head, octets, INLINE);
                note(&mut self.timeline.received, *at_us, octets.len());
            }
            Event::Sent { at_us, octets, .. } => note(&mut self.timeline.sent, *at_us, octets.len()),
            Event::Tls { handshake, .. } => self.timeline.tls = Some(handshake.clone().into_owned()),
            Event::Fin { at_us, .. } => self.timeline.fin_us = Some(*at_us),
            Event::Close { at_us, peer, by, .. } => {
                self.ending = *peer;
                self.timeline.close_us = Some(*at_us);
                self.timeline.by = Some(*by);
            }
            Event::Start { .. } | Event::Open { .. } | Event::Shut { .. } | Event::Enough { .. } | Event::Stop { .. } => {}
        }
    }

    fn take_turns(&mut self, event: &Event<'_>) {
        self.is_over |= matches!(event, Event::Shut { .. } | Event::Close { .. });
        let Some(turns) = &mut self.turns else { return };
        match event {
            Event::Data { at_us, octets, urgent, .. } => {
                turns.received(*at_us, octets.len());
                self.urgent = self.urgent.or(*urgent);
            }
            Event::Sent { octets, .. } => turns.sent(octets.len()),
            Event::Fin { at_us, .. } => turns.ended(*at_us),
            _ => {}
        }
    }

    fn finish(self, content: Match, seen: &mut Seen) {
        let connection = seen.connections.len() + 1;
        seen.breaches.extend(self.urgent.map(|offset| Breach::SentUrgent { connection, offset }));
        // Of other octets than the plan's, nobody knows where in it they belong.
        seen.breaches.extend(self.turns.and_then(Turns::breach).filter(|_| content.matches));
        let answered = self.conversation.finish();
        let saw_certificate = self.timeline.tls.as_ref().is_some_and(|tls| tls.version.is_some());
        seen.connections.push(Connection {
            content,
            ending: self.ending,
            saw_certificate,
            head: self.head,
            answered,
            decoded: None,
        });
        seen.timelines.push(self.timeline);
    }
}

fn keep(kept: &mut Vec<u8>, octets: &[u8], limit: usize) {
    let room = limit.saturating_sub(kept.len()).min(octets.len());
    kept.extend_from_slice(&octets[..room]);
}

fn note(moments: &mut Vec<Moment>, at_us: u64, octets: usize) {
    if moments.len() < Timeline::MOST {
        moments.push(Moment { at_us, octets: octets as u64 });
    }
}

/// Connections are numbered from 1, and the reader has checked that.
fn index(connection: u64) -> usize {
    usize::try_from(connection - 1).unwrap_or(usize::MAX)
}
