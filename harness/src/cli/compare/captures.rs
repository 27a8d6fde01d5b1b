//! Two captures held against each other. Reads them as streams, so that they may be larger than memory.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

use samewire_recorder::{CaptureError, CaptureReader, Completeness, Event, PeerEnd};

use super::super::CommandError;
use super::super::hidden::Hidden;
use super::shown;
use crate::cli::diagnosed::{self, DIAGNOSED, SHOWN};
use crate::judge::diagnosis::{Diagnosis, UNEXPLAINED};
use crate::judge::picture::{self, Expected, Picture};
use crate::printable::{counted, line};
use crate::suite::Redaction;
use crate::trial::capture;
use crate::trial::difference::LOOKED_AT;

/// Octets of each side that are lined up, from the first that differs on.
const LINED_UP: usize = 16 << 20;

/// Connections that differ and are shown; `show` has each capture in full.
const CONNECTIONS: usize = 20;

/// Octets before the first that differs, for the picture.
const CONTEXT: usize = 16;

/// What a capture says that does not end in `stop`.
const NO_END: &str = "the capture is cut off here: the recorder was killed, or is still recording; record it again";

/// A capture without its octets: those of its connections that are whole.
pub(super) struct Capture {
    path: PathBuf,
    pub connections: BTreeMap<u64, Connection>,
    cut: Option<Cut>,
}

/// A capture that does not end in `stop`.
struct Cut {
    /// The line that is not there, or has no end.
    line: u64,
    /// Connections that have no end either.
    left_out: u64,
}

/// All that two connections must have in common to be the same.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Connection {
    received: Stream,
    /// What the recorder answered.
    sent: Stream,
    pub ending: PeerEnd,
}

/// The octets of one direction.
#[derive(Debug, PartialEq, Eq)]
struct Stream {
    length: u64,
    /// Of its own making: the CRC-32 of a capture tells damage, and not whether octets are the same.
    digest: blake3::Hash,
}

/// From whom octets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Direction {
    Received,
    Sent,
}

impl Capture {
    /// Reads and checks a capture.
    pub(super) fn read(path: &Path) -> Result<Self, CommandError> {
        let mut reader = open(path)?;
        let mut connections = BTreeMap::new();
        let mut streams: BTreeMap<u64, [(u64, blake3::Hasher); 2]> = BTreeMap::new();
        let (mut opened, mut is_judged) = (0, true);
        for event in reader.by_ref() {
            match checked(path, event)? {
                Event::Enough { .. } => is_judged = false,
                Event::Close { connection, peer, .. } if connection <= opened => {
                    let peer = if is_judged { peer } else { PeerEnd::Open };
                    let streams = streams.remove(&connection).unwrap_or_default();
                    let [received, sent] = streams.map(|(length, hasher)| Stream { length, digest: hasher.finalize() });
                    connections.insert(connection, Connection { received, sent, ending: peer });
                }
                Event::Open { connection, .. } if is_judged => opened = connection,
                event if is_judged => {
                    if let Some((connection, direction, octets)) = carried(event) {
                        let (length, hasher) = &mut streams.entry(connection).or_default()[direction as usize];
                        *length += octets.len() as u64;
                        hasher.update(&octets);
                    }
                }
                // What was not judged is not compared.
                _ => {}
            }
        }
        let left_out = opened - connections.len() as u64;
        let cut = (reader.completeness() != Some(Completeness::Whole)).then(|| Cut { line: reader.line(), left_out });
        let capture = Self { path: path.to_owned(), connections, cut };
        if capture.connections.is_empty() { capture.whole() } else { Ok(capture) }
    }

    /// This capture, unless it is cut off.
    pub(super) fn whole(self) -> Result<Self, CommandError> {
        match self.cut {
            Some(Cut { line, .. }) => Err(format!("{}: line {line}: {NO_END}", shown(&self.path)).into()),
            None => Ok(self),
        }
    }

