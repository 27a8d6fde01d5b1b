//! One of two sides that are held against each other: octets from a file, a capture, standard input, or the command line.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use samewire_recorder::{CaptureReader, Completeness, Event};

use crate::cli::CommandError;
use crate::cli::diagnosed::DIAGNOSED;
use crate::hex;
use crate::judge::messages::Direction;
use crate::printable::{counted, line};
use crate::trial::dialogue::{Dialogue, said};

/// How a capture begins.
const CAPTURE: &[u8] = br#"{"event":"start""#;

/// A capture has its octets in base64, each piece with its time, so it may be so many times as long as a file of octets.
const CAPTURE_TIMES: u64 = 8;

/// What standard input is called.
const STDIN: &str = "standard input";

/// One side, read.
#[derive(Debug)]
pub(super) struct Side {
    /// Where it is from, for people.
    pub name: String,
    /// Which of what each connection carried is looked at.
    pub direction: Direction,
    /// What each connection carried; octets of anything but a capture are one, in that direction.
    pub dialogues: Vec<Dialogue>,
    /// Whether it is of a capture.
    pub is_capture: bool,
    /// Why this may not be all.
    pub remark: Option<String>,
}

/// What of a capture is looked at.
#[derive(Debug, Clone, Copy)]
pub(super) struct Choice<'a> {
    pub direction: Direction,
    /// Connections by their numbers; all where there are none.
    pub connections: &'a [u64],
}

impl Side {
    fn of_octets(name: String, octets: &[u8], direction: Direction) -> Self {
        let mut dialogue = Dialogue::default();
        dialogue.say(direction, octets, usize::MAX);
        Self { name, direction, dialogues: vec![dialogue], is_capture: false, remark: None }
    }

    /// What is looked at of each connection.
    pub(super) fn octets(&self) -> Vec<&[u8]> {
        self.dialogues.iter().map(|dialogue| dialogue.octets(self.direction)).collect()
    }
}

