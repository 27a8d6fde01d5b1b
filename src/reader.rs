//! Reading a capture back: every line is checked against all that came before it.
//!
//! A capture is either whole, or true up to a line that the reader names. The reader streams: it holds one line at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::encoding::Encoding;
use crate::event::{Event, FORMAT, PeerEnd};

/// No line of a capture is longer; a longer one is damage, not a reason to run out of memory.
pub const MAX_LINE: u64 = 16 << 20;

/// The events of a capture, each checked. After the first error there is nothing more.
pub struct CaptureReader<R> {
    input: R,
    line: Vec<u8>,
    number: u64,
    position: u64,
    state: State,
    checks: Checks,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Reading,
    Over(Completeness),
}

/// How a capture ends. Everything before the end is true in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Completeness {
    /// Its last line is `stop`.
    Whole,
    /// It ends between two lines: the recorder was killed, or has not finished.
    Unfinished,
    /// It ends in the middle of this line (from 1).
    CutOff {
        /// The line that has no end.
        line: u64,
    },
}

/// Why a capture is not true any more, and from which line on.
#[derive(Debug, thiserror::Error)]
#[error("line {line}: {damage}")]
pub struct CaptureError {
    /// The first line that is not true (from 1).
    pub line: u64,
    /// What is wrong with it.
    pub damage: Damage,
}

/// What can be wrong with a line.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// The file could not be read.
    #[error("cannot be read: {0}")]
    Io(#[from] io::Error),
    /// It is longer than [`MAX_LINE`].
    #[error("is longer than {MAX_LINE} octets")]
    TooLong,
    /// The file is no plain UTF-8, so none of its lines can be read.
    #[error("{0}")]
    Encoding(Encoding),
    /// It is not an event.
    #[error("is not an event of a capture: {0}")]
    Malformed(#[from] serde_json::Error),
    /// The capture is empty, or begins with something else than `start`.
    #[error("is not a start event, with which a capture begins")]
    NoStart,
    /// A version of the format that is not known here.
    #[error(
        "has format {format}, which {recorder:?} wrote, and the formats known here are 1 to {FORMAT}; read it with that version"
    )]
    Format {
        /// The version.
        format: u32,
        /// Name and version of the program that recorded.
        recorder: String,
    },
    /// Something follows what should have been the last.
    #[error("follows the stop event, which should have been the last")]
    AfterStop,
    /// A second start.
    #[error("is a second start event")]
    SecondStart,
    /// Time goes backwards.
    #[error("goes back in time, from {before} to {now} microseconds")]
    Time {
        /// The time of the event before.
        before: u64,
        /// The time of this event.
        now: u64,
    },
    /// Connections are numbered 1, 2, 3.
    #[error("opens connection {found} where {expected} was next")]
    OpenOrder {
        /// The number that was next.
        expected: u64,
        /// The number that stands there.
        found: u64,
    },
    /// An event of a connection that is not open.
    #[error("belongs to connection {0}, which is not open")]
    NotOpen(u64),
    /// Data after the end of its stream.
    #[error("has octets on connection {0} after its FIN")]
    AfterFin(u64),
    /// An end of stream after the end of stream.
    #[error("ends connection {0} a second time")]
    SecondFin(u64),
    /// A half-close after the half-close.
    #[error("half-closes connection {0} a second time")]
    SecondShut(u64),
    /// A close that says otherwise of the client's end than what is recorded.
    #[error("says of connection {connection} that the client {}, and {}", said(*.peer), recorded(*.peer))]
    Ending {
        /// The connection.
        connection: u64,
        /// What the close says.
        peer: PeerEnd,
    },
    /// An answer after the recorder's own end of stream.
    #[error("has an answer on connection {0} after the recorder's half-close")]
    AfterShut(u64),
    /// Octets are missing or doubled.
    #[error("has offset {found} on connection {connection} where {expected} was next")]
    Offset {
        /// The connection.
        connection: u64,
        /// The offset that was next.
        expected: u64,
        /// The offset that stands there.
        found: u64,
    },
    /// An urgent octet that is none of those it stands with.
    #[error("has an urgent octet on connection {0} that is none of its octets")]
    Urgent(u64),
    /// `bytes` of a close is not the number of octets before it.
    #[error("counts {found} octets on connection {connection}, and {expected} are recorded")]
    Count {
        /// The connection.
        connection: u64,
        /// The octets that are recorded.
        expected: u64,
        /// The octets that are counted.
        found: u64,
    },
    /// The digest of a close is not that of the octets before it.
    #[error("has a digest of connection {0} that is not that of its octets")]
    Digest(u64),
    /// `connections` of a stop is not their number, or some were never closed.
    #[error("counts {found} connections, and {expected} were opened and closed")]
    Connections {
        /// The connections that were opened and closed.
        expected: u64,
        /// The connections that are counted.
        found: u64,
    },
}

