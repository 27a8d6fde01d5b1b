//! Captures held against each other as messages: what is different is said in the words of their fields.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use samewire_recorder::{Event, PeerEnd};

use super::captures::{Capture, alone, endings};
use super::left_out::LeftOut;
use super::{headline, legend, lines, name, pairs, seen, shown};
use crate::cli::conversation::Conversation;
use crate::cli::decoding::Decoding;
use crate::cli::indexed::Indexed;
use crate::cli::terminal::{GOOD, note, print, styled};
use crate::cli::{CommandError, Status};
use crate::judge::agreement::groups;
use crate::judge::messages::{Direction, Held, Message, compare_but as held_against};
use crate::printable::{counted, line};

const BOTH: [Direction; 2] = [Direction::Received, Direction::Sent];

/// A capture in messages.
struct Decoded {
    capture: Capture,
    connections: BTreeMap<u64, Connection>,
    indexed: Indexed,
}

/// All that two connections must have in common to be the same.
#[derive(Debug, PartialEq, Eq)]
struct Connection {
    ending: PeerEnd,
    /// What was received, and what was answered.
    streams: [Stream; 2],
}

/// What counts of one direction.
#[derive(Debug, PartialEq, Eq)]
enum Stream {
    Messages {
        digest: String,
        count: usize,
    },
    /// Answers that the decoder fails on, as the digest of their octets.
    Octets(blake3::Hash),
}

/// How captures are read, and what of them is left out.
#[derive(Clone, Copy)]
struct How<'a> {
    decoding: &'a Decoding,
    left_out: &'a LeftOut,
}

pub(super) fn compare(paths: &[PathBuf], decoding: &Decoding, left_out: &LeftOut) -> Result<Status, CommandError> {
    let how = How { decoding, left_out };
    let names: Vec<String> = (0..paths.len()).map(name).collect();
    let both = paths.iter().zip(&names);
    let mut captures = both.map(|(path, name)| Decoded::read(path, name, how)).collect::<Result<Vec<_>, _>>()?;
    left_out.refuse()?;
    let seen: Vec<_> = names.iter().zip(&captures).map(|(name, one)| seen(name, &one.connections, false)).collect();
    let groups = groups(&seen);
    let (verdict, pairs) = (headline(&groups), pairs(&groups, &names));
    print(&(legend(paths) + &decoding.heading()))?;
    let left_out = names.iter().zip(&captures).filter_map(|(name, one)| one.capture.left_out(name));
    print(&left_out.collect::<String>())?;
    if groups.len() == 1 {
        print(&same(&captures))?;
        return Ok(Status::Good);
    }
    print(&verdict)?;
    for (one, other) in pairs {
        print(&lines(&differences(&mut captures, [one, other], [&names[one], &names[other]], how)?, ""))?;
    }
    Ok(Status::Failed)
}

/// What all have in common.
fn same(captures: &[Decoded]) -> String {
    let first = &captures[0];
    let connections = counted(first.connections.len(), "connection");
    let [received, sent] = BOTH.map(|direction| first.count(direction));
    let answered = if sent > 0 { format!(" and {sent} answered") } else { String::new() };
    let is_exact = captures.iter().all(|other| other.capture.connections == first.capture.connections);
    let octets = if is_exact { "" } else { "; their octets differ, which `samewire compare` shows without --decode" };
    format!("{}: {connections}, {}{answered}{octets}\n", styled(GOOD, "the same"), counted(received, "message"))
}

/// What is different in two of the captures, in lines for people.
fn differences(
    captures: &mut [Decoded],
    [one, other]: [usize; 2],
    names: [&str; 2],
    how: How<'_>,
) -> Result<Vec<String>, CommandError> {
    let [upper, lower] = names;
    let (ones, others) = (captures[one].connections.len(), captures[other].connections.len());
    let mut lines = Vec::new();
    if ones != others {
        lines.push(format!("{} in {upper}, {others} in {lower}", counted(ones, "connection")));
    }
    let numbers: BTreeSet<u64> = [one, other].iter().flat_map(|index| captures[*index].connections.keys().copied()).collect();
    for number in numbers {
        let sides = [one, other].map(|index| captures[index].connections.get(&number));
        match sides {
            [Some(left), Some(right)] => {
                let parted: Vec<_> = BOTH.into_iter().filter(|it| left.stream(*it) != right.stream(*it)).collect();
                let endings = endings(number, [left.ending, right.ending], names);
                for direction in parted {
                    let [left, right] = [one, other].map(|index| captures[index].messages(number, direction, how.decoding));
                    lines.extend(said((number, direction), names, [left?, right?], how.left_out));
                }
                lines.extend(endings);
            }
            [left, _] => {
                let (name, index) = if left.is_some() { (upper, one) } else { (lower, other) };
                lines.extend(captures[index].capture.connections.get(&number).map(|only| alone(number, only, name)));
            }
        }
    }
    Ok(lines)
}

