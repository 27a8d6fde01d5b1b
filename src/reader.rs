//! Reading a capture back: every line is checked against all that came before it.
//!
//! A capture is either whole, or true up to a line that the reader names. The reader streams: it holds one line at a time.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

use serde::Deserialize;

use crate::checks::{Checks, is_known};
use crate::damage::{CaptureError, Damage, MAX_LINE};
use crate::encoding::Encoding;
use crate::event::Event;

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

impl<R: BufRead> CaptureReader<R> {
    /// The events that are judged: those before `enough`, where there is one.
    pub fn until_enough(self) -> impl Iterator<Item = Result<Event<'static>, CaptureError>> {
        self.take_while(|event| !matches!(event, Ok(Event::Enough { .. })))
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
