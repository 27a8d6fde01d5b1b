//! What there is to say of two sides that are held against each other: data first, which `--format json` prints. Pure.

use schemars::JsonSchema;
use serde::Serialize;

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
    /// Why they differ, the likeliest cause first; `unexplained` where nothing that is known explains it.
    diagnoses: Vec<Diagnosis>,
    /// Where the first connections part that differ.
    drawings: Vec<Drawing>,
    /// How many more connections differ.
    undrawn: usize,
}

impl Explanation {
    /// Holds what came against what was expected, a connection each.
    pub(super) fn of(expected: &[Vec<u8>], captured: &[Vec<u8>], redaction: &Redaction) -> Self {
        let (drawings, undrawn) = drawings(expected, captured, redaction);
        let lengths = |side: &[Vec<u8>]| side.iter().map(|octets| octets.len() as u64).collect();
        Self {
            format: FORMAT,
            same: expected == captured,
            expected: lengths(expected),
            captured: lengths(captured),
            diagnoses: diagnosed(expected, captured, redaction),
            drawings,
            undrawn,
        }
    }

    /// In lines for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = self.causes();
        lines.extend(self.drawings.iter().flat_map(|drawing| self.drawn(drawing)));
        lines.extend((self.undrawn > 0).then(|| format!("... and {} differed", counted(self.undrawn, "more connection"))));
        lines
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
        let several = self.expected.len().max(self.captured.len()) > 1;
        let head = drawing.connection.filter(|_| several);
        let head = head.map(|connection| format!("connection {connection}: expected {expected}, captured {captured}"));
        head.into_iter().chain(picture::lines(&drawing.picture, ["expected", "captured"])).collect()
    }
}

/// The first [`DRAWN`] connections that differ, and how many more there are. One that is on one side alone is held against nothing.
fn drawings(expected: &[Vec<u8>], captured: &[Vec<u8>], redaction: &Redaction) -> (Vec<Drawing>, usize) {
    let octets = |index: usize| [expected, captured].map(|side| side.get(index).map(Vec::as_slice).unwrap_or_default());
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