    /// What is not compared of the capture of this name, as a line for people.
    pub(super) fn left_out(&self, name: &str) -> Option<String> {
        let Cut { line, left_out } = self.cut.as_ref()?;
        let whole = counted(self.connections.len(), "connection");
        Some(format!("{name} is cut off in line {line}: {whole} compared; {left_out} incomplete and left out\n"))
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// How many octets came on all connections.
    pub(super) fn octets(&self) -> u64 {
        self.connections.values().map(|connection| connection.received.length).sum()
    }

    /// How many octets were answered on all connections.
    pub(super) fn answered(&self) -> u64 {
        self.connections.values().map(|connection| connection.sent.length).sum()
    }

    /// The octets of the connections that are to be held against those of `other`.
    fn received(&self, other: &Self) -> Result<Vec<Vec<u8>>, CommandError> {
        let octets = capture::received(&self.path, usize::MAX).map_err(|error| format!("{}: {error}", shown(&self.path)))?;
        let whole = self.cut.is_none() && other.cut.is_none();
        let both = |number: &u64| [self, other].iter().all(|capture| capture.connections.contains_key(number));
        Ok((1..).zip(octets).filter(|(number, _)| whole || both(number)).map(|(_, octets)| octets).collect())
    }
}

/// What is different in two captures, in lines for people.
pub(super) fn differences(
    one: &Capture,
    other: &Capture,
    names: [&str; 2],
    redaction: &Redaction,
) -> Result<Vec<String>, CommandError> {
    let [upper, lower] = names;
    let (ones, others) = (one.connections.len(), other.connections.len());
    let mut lines = Vec::new();
    if ones != others {
        lines.push(format!("{} in {upper}, {others} in {lower}", counted(ones, "connection")));
    }
    lines.extend(diagnosed(one, other, names, redaction)?);
    let numbers: BTreeSet<u64> = one.connections.keys().chain(other.connections.keys()).copied().collect();
    let differs = |number: &u64| one.connections.get(number) != other.connections.get(number);
    let mut different = numbers.into_iter().filter(differs);
    for number in different.by_ref().take(CONNECTIONS) {
        match (one.connections.get(&number), other.connections.get(&number)) {
            (Some(seen), Some(came)) => lines.extend(parted(number, [(one, seen), (other, came)], names, redaction)?),
            (Some(only), None) => lines.push(alone(number, only, upper)),
            (None, only) => lines.extend(only.map(|only| alone(number, only, lower))),
        }
    }
    let more = different.count();
    lines.extend((more > 0).then(|| format!("... and {} differed", counted(more, "more connection"))));
    Ok(lines)
}

/// Where a connection of two captures is not the same.
fn parted(
    number: u64,
    [(one, seen), (other, came)]: [(&Capture, &Connection); 2],
    names: [&str; 2],
    redaction: &Redaction,
) -> Result<Vec<String>, CommandError> {
    let [upper, lower] = names;
    let mut lines = Vec::new();
    let sides =
        [("", Direction::Received, &seen.received, &came.received), ("answered ", Direction::Sent, &seen.sent, &came.sent)];
    for (what, direction, seen, came) in sides.into_iter().filter(|(_, _, seen, came)| seen != came) {
        lines.push(format!("connection {number}: {what}{} octets in {upper}, {} in {lower}", seen.length, came.length));
        let open = |capture: &Capture| Octets::open(&capture.path, number, direction);
        let hidden = match redaction.is_empty() {
            true => [Hidden::default(), Hidden::default()],
            false => [open(one)?.hidden(redaction)?, open(other)?.hidden(redaction)?],
        };
        lines.extend(pictured(open(one)?, open(other)?, names, &hidden)?);
    }
    lines.extend(endings(number, [seen.ending, came.ending], names));
    Ok(lines)
}

/// That a connection did not end the same way in both.
pub(super) fn endings(number: u64, [seen, came]: [PeerEnd; 2], [upper, lower]: [&str; 2]) -> Option<String> {
    (seen != came).then(|| format!("connection {number}: ended in {seen} in {upper}, in {came} in {lower}"))
}

pub(super) fn alone(number: u64, only: &Connection, name: &str) -> String {
    format!("connection {number}: only in {name}, {}", counted(only.received.length as usize, "octet"))
}

/// What turns the octets of one capture into those of the other, as of a client that should have sent the first.
fn diagnosed(
    one: &Capture,
    other: &Capture,
    [upper, lower]: [&str; 2],
    redaction: &Redaction,
) -> Result<Vec<String>, CommandError> {
    if one.octets().max(other.octets()) > DIAGNOSED {
        return Ok(Vec::new());
    }
    let (left, right) = (one.received(other)?, other.received(one)?);
    let named = diagnosed::diagnosed(&left, &right, redaction).into_iter().filter(|diagnosis| diagnosis.name != UNEXPLAINED);
    let said = |diagnosis: Diagnosis| format!("from {upper} to {lower}: {} ({})", line(&diagnosis.sentence), diagnosis.name);
    Ok(named.take(SHOWN).map(said).collect())
}

/// The picture of where two connections part.
fn pictured(mut one: Octets, mut other: Octets, names: [&str; 2], hidden: &[Hidden; 2]) -> Result<Vec<String>, CommandError> {
    let mut before = Vec::new();
    let mut offset = 0;
    loop {
        let (left, right) = (one.rest()?, other.rest()?);
        let both = left.len().min(right.len());
        let same = same(&left[..both], &right[..both]);
        before.extend_from_slice(&left[same.saturating_sub(CONTEXT)..same]);
        before.drain(..before.len().saturating_sub(CONTEXT));
        (one.at, other.at, offset) = (one.at + same, other.at + same, offset + same as u64);
        if both == 0 || same < both {
            break;
        }
    }
    let start = offset - before.len() as u64;
    let (left, right) = (one.take(before.clone(), LINED_UP)?, other.take(before, LINED_UP)?);
    let expected = Expected { octets: &left, ..Expected::default() };
    let goes_on = !one.rest()?.is_empty() || !other.rest()?.is_empty();
    let picture = if goes_on { Picture::of_beginning(expected, &right) } else { Picture::of(expected, &right) };
    let [left, right] = hidden.each_ref().map(|hidden| hidden.behind(start));
    Ok(picture::lines(&picture.hiding(&left, &right).moved(start), names))
}

/// How many octets both begin with; they are of one length.
fn same(left: &[u8], right: &[u8]) -> usize {
    if left == right {
        return left.len();
    }
    left.iter().zip(right).position(|(one, other)| one != other).unwrap_or(left.len())
}

/// The octets of one connection of a capture, a piece at a time.
struct Octets {
    path: PathBuf,
    events: Box<dyn Iterator<Item = Result<Event<'static>, CaptureError>>>,
    connection: u64,
    direction: Direction,
    piece: Vec<u8>,
    /// How many octets of the piece are behind us.
    at: usize,
}

impl Octets {
    fn open(path: &Path, connection: u64, direction: Direction) -> Result<Self, CommandError> {
        Ok(Self {
            path: path.to_owned(),
            events: Box::new(open(path)?.until_enough()),
            connection,
            direction,
            piece: Vec::new(),
            at: 0,
        })
    }

