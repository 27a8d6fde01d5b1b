//! The picture of a difference: expected over captured, lined up, with the place in the plan where they part. Pure.
//!
//! It is data first ([`Picture`]), which reports carry and pages draw; [`lines`] draws it for a terminal. Only what is around a
//! difference is in it, so that it fits a screen whatever the size of what is compared. What caused the difference is not its
//! business.

mod placed;
mod render;
mod window;

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::judge::align::{self, Change, Pattern};
use crate::printable;
use crate::suite::expectation::Mask;
use crate::suite::parts::Reading;
use crate::suite::plan::Field;

pub use render::{lines, marked, rows};
pub use window::COLUMNS;

/// Octets that are expected, and what is known of them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Expected<'a> {
    /// The octets.
    pub octets: &'a [u8],
    /// Those of them that may be anything, in order.
    pub masks: &'a [Mask],
    /// The parts of the plan that they come from, in order; none where there is no plan.
    pub fields: &'a [Field],
}

/// Where two runs of octets differ, and what both have around there.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Picture {
    /// Where both part; `None` where they do not.
    pub first_difference: Option<Difference>,
    /// What is around the first differences, in order.
    pub windows: Vec<Window>,
    /// The names of the masks that are seen in the windows.
    pub masks: Vec<String>,
    /// How many differences more there are, at least.
    pub more: usize,
}

/// Where both part. All before it is the same in both, so it has one offset.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// The offset of the first octets that differ, or where one of the two has ended.
    pub offset: u64,
    /// The part of the plan that the expected octet there comes from.
    pub place: Option<Place>,
    /// The part of an expectation that bends which does not fit, and how: a whole sentence, with the offset.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<String>,
}

/// An octet's place in a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Place {
    /// The line of the plan, from 1.
    pub line: usize,
    /// The word and the argument: `u32be 513`.
    pub field: String,
    /// Which of the field's octets it is, from 1; `None` where it is behind the last, and nothing more was expected.
    pub octet: Option<usize>,
    /// How many octets the field has.
    pub of: usize,
}

/// One or more differences that are close together, and some octets on both sides of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Window {
    /// The rows, in order.
    pub rows: Vec<Row>,
}

/// A row of a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Row {
    /// Up to [`COLUMNS`] octets of both.
    Octets {
        /// What was expected.
        expected: Cells,
        /// What was captured.
        captured: Cells,
        /// `^^` under each octet that differs; empty where none does.
        marks: String,
    },
    /// The middle of a long difference, which is left out.
    LeftOut {
        /// So many octets that were expected.
        expected: u64,
        /// So many octets that were captured.
        captured: u64,
    },
}

/// One side of a row.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "cli", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Cells {
    /// The offset of the first octet, or of the next one where the row begins with a gap.
    pub offset: u64,
    /// Two characters an octet, with spaces between them: hex digits, `--` where this side has none, `??` for any octet.
    pub hex: String,
    /// One character an octet.
    pub ascii: String,
}

impl Picture {
    /// Compares what was expected with what was captured.
    #[must_use]
    pub fn of(expected: Expected<'_>, captured: &[u8]) -> Self {
        Self::draw(expected, captured, false)
    }

    /// As [`Picture::of`], for octets that go on behind what is given: what differs only at the end of it may not in truth.
    #[must_use]
    pub fn of_beginning(expected: Expected<'_>, captured: &[u8]) -> Self {
        Self::draw(expected, captured, true)
    }

    fn draw(expected: Expected<'_>, captured: &[u8], goes_on: bool) -> Self {
        let pattern = Pattern { octets: expected.octets, masks: expected.masks, refused: &[] };
        let at = pattern.prefix(0..expected.octets.len(), captured);
        if at == expected.octets.len() && at == captured.len() {
            return Self::default();
        }
        let mut changes = align::changes(pattern, captured);
        if goes_on && changes.len() > 1 {
            changes.pop_if(|last| last.expected.end == expected.octets.len() || last.captured.end == captured.len());
        }
        let first_difference = Some(Difference { offset: at as u64, place: Place::of(expected.fields, at), part: None });
        Self { first_difference, ..window::around(pattern, captured, &changes) }
    }

