//! `samewire show`: a capture for people, connection by connection.
//!
//! Reads twice: first to check it and to learn where each connection's lines are, then to show them. So a capture may be
//! larger than memory.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use clap::Args;
use samewire_recorder::{CaptureReader, Completeness, Event};

use super::terminal::{STRONG, is_read, note, print, styled};
use super::{CommandError, Status};
use crate::printable::{ROW, line, row};

#[derive(Debug, Args)]
pub struct ShowArgs {
    /// A capture, as `samewire serve --out` or a run wrote it
    file: PathBuf,
}

/// What the first reading found.
struct Index {
    heading: String,
    /// Where each run of a connection's lines begins: a long stream is few runs, however many lines it has.
    connections: BTreeMap<u64, Vec<u64>>,
    /// Where the lines that are true end.
    end: u64,
    last: Option<u64>,
    ending: Result<Option<Completeness>, String>,
    line: u64,
}

pub fn show(args: &ShowArgs) -> Result<Status, CommandError> {
    let failed = |error: std::io::Error| format!("read the capture {}: {error}", args.file.display());
    let index = index(&args.file).map_err(failed)?;
    print(&index.heading)?;
    let mut input = BufReader::with_capacity(1 << 18, File::open(&args.file).map_err(failed)?);
    for (connection, runs) in &index.connections {
        print(&format!("\n{}", styled(STRONG, &format!("connection {connection}"))))?;
        for at in runs.iter().take_while(|_| is_read()) {
            input.seek(SeekFrom::Start(*at)).map_err(failed)?;
            show_run(*connection, (&mut input).take(index.end - at))?;
        }
    }
    Ok(conclude(&args.file, &index))
}

/// Shows lines until one belongs to another connection.
fn show_run(connection: u64, mut input: impl BufRead) -> Result<(), CommandError> {
    let mut text = Vec::new();
    while input.read_until(b'\n', &mut text)? > 0 {
        let event: Event<'_> = serde_json::from_slice(&text)?;
        if event.connection() != Some(connection) {
            break;
        }
        print(&rendered(&event))?;
        text.clear();
    }
    Ok(())
}

fn index(path: &Path) -> std::io::Result<Index> {
    let mut reader = CaptureReader::open(path)?;
    let mut index = Index { heading: String::new(), connections: BTreeMap::new(), end: 0, last: None, ending: Ok(None), line: 0 };
    while let Some(event) = reader.next() {
        match event {
            Ok(Event::Start { recorder, address, at, .. }) => {
                index.heading = format!("recorded by {} on {}, from {}\n", line(&recorder), line(&address), line(&at));
            }
            Ok(event) => index.add(event.connection(), reader.position()),
            Err(error) => index.ending = Err(error.to_string()),
        }
    }
    (index.line, index.end) = (reader.line(), reader.position());
    if index.ending.is_ok() {
        index.ending = Ok(reader.completeness());
    }
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
        Event::Start { .. } | Event::Stop { .. } => String::new(),
        Event::Open { at_us, peer, .. } => format!(" from {}, opened after {}\n", line(peer), time(*at_us)),
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

fn conclude(path: &Path, index: &Index) -> Status {
    match &index.ending {
        Err(damage) => {
            note(&format!("samewire: {} is damaged: {damage}; all before that line is shown\n", path.display()));
            Status::Unusable
        }
        Ok(Some(Completeness::Unfinished)) => {
            note(&format!(
                "samewire: {} has no end after line {}: the recorder was stopped hard, or still records\n",
                path.display(),
                index.line - 1
            ));
            Status::Good
        }
        Ok(Some(Completeness::CutOff { line })) => {
            note(&format!("samewire: {} is cut off in line {line}; all before that line is shown\n", path.display()));
            Status::Good
        }
        Ok(Some(Completeness::Whole) | None) => Status::Good,
    }
}