    /// The next octets; none at the end.
    fn rest(&mut self) -> Result<&[u8], CommandError> {
        while self.at == self.piece.len() {
            let Some(event) = self.events.next() else { break };
            if let Some((connection, direction, octets)) = carried(checked(&self.path, event)?)
                && (connection, direction) == (self.connection, self.direction)
            {
                (self.piece, self.at) = (octets.into_owned(), 0);
            }
        }
        Ok(&self.piece[self.at..])
    }

    /// What is not to be shown of all of them.
    fn hidden(&mut self, redaction: &Redaction) -> Result<Hidden, CommandError> {
        Ok(Hidden::of(redaction, &self.take(Vec::new(), LOOKED_AT)?))
    }

    /// Appends octets to those before them, until there are so many.
    fn take(&mut self, mut octets: Vec<u8>, most: usize) -> Result<Vec<u8>, CommandError> {
        while octets.len() < most {
            let piece = self.rest()?;
            let count = piece.len().min(most - octets.len());
            if count == 0 {
                break;
            }
            octets.extend_from_slice(&piece[..count]);
            self.at += count;
        }
        Ok(octets)
    }
}

/// The octets of an event, and of which connection and direction they are.
fn carried(event: Event<'_>) -> Option<(u64, Direction, Cow<'_, [u8]>)> {
    match event {
        Event::Data { connection, octets, .. } => Some((connection, Direction::Received, octets)),
        Event::Sent { connection, octets, .. } => Some((connection, Direction::Sent, octets)),
        _ => None,
    }
}

fn open(path: &Path) -> Result<CaptureReader<BufReader<File>>, CommandError> {
    CaptureReader::open(path).map_err(|error| format!("cannot read the capture {}: {error}", shown(path)).into())
}

fn checked(path: &Path, event: Result<Event<'static>, CaptureError>) -> Result<Event<'static>, CommandError> {
    event.map_err(|error| format!("{}: {error}", shown(path)).into())
}