impl CaptureReader<BufReader<File>> {
    /// Opens a capture file.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self::new(BufReader::with_capacity(1 << 18, File::open(path)?)))
    }
}

impl<R: BufRead> CaptureReader<R> {
    /// Reads a capture from `input`.
    pub fn new(input: R) -> Self {
        Self { input, line: Vec::new(), number: 0, position: 0, state: State::Reading, checks: Checks::default() }
    }

    /// How the capture ended; `None` while there is more, and after an error.
    #[must_use]
    pub fn completeness(&self) -> Option<Completeness> {
        match self.state {
            State::Over(completeness) if !self.checks.broken => Some(completeness),
            _ => None,
        }
    }

    /// The line (from 1) of the event that was read last.
    #[must_use]
    pub fn line(&self) -> u64 {
        self.number
    }

    /// Where (in octets from 0) the line of the event that was read last begins.
    #[must_use]
    pub fn position(&self) -> u64 {
        self.position
    }

    fn read(&mut self) -> Result<Option<Event<'static>>, Damage> {
        self.position += self.line.len() as u64;
        self.line.clear();
        self.number += 1;
        let length = (&mut self.input).take(MAX_LINE).read_until(b'\n', &mut self.line)?;
        if let Some(encoding) = Encoding::of(&self.line).filter(|_| self.number == 1) {
            return Err(Damage::Encoding(encoding));
        }
        if self.line.last() != Some(&b'\n') {
            return self.read_end(length);
        }
        let event = self.event()?;
        self.checks.event(&event)?;
        Ok(Some(event))
    }

    /// The event of this line. What begins a capture of a later version may have fields that nobody knows yet.
    fn event(&self) -> Result<Event<'static>, Damage> {
        serde_json::from_slice(&self.line).map_err(|error| match serde_json::from_slice(&self.line) {
            Ok(Versioned { event: Start::Start, format, recorder }) if !self.checks.started && !is_known(format) => {
                Damage::Format { format, recorder }
            }
            _ => error.into(),
        })
    }

    /// The input has no further whole line.
    fn read_end(&mut self, length: usize) -> Result<Option<Event<'static>>, Damage> {
        if length as u64 == MAX_LINE {
            return Err(Damage::TooLong);
        }
        if !self.checks.started && length == 0 {
            return Err(Damage::NoStart);
        }
        self.state = State::Over(match (length, self.checks.stopped) {
            (0, true) => Completeness::Whole,
            (0, false) => Completeness::Unfinished,
            (_, true) => return Err(Damage::AfterStop),
            (_, false) => Completeness::CutOff { line: self.number },
        });
        Ok(None)
    }
}

impl<R: BufRead> Iterator for CaptureReader<R> {
    type Item = Result<Event<'static>, CaptureError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.checks.broken || self.state != State::Reading {
            return None;
        }
        self.read().map_err(|damage| self.broken(damage)).transpose()
    }
}

impl<R> CaptureReader<R> {
    fn broken(&mut self, damage: Damage) -> CaptureError {
        self.checks.broken = true;
        CaptureError { line: self.number, damage }
    }
}

/// What every first line says, whatever the version.
#[derive(Deserialize)]
struct Versioned {
    event: Start,
    format: u32,
    recorder: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum Start {
    Start,
}

fn is_known(format: u32) -> bool {
    (1..=FORMAT).contains(&format)
}

/// What the events so far say, so that the next can be held against it.
#[derive(Default)]
struct Checks {
    started: bool,
    stopped: bool,
    broken: bool,
    last_us: u64,
    opened: u64,
    open: HashMap<u64, OpenConnection>,
}

#[derive(Default)]
struct OpenConnection {
    received: u64,
    sent: u64,
    fin: bool,
    shut: bool,
    crc32: crc32fast::Hasher,
}

impl Checks {
    fn event(&mut self, event: &Event<'_>) -> Result<(), Damage> {
        if self.stopped {
            return Err(Damage::AfterStop);
        }
        match event {
            Event::Start { format, recorder, .. } => self.start(*format, recorder),
            _ if !self.started => Err(Damage::NoStart),
            Event::Open { connection, at_us, .. } => {
                self.time(*at_us)?;
                self.opened(*connection)
            }
            Event::Data { connection, at_us, offset, urgent, octets } => {
                self.time(*at_us)?;
                self.data(*connection, *offset, octets)?;
                let is_among_them = |urgent: &u64| urgent.checked_sub(*offset).is_some_and(|at| at < octets.len() as u64);
                if urgent.as_ref().is_none_or(is_among_them) { Ok(()) } else { Err(Damage::Urgent(*connection)) }
            }
            Event::Sent { connection, at_us, offset, octets } => {
                self.time(*at_us)?;
                let open = self.of(*connection)?;
                if open.shut {
                    return Err(Damage::AfterShut(*connection));
                }
                advance(*connection, &mut open.sent, *offset, octets)
            }
            Event::Fin { connection, at_us } => {
                self.time(*at_us)?;
                once(&mut self.of(*connection)?.fin, Damage::SecondFin(*connection))
            }
            Event::Shut { connection, at_us } => {
                self.time(*at_us)?;
                once(&mut self.of(*connection)?.shut, Damage::SecondShut(*connection))
            }
            Event::Close { connection, at_us, bytes, peer, crc32, .. } => {
                self.time(*at_us)?;
                self.close(*connection, *bytes, *peer, crc32)
            }
            Event::Stop { at_us, connections } => {
                self.time(*at_us)?;
                self.stop(*connections)
            }
        }
    }