/// Messages as they came, and as they are shown; none where the decoder failed.
type Shown = Option<[Vec<Message>; 2]>;

/// What is to be said of two streams that differ.
fn said((number, direction): (u64, Direction), names: [&str; 2], [left, right]: [Shown; 2], left_out: &LeftOut) -> Vec<String> {
    let [upper, lower] = names;
    let answered = if direction == Direction::Sent { ", answered" } else { "" };
    let begin = format!("connection {number}{answered}");
    let (Some([left, left_shown]), Some([right, right_shown])) = (left, right) else {
        return vec![format!("{begin}: the octets differ, and are not decoded in both")];
    };
    let mut lines = vec![format!("{begin}: {} in {upper}, {} in {lower}", counted(left.len(), "message"), right.len())];
    let all = held_against(left_out.apart(), &left, &right);
    let Held { differences, more, .. } = held_against(left_out.apart(), &left_shown, &right_shown);
    let (told, count) = (differences.len() + more, all.differences.len() + all.more);
    // Those of `lower` are held against those of `upper`.
    lines.extend(differences.iter().map(|difference| format!("  {lower} against {upper}: {}", line(&difference.says))));
    lines.extend((more > 0).then(|| format!("  and {more} more")));
    if count > told {
        lines.push("  what `redact` hides is not the same in both".into());
    } else if told == 0 {
        lines.push("  messages differ in what no field says; `samewire compare` shows their octets without --decode".into());
    }
    lines
}

impl Decoded {
    fn read(path: &Path, name: &str, how: How<'_>) -> Result<Self, CommandError> {
        let capture = Capture::read(path)?;
        let mut one = Self { capture, connections: BTreeMap::new(), indexed: Indexed::open(path)? };
        let numbers: Vec<u64> = one.capture.connections.keys().copied().collect();
        for number in numbers {
            let said = one.conversation(number)?;
            let failed = |direction: Direction, why: &str| format!("{name}, connection {number}, {}: {why}", direction.name());
            let received = decoded(&said, Direction::Received, how);
            let received = received.map_err(|why| failed(Direction::Received, &why))?;
            let sent = decoded(&said, Direction::Sent, how).unwrap_or_else(|why| {
                let problem = line(&failed(Direction::Sent, &why));
                note(&format!("samewire: {problem}; their octets are compared\n"));
                Stream::Octets(blake3::hash(said.dialogue.octets(Direction::Sent)))
            });
            let ending = one.capture.connections[&number].ending;
            one.connections.insert(number, Connection { ending, streams: [received, sent] });
        }
        Ok(one)
    }

    fn conversation(&mut self, number: u64) -> Result<Conversation, CommandError> {
        let mut said = Conversation::default();
        self.indexed.events(number, |event| {
            said.event(event);
            Ok(!matches!(event, Event::Enough { .. }))
        })?;
        for direction in BOTH {
            let given = said.dialogue.octets(direction).len();
            if said.length(direction) > given as u64 {
                let path = shown(self.capture.path());
                return Err(format!("{path}: connection {number} has more than the {given} octets that are decoded").into());
            }
        }
        Ok(said)
    }

    fn messages(&mut self, number: u64, direction: Direction, decoding: &Decoding) -> Result<Shown, CommandError> {
        let said = self.conversation(number)?;
        let Ok(messages) = decoding.messages(direction, &said.dialogue, said.length(direction)) else { return Ok(None) };
        let mut shown = messages.clone();
        decoding.hiding(&said.dialogue).messages(&mut shown, said.dialogue.octets(direction));
        Ok(Some([messages, shown]))
    }

    /// How many messages there are on all connections.
    fn count(&self, direction: Direction) -> usize {
        let counts = self.connections.values().map(|connection| match connection.stream(direction) {
            Stream::Messages { count, .. } => *count,
            Stream::Octets(_) => 0,
        });
        counts.sum()
    }
}

impl Connection {
    fn stream(&self, direction: Direction) -> &Stream {
        &self.streams[direction as usize]
    }
}

/// What counts of a stream, or why it cannot be decoded, as it may be shown.
fn decoded(said: &Conversation, direction: Direction, How { decoding, left_out }: How<'_>) -> Result<Stream, String> {
    let messages = decoding.messages(direction, &said.dialogue, said.length(direction));
    let messages = messages.map_err(|error| decoding.hiding(&said.dialogue).text(&error.to_string()))?;
    let Held { digest, ignored, .. } = held_against(left_out.apart(), &[], &messages);
    left_out.notice(&messages, &ignored);
    let count = ignored.iter().filter(|ignored| !**ignored).count();
    Ok(Stream::Messages { digest, count })
}