    /// The picture of what does not fit parts that bend: both sides run together but for the stretches of the reading.
    #[must_use]
    pub fn of_reading(reading: &Reading, captured: &[u8]) -> Self {
        if reading.stretches.is_empty() {
            return Self::default();
        }
        let refused: Vec<Range<usize>> = reading.refused();
        let pattern = Pattern { octets: &reading.octets, masks: &reading.masks, refused: &refused };
        let stretches = reading.stretches.iter();
        let stretches =
            stretches.map(|stretch| Change { expected: stretch.expected.clone(), captured: stretch.captured.clone() });
        let changes = align::changes_in(pattern, captured, stretches);
        let first = Difference { offset: reading.offset as u64, place: None, part: Some(reading.said.clone()) };
        Self { first_difference: Some(first), ..window::around(pattern, captured, &changes) }
    }

    /// The same picture, with `**` for octets that are not to be shown: those at these offsets of what was expected, and of what came.
    #[must_use]
    pub fn hiding(mut self, expected: &[Range<usize>], captured: &[Range<usize>]) -> Self {
        if expected.is_empty() && captured.is_empty() {
            return self;
        }
        for row in self.windows.iter_mut().flat_map(|window| &mut window.rows) {
            if let Row::Octets { expected: upper, captured: lower, .. } = row {
                upper.hide(expected);
                lower.hide(captured);
            }
        }
        if let Some(first) = &mut self.first_difference {
            let is_hidden = |hits: &[Range<usize>]| hits.iter().any(|hit| hit.contains(&(first.offset as usize)));
            if is_hidden(expected) || is_hidden(captured) {
                first.part = first.part.take().map(|said| without_octet(&said));
            }
            // The argument of a plan's line is cut, so only its word stays.
            if let Some(place) = first.place.as_mut().filter(|_| !expected.is_empty()) {
                let word = place.field.split(' ').next().unwrap_or_default();
                place.field = format!("{word} ***");
            }
        }
        self
    }

    /// The same picture, with another sentence about the part that does not fit.
    #[must_use]
    pub fn saying(mut self, says: impl FnOnce(&str) -> String) -> Self {
        if let Some(said) = self.first_difference.as_mut().and_then(|first| first.part.as_mut()) {
            *said = says(said);
        }
        self
    }

    /// The same picture, of octets that stand further back by so many.
    #[must_use]
    pub fn moved(mut self, by: u64) -> Self {
        for row in self.windows.iter_mut().flat_map(|window| &mut window.rows) {
            if let Row::Octets { expected, captured, .. } = row {
                expected.offset += by;
                captured.offset += by;
            }
        }
        if let Some(first) = &mut self.first_difference {
            first.offset += by;
        }
        self
    }
}

impl Cells {
    /// Hides the octets at these offsets. What has no octet (`--`), or any (`??`), has none to hide.
    fn hide(&mut self, hits: &[Range<usize>]) {
        let mut at = self.offset as usize;
        let (mut hex, mut ascii) = (Vec::new(), String::new());
        for (cell, character) in self.hex.split(' ').zip(self.ascii.chars()) {
            let is_hidden = !matches!(cell, "--" | "??") && hits.iter().any(|hit| hit.contains(&at));
            at += usize::from(cell != "--");
            hex.push(if is_hidden { "**" } else { cell });
            ascii.push(if is_hidden { '*' } else { character });
        }
        (self.hex, self.ascii) = (hex.join(" "), ascii);
    }
}

/// `octet 0x67 at offset 12` without that octet.
fn without_octet(said: &str) -> String {
    match said.rsplit_once("octet 0x") {
        Some((before, octet)) if octet.len() >= 2 => format!("{before}octet **{}", octet.get(2..).unwrap_or_default()),
        _ => said.to_owned(),
    }
}

impl Place {
    /// The place of the octet at an offset; behind the last octet, that of the last.
    #[must_use]
    pub fn of(fields: &[Field], at: usize) -> Option<Self> {
        let begun = fields.partition_point(|field| field.start <= at);
        let field = fields[..begun].iter().rfind(|field| field.length > 0)?;
        let octet = (at < field.start + field.length).then(|| at - field.start + 1);
        Some(Self { line: field.line, field: field.what.clone(), octet, of: field.length })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (line, field) = (self.line, printable::line(&self.field));
        match self.octet {
            Some(octet) => write!(f, "line {line}, `{field}`, octet {octet} of {}", self.of),
            None => write!(f, "after the last octet of line {line}, `{field}`"),
        }
    }
}