    fn start(&mut self, format: u32, recorder: &str) -> Result<(), Damage> {
        if !is_known(format) {
            return Err(Damage::Format { format, recorder: recorder.to_owned() });
        }
        if self.started {
            return Err(Damage::SecondStart);
        }
        self.started = true;
        Ok(())
    }

    fn time(&mut self, now: u64) -> Result<(), Damage> {
        if now < self.last_us {
            return Err(Damage::Time { before: self.last_us, now });
        }
        self.last_us = now;
        Ok(())
    }

    fn of(&mut self, connection: u64) -> Result<&mut OpenConnection, Damage> {
        self.open.get_mut(&connection).ok_or(Damage::NotOpen(connection))
    }

    fn opened(&mut self, connection: u64) -> Result<(), Damage> {
        let expected = self.opened + 1;
        if connection != expected {
            return Err(Damage::OpenOrder { expected, found: connection });
        }
        self.opened = expected;
        self.open.insert(connection, OpenConnection::default());
        Ok(())
    }

    fn data(&mut self, connection: u64, offset: u64, octets: &[u8]) -> Result<(), Damage> {
        let open = self.of(connection)?;
        if open.fin {
            return Err(Damage::AfterFin(connection));
        }
        advance(connection, &mut open.received, offset, octets)?;
        open.crc32.update(octets);
        Ok(())
    }

    fn close(&mut self, connection: u64, bytes: u64, peer: PeerEnd, digest: &str) -> Result<(), Damage> {
        let open = self.open.remove(&connection).ok_or(Damage::NotOpen(connection))?;
        // A client may abort before and after its end of stream.
        if peer != PeerEnd::Reset && open.fin != (peer == PeerEnd::Fin) {
            return Err(Damage::Ending { connection, peer });
        }
        if bytes != open.received {
            return Err(Damage::Count { connection, expected: open.received, found: bytes });
        }
        if digest != format!("{:08x}", open.crc32.finalize()) {
            return Err(Damage::Digest(connection));
        }
        Ok(())
    }

    fn stop(&mut self, connections: u64) -> Result<(), Damage> {
        if connections != self.opened || !self.open.is_empty() {
            return Err(Damage::Connections { expected: self.opened - self.open.len() as u64, found: connections });
        }
        self.stopped = true;
        Ok(())
    }
}

/// Notes what happens once at most.
fn once(happened: &mut bool, again: Damage) -> Result<(), Damage> {
    if std::mem::replace(happened, true) { Err(again) } else { Ok(()) }
}

fn said(peer: PeerEnd) -> &'static str {
    if peer == PeerEnd::Fin { "ended it" } else { "had not ended it" }
}

fn recorded(peer: PeerEnd) -> &'static str {
    if peer == PeerEnd::Fin { "its FIN is not recorded" } else { "its FIN is recorded" }
}

fn advance(connection: u64, count: &mut u64, offset: u64, octets: &[u8]) -> Result<(), Damage> {
    if offset != *count {
        return Err(Damage::Offset { connection, expected: *count, found: offset });
    }
    *count += octets.len() as u64;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_event_has_its_line_and_the_place_where_that_begins() {
        let start = r#"{"event":"start","format":1,"recorder":"x","address":"127.0.0.1:1","at":"2026-01-31T10:00:00.000000Z"}"#;
        let open = r#"{"event":"open","connection":1,"at_us":1,"peer":"127.0.0.1:2"}"#;
        let fin = r#"{"event":"fin","connection":1,"at_us":2}"#;
        let capture = format!("{start}\n{open}\n{fin}\n");
        let mut reader = CaptureReader::new(capture.as_bytes());
        let mut places = Vec::new();
        while let Some(event) = reader.next() {
            event.unwrap();
            places.push((reader.line(), reader.position()));
        }
        let (second, third) = (start.len() as u64 + 1, (start.len() + open.len()) as u64 + 2);
        assert_eq!(places, [(1, 0), (2, second), (3, third)]);
    }
}
