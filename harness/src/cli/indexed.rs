//! A capture whose connections can be read one after the other.
//!
//! It is read once to check it and to learn where each connection's lines are. So a capture may be larger than memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

use samewire_recorder::{CaptureReader, Event};

use super::CommandError;
use super::ending::Ending;
use crate::packets::Clock;
use crate::printable::line;

/// A capture, and where in it each connection's lines are.
pub(super) struct Indexed {
    /// Who recorded it, where and when, as a line; empty where it does not say.
    pub heading: String,
    /// What its times are since; `None` where it says no time.
    pub clock: Option<Clock>,
    pub ending: Ending,
    /// Where each run of a connection's lines begins: a long stream is few runs, however many lines it has.
    connections: BTreeMap<u64, Vec<u64>>,
    /// Where judging stopped, and when.
    enough: Option<(u64, u64)>,
    /// Where the lines that are true end.
    end: u64,
    lines: Lines,
}

/// What is found while a capture is read for the first time.
struct Index {
    connections: BTreeMap<u64, Vec<u64>>,
    last: Option<u64>,
}

impl Indexed {
    /// Reads a capture, as far as it is true.
    ///
    /// # Errors
    /// It cannot be read.
    pub(super) fn open(path: &Path) -> Result<Self, CommandError> {
        Self::read(path).map_err(|error| format!("cannot read the capture {}: {error}", line(&path.display().to_string())).into())
    }

    fn read(path: &Path) -> io::Result<Self> {
        let mut reader = CaptureReader::open(path)?;
        let mut index = Index { connections: BTreeMap::new(), last: None };
        let (mut heading, mut clock, mut enough, mut damage) = (String::new(), None, None, None);
        while let Some(event) = reader.next() {
            match event {
                Ok(Event::Start { recorder, address, at, .. }) => {
                    clock = Clock::of(&at).ok();
                    heading = format!("recorded by {} on {}, from {}\n", line(&recorder), line(&address), line(&at));
                }
                Ok(Event::Enough { at_us }) => {
                    enough = Some((reader.position(), at_us));
                    index.last = None;
                }
                Ok(event) => index.add(event.connection(), reader.position()),
                Err(error) => damage = Some(error.to_string()),
            }
        }
        let ending = Ending::of(damage, reader.completeness(), reader.line());
        let end = reader.position();
        Ok(Self { heading, clock, ending, connections: index.connections, enough, end, lines: Lines::open(path)? })
    }

    /// The numbers of its connections.
    pub(super) fn connections(&self) -> Vec<u64> {
        self.connections.keys().copied().collect()
    }

    /// Goes through the events of a connection, and that judging stopped where some come behind it, until `each` says that it has enough.
    ///
    /// # Errors
    /// It cannot be read any more, or `each` fails.
    pub(super) fn events(
        &mut self,
        connection: u64,
        mut each: impl FnMut(&Event<'_>) -> Result<bool, CommandError>,
    ) -> Result<(), CommandError> {
        let mut enough = self.enough;
        for at in self.connections.get(&connection).into_iter().flatten() {
            if let Some((_, at_us)) = enough.take_if(|(mark, _)| *mark < *at)
                && !each(&Event::Enough { at_us })?
            {
                return Ok(());
            }
            self.lines.go_to(*at)?;
            while self.lines.at < self.end {
                let event: Event<'_> = serde_json::from_slice(self.lines.next()?)?;
                if event.connection() != Some(connection) {
                    break;
                }
                if !each(&event)? {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Index {
    fn add(&mut self, connection: Option<u64>, position: u64) {
        if let Some(connection) = connection.filter(|_| connection != self.last) {
            self.connections.entry(connection).or_default().push(position);
        }
        self.last = connection;
    }
}

/// What is read at once. Connections that were open together have short runs of lines, and most of a long read would be in vain.
const READ: usize = 16 << 10;

/// The lines of a file, and where the next one begins.
struct Lines {
    input: BufReader<File>,
    at: u64,
    line: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { input: BufReader::with_capacity(READ, File::open(path)?), at: 0, line: Vec::new() })
    }

    /// Goes to where a line begins; what was read already is not read again.
    fn go_to(&mut self, at: u64) -> io::Result<()> {
        self.input.seek_relative(at.cast_signed() - self.at.cast_signed())?;
        self.at = at;
        Ok(())
    }

    fn next(&mut self) -> io::Result<&[u8]> {
        self.line.clear();
        self.at += self.input.read_until(b'\n', &mut self.line)? as u64;
        Ok(&self.line)
    }
}
