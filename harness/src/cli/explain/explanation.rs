//! What there is to say of two sides that are held against each other: data first, which `--format json` prints. Pure.

use schemars::JsonSchema;
use serde::Serialize;

use super::side::Side;
use super::worded::Worded;
use crate::cli::diagnosed::{SHOWN, diagnosed};
use crate::judge::diagnosis::{Diagnosis, UNEXPLAINED};
use crate::judge::picture::{self, Picture};
use crate::printable::{counted, line, wrapped};
use crate::suite::Redaction;
use crate::trial::difference::{DRAWN, Drawing};

/// The version of this format.
const FORMAT: u64 = 1;

/// How wide sentences are.
const WIDTH: usize = 78;

/// Why two sides differ, and where.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Explanation {
    /// The version of this format: 1.
    format: u64,
    /// Whether both sides are the same.
    pub same: bool,
    /// How many octets were expected on each connection; octets that are of no capture are one.
    expected: Vec<u64>,
    /// How many octets came on each connection.
    captured: Vec<u64>,
    /// What differs in the messages of each connection, in the words of their fields, where a decoder was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    messages: Option<Vec<Worded>>,
    /// Why they differ, the likeliest cause first; `unexplained` where nothing that is known explains it.
    diagnoses: Vec<Diagnosis>,
    /// Where the first connections part that differ.
    drawings: Vec<Drawing>,
    /// How many more connections differ.
    undrawn: usize,
}

impl Explanation {
    /// Holds what came against what was expected, a connection each.
    pub(super) fn of(expected: &Side, captured: &Side, redaction: &Redaction) -> Self {
        let (expected, captured) = (&expected.octets()[..], &captured.octets()[..]);
        let (drawings, undrawn) = drawings(expected, captured, redaction);
        let lengths = |side: &[&[u8]]| side.iter().map(|octets| octets.len() as u64).collect();
        Self {
            format: FORMAT,
            same: expected == captured,
            expected: lengths(expected),
            captured: lengths(captured),
            messages: None,
            diagnoses: diagnosed(expected, captured, redaction),
            drawings,
            undrawn,
        }
    }

    /// The same, with what differs in messages.
    pub(super) fn worded(self, messages: Option<Vec<Worded>>) -> Self {
        Self { messages, ..self }
    }

    /// In lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let connections = self.connections();
        let mut lines: Vec<String> = self.messages.iter().flatten().flat_map(|one| one.lines(connections > 1)).collect();
        lines.extend(self.causes());
        lines.extend(self.drawings.iter().flat_map(|drawing| self.drawn(drawing)));
        lines.extend((self.undrawn > 0).then(|| format!("... and {} differed", counted(self.undrawn, "more connection"))));
        lines
    }

    fn connections(&self) -> usize {
        self.expected.len().max(self.captured.len())
    }

    fn causes(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for (index, diagnosis) in self.diagnoses.iter().take(SHOWN).enumerate() {
            let or = match index {
                0 => "",
                _ if diagnosis.is_beside(&self.diagnoses[0]) => "and: ",
                _ => "or: ",
            };
            let name = if diagnosis.name == UNEXPLAINED { String::new() } else { format!(" ({})", diagnosis.name) };
            let on = diagnosis.connection.map(|connection| format!("connection {connection}: ")).unwrap_or_default();
            lines.extend(wrapped(&format!("{or}{on}{}{name}", line(&diagnosis.sentence)), WIDTH));
            let hint = diagnosis.hint.iter().filter(|_| index == 0);
            lines.extend(hint.flat_map(|hint| wrapped(&line(hint), WIDTH - 2)).map(|hint| format!("  {hint}")));
        }
        let more = self.diagnoses.len().saturating_sub(SHOWN);
        lines.extend((more > 0).then(|| format!("or one of {}, which --format json names", counted(more, "more cause"))));
        lines
    }

    fn drawn(&self, drawing: &Drawing) -> Vec<String> {
        let (expected, captured) = (counted(drawing.expected as usize, "octet"), drawing.captured);
        let several = self.connections() > 1;
        let spots = self.diagnoses.first().zip(drawing.connection);
        let spots = spots.map(|(first, connection)| first.places_on(connection, self.connections())).unwrap_or_default();
        let head = drawing.connection.filter(|_| several);
        let head = head.map(|connection| format!("connection {connection}: expected {expected}, captured {captured}"));
        head.into_iter().chain(picture::lines(&drawing.picture.with_places(spots), ["expected", "captured"])).collect()
    }
}

/// The first [`DRAWN`] connections that differ, and how many more there are. One that is on one side alone is held against nothing.
fn drawings(expected: &[&[u8]], captured: &[&[u8]], redaction: &Redaction) -> (Vec<Drawing>, usize) {
    let octets = |index: usize| [expected, captured].map(|side| side.get(index).copied().unwrap_or_default());
    let count = expected.len().max(captured.len());
    let mut different = (0..count).map(|index| (index + 1, octets(index))).filter(|(_, [seen, came])| seen != came);
    let drawn = different.by_ref().take(DRAWN).map(|(connection, sides)| drawing(connection, sides, redaction)).collect();
    (drawn, different.count())
}

fn drawing(connection: usize, [expected, captured]: [&[u8]; 2], redaction: &Redaction) -> Drawing {
    let picture = Picture::of(picture::Expected { octets: expected, ..Default::default() }, captured);
    let picture = match redaction.is_empty() {
        true => picture,
        false => picture.hiding(&redaction.hits(expected), &redaction.hits(captured)),
    };
    Drawing { connection: Some(connection), expected: expected.len() as u64, captured: captured.len() as u64, picture }
}
