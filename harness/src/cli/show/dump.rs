//! A capture for people, connection by connection.
//!
//! Reads twice: first to check it and to learn where each connection's lines are, then to show them. So a capture may be
//! larger than memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use samewire_recorder::{CaptureReader, Event};

use super::ending::Ending;
use super::packets;
use crate::cli::terminal::{STRONG, is_read, print, styled};
use crate::cli::{CommandError, Status};
use crate::packets::Clock;
use crate::printable::{ROW, line, row};

/// What the first reading found.
struct Index {
    heading: String,
    /// What its times are since; `None` where it says no time.
    clock: Option<Clock>,
    /// Where each run of a connection's lines begins: a long stream is few runs, however many lines it has.
    connections: BTreeMap<u64, Vec<u64>>,
    /// Where judging stopped, and when.
    enough: Option<(u64, u64)>,
    /// Where the lines that are true end.
    end: u64,
    last: Option<u64>,
    ending: Ending,
}

pub(super) fn show(path: &Path) -> Result<Status, CommandError> {
    let failed = |error: std::io::Error| format!("cannot read the capture {}: {error}", path.display());
    let index = index(path).map_err(failed)?;
    print(&index.heading)?;
    let mut lines = Lines::open(path).map_err(failed)?;
    for (connection, runs) in &index.connections {
        print(&format!("\n{}", styled(STRONG, &format!("connection {connection}"))))?;
        let mut enough = index.enough;
        for at in runs.iter().take_while(|_| is_read()) {
            if let Some((_, at_us)) = enough.take_if(|(mark, _)| *mark < *at) {
                print(&format!("{}  -- enough: what follows was not judged\n", time(at_us)))?;
            }
            lines.go_to(*at).map_err(failed)?;
            show_run(*connection, &mut lines, index.end)?;
        }
    }
    let status = index.ending.conclude(path, "shown");
    Ok(status.max(packets::show_beside(path, index.clock)?))
}

/// Shows lines until one belongs to another connection, or to what is not true any more.
fn show_run(connection: u64, lines: &mut Lines, end: u64) -> Result<(), CommandError> {
    let mut shown = String::new();
    while lines.at < end && is_read() {
        let event: Event<'_> = serde_json::from_slice(lines.next()?)?;
        if event.connection() != Some(connection) {
            break;
        }
        shown += &rendered(&event);
        if shown.len() >= AT_ONCE {
            print(&std::mem::take(&mut shown))?;
        }
    }
    Ok(print(&shown)?)
}

/// Text that is printed at once.
const AT_ONCE: usize = 64 << 10;

/// What is read at once. Connections that were open together have short runs of lines, and most of a long read would be in vain.
const READ: usize = 16 << 10;

/// The lines of a file, and where the next one begins.
struct Lines {
    input: BufReader<File>,
    at: u64,
    line: Vec<u8>,
}

impl Lines {
    fn open(path: &Path) -> std::io::Result<Self> {
        Ok(Self { input: BufReader::with_capacity(READ, File::open(path)?), at: 0, line: Vec::new() })
    }

    /// Goes to where a line begins; what was read already is not read again.
    fn go_to(&mut self, at: u64) -> std::io::Result<()> {
        self.input.seek_relative(at.cast_signed() - self.at.cast_signed())?;
        self.at = at;
        Ok(())
    }

    fn next(&mut self) -> std::io::Result<&[u8]> {
        self.line.clear();
        self.at += self.input.read_until(b'\n', &mut self.line)? as u64;
        Ok(&self.line)
    }
}

fn index(path: &Path) -> std::io::Result<Index> {
    let mut reader = CaptureReader::open(path)?;
    let mut index = Index {
        heading: String::new(),
        clock: None,
        connections: BTreeMap::new(),
        enough: None,
        end: 0,
        last: None,
        ending: Ending::Whole,
    };
    let mut damage = None;
    while let Some(event) = reader.next() {
        match event {
            Ok(Event::Start { recorder, address, at, .. }) => {
                index.clock = Clock::of(&at).ok();
                index.heading = format!("recorded by {} on {}, from {}\n", line(&recorder), line(&address), line(&at));
            }
            Ok(Event::Enough { at_us }) => {
                index.enough = Some((reader.position(), at_us));
                index.last = None;
            }
            Ok(event) => index.add(event.connection(), reader.position()),
            Err(error) => damage = Some(error.to_string()),
        }
    }
    index.end = reader.position();
    index.ending = Ending::of(damage, reader.completeness(), reader.line());
    Ok(index)
}

impl Index {
    fn add(&mut self, connection: Option<u64>, position: u64) {
        if let Some(connection) = connection.filter(|_| connection != self.last) {
            self.connections.entry(connection).or_default().push(position);
        }
        self.last = connection;
    }
}

fn rendered(event: &Event<'_>) -> String {
    match event {
        Event::Start { .. } | Event::Enough { .. } | Event::Stop { .. } => String::new(),
        Event::Open { at_us, peer, address, .. } => {
            let to = address.as_ref().map(|address| format!(" to {}", line(address))).unwrap_or_default();
            format!(" from {}{to}, opened after {}\n", line(peer), time(*at_us))
        }
        Event::Data { at_us, offset, urgent, octets, .. } => {
            let urgent = urgent.map(|urgent| format!("{:12}  < the octet at {urgent:08x} came as urgent\n", ""));
            dump('<', *at_us, *offset, octets) + &urgent.unwrap_or_default()
        }
        Event::Sent { at_us, offset, octets, .. } => dump('>', *at_us, *offset, octets),
        Event::Fin { at_us, .. } => format!("{}  < FIN\n", time(*at_us)),
        Event::Shut { at_us, .. } => format!("{}  > FIN\n", time(*at_us)),
        Event::Close { at_us, bytes, peer, by, reason, .. } => {
            let reason = reason.as_ref().map(|reason| format!(": {}", line(reason))).unwrap_or_default();
            format!("{}  closed by {by} ({peer}) after {bytes} octets{reason}\n", time(*at_us))
        }
    }
}

/// Rows of a hex dump; `<` was received, `>` was answered. Only the first row of a read has its time.
fn dump(direction: char, at_us: u64, offset: u64, octets: &[u8]) -> String {
    let rows = octets.chunks(ROW).zip((offset..).step_by(ROW)).enumerate();
    rows.map(|(index, (octets, offset))| {
        let time = if index == 0 { time(at_us) } else { String::new() };
        format!("{time:12}  {direction} {}\n", row(offset, octets))
    })
    .collect()
}

fn time(at_us: u64) -> String {
    format!("{:>4}.{:06} s", at_us / 1_000_000, at_us % 1_000_000)
}