/// What an argument names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source<'a> {
    /// `hex:0c22`
    Hex(&'a [u8]),
    /// `base64:DCI=`
    Base64(&'a [u8]),
    /// `text:hello`
    Text(&'a [u8]),
    /// `-`
    Stdin,
    /// Anything else.
    File(&'a Path),
}

impl<'a> Source<'a> {
    pub(super) fn of(argument: &'a OsString) -> Self {
        let octets = argument.as_encoded_bytes();
        let behind = |prefix: &str| octets.strip_prefix(prefix.as_bytes());
        match (behind("hex:"), behind("base64:"), behind("text:")) {
            (Some(digits), ..) => Self::Hex(digits),
            (_, Some(encoded), _) => Self::Base64(encoded),
            (.., Some(text)) => Self::Text(text),
            _ if octets == b"-" => Self::Stdin,
            _ => Self::File(Path::new(argument)),
        }
    }

    /// Whether it can be read but once: there is no second time of what comes through a pipe.
    pub(super) fn is_once(self) -> bool {
        match self {
            Self::Stdin => true,
            Self::File(path) => path.metadata().is_ok_and(|file| !file.is_file() && !file.is_dir()),
            _ => false,
        }
    }

    /// What it holds.
    ///
    /// # Errors
    /// It cannot be read, is not what it says, or has more octets than are looked at.
    pub(super) fn read(self, choice: Choice<'_>) -> Result<Side, CommandError> {
        let one = |form: &str, octets: Vec<u8>| {
            let name = format!("given as {form}, {}", counted(octets.len(), "octet"));
            Side::of_octets(name, &octets, choice.direction)
        };
        match self {
            Self::Hex(digits) => of_hex(digits).map(|octets| one("hex", octets)).ok_or_else(|| {
                "hex: wants two digits an octet, such as hex:0c22 or 'hex:0c 22'; a file of this name is ./hex:..".into()
            }),
            Self::Base64(encoded) => base64_simd::forgiving_decode_to_vec(encoded)
                .map(|octets| one("base64", octets))
                .map_err(|_| "base64: is not base64, such as base64:DCI=; a file of this name is ./base64:..".into()),
            Self::Text(text) => Ok(one("text", text.to_vec())),
            Self::Stdin => side(STDIN, &all_of(io::stdin().lock(), STDIN)?, choice),
            Self::File(path) => {
                let name = line(&path.display().to_string());
                side(&name, &of_file(path, &name)?, choice)
            }
        }
    }
}

/// Digits in either case; blanks and colons between octets, as other tools print them, are left out.
fn of_hex(digits: &[u8]) -> Option<Vec<u8>> {
    let digits = digits.iter().filter(|digit| !digit.is_ascii_whitespace() && **digit != b':');
    let digits: Vec<u8> = digits.map(u8::to_ascii_lowercase).collect();
    hex::decode(std::str::from_utf8(&digits).ok()?)
}

fn of_file(path: &Path, name: &str) -> Result<Vec<u8>, CommandError> {
    if path.is_dir() {
        return Err(format!("cannot explain {name}: it is a folder; name a file of octets or a capture in it").into());
    }
    let file = File::open(path).map_err(|error| format!("cannot read {name}: {error}"))?;
    all_of(file, name)
}

/// All that there is, if that is not too much.
fn all_of(input: impl Read, name: &str) -> Result<Vec<u8>, CommandError> {
    let mut octets = Vec::new();
    let read = input.take(DIAGNOSED * CAPTURE_TIMES + 1).read_to_end(&mut octets);
    read.map_err(|error| format!("cannot read {name}: {error}"))?;
    Ok(octets)
}

/// What was read: the connections of a capture, or octets as they are.
fn side(name: &str, octets: &[u8], choice: Choice<'_>) -> Result<Side, CommandError> {
    let is_capture = octets.starts_with(CAPTURE);
    let of_octets = || Side::of_octets(format!("{name}, {}", counted(octets.len(), "octet")), octets, choice.direction);
    let side = if is_capture { of_capture(name, octets, choice)? } else { of_octets() };
    match side.octets().iter().map(|octets| octets.len() as u64).sum::<u64>() {
        ..=DIAGNOSED => Ok(side),
        _ => {
            let most = DIAGNOSED >> 20;
            let instead = if is_capture { "; `samewire compare` draws where captures of any size part" } else { "" };
            Err(format!("cannot explain {name}: it has more than the {most} MiB that are looked at{instead}").into())
        }
    }
}

/// What each connection of a capture carried, as far as it is judged.
fn of_capture(name: &str, octets: &[u8], choice: Choice<'_>) -> Result<Side, CommandError> {
    let mut reader = CaptureReader::new(octets);
    let mut dialogues: BTreeMap<u64, Dialogue> = BTreeMap::new();
    let mut is_judged = true;
    for event in reader.by_ref() {
        match event.map_err(|error| format!("cannot read the capture {name}: {error}"))? {
            Event::Enough { .. } => is_judged = false,
            Event::Open { connection, .. } if is_judged => drop(dialogues.entry(connection).or_default()),
            ref event @ (Event::Data { connection, .. } | Event::Sent { connection, .. }) if is_judged => {
                if let Some((dialogue, (direction, octets))) = dialogues.get_mut(&connection).zip(said(event)) {
                    dialogue.say(direction, octets, usize::MAX);
                }
            }
            _ => {}
        }
    }
    let remark = (reader.completeness() != Some(Completeness::Whole))
        .then(|| format!("{name} is cut off in line {}: what came before is held against the other side", reader.line()));
    let (dialogues, chosen) = chosen(name, dialogues, choice.connections)?;
    let count: usize = dialogues.iter().map(|dialogue| dialogue.octets(choice.direction).len()).sum();
    let what = if choice.direction == Direction::Sent { " that were sent" } else { "" };
    let what = format!("{}{what} in {}{chosen}", counted(count, "octet"), counted(dialogues.len(), "connection"));
    Ok(Side { name: format!("{name}, {what}"), direction: choice.direction, dialogues, is_capture: true, remark })
}

/// The connections of these numbers, in their order, and how that is said; all where there are none.
fn chosen(name: &str, all: BTreeMap<u64, Dialogue>, numbers: &[u64]) -> Result<(Vec<Dialogue>, String), CommandError> {
    if numbers.is_empty() {
        return Ok((all.into_values().collect(), String::new()));
    }
    let count = counted(all.len(), "connection");
    let missing = |number: &u64| format!("{name} has no connection {number}: it has {count}");
    let dialogues = numbers.iter().map(|number| all.get(number).cloned().ok_or_else(|| missing(number)));
    let dialogues = dialogues.collect::<Result<Vec<_>, _>>()?;
    let listed: Vec<String> = numbers.iter().map(u64::to_string).collect();
    let here = if numbers.len() > 1 { ", counted from 1 here" } else { "" };
    Ok((dialogues, format!(" (number {} of {}{here})", listed.join(", "), all.len())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_argument_says_what_it_is_by_its_beginning() {
        let of = |argument: &str| format!("{:?}", Source::of(&OsString::from(argument)));
        assert_eq!(of("-"), "Stdin");
        assert_eq!(of("./hex:00"), r#"File("./hex:00")"#);
        assert_eq!(of("./-"), r#"File("./-")"#);
        assert_eq!(of("hex"), r#"File("hex")"#);
        assert!(of("hex:").starts_with("Hex(") && of("text:-").starts_with("Text(") && of("base64:").starts_with("Base64("));
    }

    #[test]
    fn hex_may_be_in_groups_and_in_capitals() {
        assert_eq!(of_hex(b"0C22"), Some(vec![0x0c, 0x22]));
        assert_eq!(of_hex(b"0c:22 ff\n"), Some(vec![0x0c, 0x22, 0xff]));
        assert_eq!(of_hex(b""), Some(vec![]));
        assert_eq!(of_hex(b"0c2"), None);
        assert_eq!(of_hex(b"0x22"), None);
        assert_eq!(of_hex(b"\xff\xff"), None);
    }
}
