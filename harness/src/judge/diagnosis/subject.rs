//! One connection to diagnose: what was expected, what came, and which part of the plan each octet comes from.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;
use std::ops::Range;

use super::counted::Counted;
use super::watch::Watch;
use super::{CLOSE_LOOK, Evidence, Expected};
use crate::judge::align::{self, Change, Pattern};
use crate::suite::expectation::Mask;
use crate::suite::plan::{self, Fixed, Float, Instruction, Plan, Prefix, Stream, Varint};

/// One connection.
#[derive(Debug)]
pub(super) struct Subject<'a> {
    /// What was expected; under masks stands what came.
    pub expected: Cow<'a, [u8]>,
    /// What came.
    pub captured: &'a [u8],
    /// The lines of the plan that send on it, in order and without gaps; none where there is no plan.
    pub lines: Vec<Line<'a>>,
    /// The text of the plan.
    pub plan: Option<&'a str>,
    /// How many octets are the same at the start.
    pub common_start: usize,
    /// How many octets are the same at the end.
    pub common_end: usize,
    /// Who is told which rule is tried.
    pub watch: Watch<'a>,
    /// What differs, where somebody asked.
    changes: OnceCell<Vec<Change>>,
    /// What gates are told, where somebody asked.
    counted: OnceCell<Counted>,
}

/// A line of the plan that sends something.
#[derive(Debug, Clone)]
pub(super) struct Line<'a> {
    /// Its number in the plan, from 1.
    pub number: usize,
    /// Where its octets are.
    pub range: Range<usize>,
    /// Its arguments, in order and without gaps.
    pub pieces: Vec<Piece<'a>>,
}

/// One argument of a line.
#[derive(Debug, Clone)]
pub(super) struct Piece<'a> {
    /// Where its octets are.
    pub range: Range<usize>,
    /// The argument as a person writes it: `u32be 513`.
    pub what: String,
    /// What it stands for.
    pub value: Value<'a>,
}

/// What an argument stands for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Value<'a> {
    /// Text, a code point, or octets as they are.
    Plain,
    Integer(Fixed, i128),
    /// A float, as its width holds it, and as it is written.
    Float(Float, f64, f64),
    Varint(Varint, i128),
    /// The length before this text.
    Length(Prefix, &'a str),
    /// The text behind a length.
    Body(Prefix),
    Repeat(u64, u8),
    Ramp(u64),
    Noise(u64, u64),
}

/// The connections of a trial, as far as one was expected for each.
pub(super) fn of<'a>(evidence: &Evidence<'a>) -> Vec<Subject<'a>> {
    let mut parts = evidence.plan.map(|plan| parts(plan, evidence.expected)).unwrap_or_default().into_iter();
    let pairs = evidence.expected.iter().zip(evidence.captured);
    pairs.map(|(expected, captured)| subject(*expected, captured, parts.next().unwrap_or_default(), evidence.plan)).collect()
}

/// All that was expected, its masks, and all that came, one connection after the other.
pub(super) fn join(evidence: &Evidence<'_>) -> (Vec<u8>, Vec<Mask>, Vec<u8>) {
    let (mut octets, mut masks) = (Vec::new(), Vec::new());
    for expected in evidence.expected {
        masks.extend(expected.masks.iter().map(|mask| Mask { start: mask.start + octets.len(), ..mask.clone() }));
        octets.extend_from_slice(expected.octets);
    }
    (octets, masks, evidence.captured.concat())
}

/// The connections of a trial as one.
pub(super) fn joined<'a>(whole: Expected<'a>, captured: &'a [u8], plan: Option<&'a Plan>) -> Subject<'a> {
    let lines = plan.map(|plan| joined_lines(whole, plan)).unwrap_or_default();
    subject(whole, captured, lines, plan)
}

fn joined_lines<'a>(whole: Expected<'_>, plan: &'a Plan) -> Vec<Line<'a>> {
    let streams = plan::encode(plan);
    let (mut octets, mut lines) = (Vec::new(), Vec::new());
    for (stream, told) in streams.iter().zip(by_connection(plan)) {
        lines.extend(lines_of(plan, stream, &told).into_iter().map(|line| line.moved(octets.len())));
        octets.extend_from_slice(&stream.octets);
    }
    if same(whole, &octets) { lines } else { Vec::new() }
}

impl<'a> Subject<'a> {
    pub(super) fn watched(self, watch: Watch<'a>) -> Self {
        Self { watch, ..self }
    }

    /// The same, where something else came.
    pub(super) fn but_for<'b>(&'b self, captured: &'b [u8]) -> Subject<'b> {
        let whole = Expected { octets: &self.expected, masks: &[] };
        let found = subject(whole, captured, Vec::new(), None);
        Subject { plan: self.plan, watch: self.watch, ..found }
    }

    /// Something else that was expected and came.
    pub(super) fn of<'b>(&'b self, expected: &'b [u8], captured: &'b [u8]) -> Subject<'b> {
        let found = subject(Expected { octets: expected, masks: &[] }, captured, Vec::new(), None);
        Subject { watch: self.watch, ..found }
    }

    /// What differs, in order.
    pub(super) fn changes(&self) -> &[Change] {
        let pattern = Pattern { octets: &self.expected, masks: &[], refused: &[] };
        self.changes.get_or_init(|| align::finest(pattern, self.captured))
    }

    pub(super) fn is_same(&self) -> bool {
        *self.expected == *self.captured
    }

    /// Whether it is too large for all but linear work.
    pub(super) fn is_large(&self) -> bool {
        self.expected.len().max(self.captured.len()) > CLOSE_LOOK
    }

    /// Whether more octets came than were expected, fewer, or as many.
    pub(super) fn came(&self) -> Ordering {
        self.captured.len().cmp(&self.expected.len())
    }

    /// What gates are told of it. The lengths of frames may be others, with what they count.
    pub(super) fn counted(&self) -> &Counted {
        self.counted.get_or_init(|| {
            let mut counted = Counted::of(&self.expected, self.captured);
            let lengths = self.pieces().filter(|(_, piece)| matches!(piece.value, Value::Length(..)));
            lengths.for_each(|(_, piece)| counted.without(self.octets(&piece.range)));
            counted
        })
    }

    /// Whether it has frames.
    pub(super) fn is_framed(&self) -> bool {
        self.pieces().any(|(_, piece)| matches!(piece.value, Value::Length(..)))
    }

    pub(super) fn octets(&self, range: &Range<usize>) -> &[u8] {
        self.expected.get(range.clone()).unwrap_or_default()
    }

    /// Every argument, with the number of its line.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (usize, &Piece<'_>)> + Clone {
        pieces_of(&self.lines)
    }

    /// The argument that an offset belongs to, and the line it stands on.
    pub(super) fn piece_at(&self, offset: usize) -> Option<(&Line<'_>, &Piece<'_>)> {
        let line = self.lines.get(self.lines.partition_point(|line| line.range.end <= offset))?;
        let piece = line.pieces.get(line.pieces.partition_point(|piece| piece.range.end <= offset))?;
        Some((line, piece))
    }
}

/// Every argument of some lines, with the number of its line.
pub(super) fn pieces_of<'a, 'b>(lines: &'b [Line<'a>]) -> impl Iterator<Item = (usize, &'b Piece<'a>)> + Clone {
    lines.iter().flat_map(|line| line.pieces.iter().map(|piece| (line.number, piece)))
}

impl Piece<'_> {
    /// Whether it is text, code points or octets as they are, and no number.
    pub(super) fn is_text(&self) -> bool {
        matches!(self.value, Value::Plain | Value::Body(_))
    }
}

impl Line<'_> {
    fn moved(mut self, by: usize) -> Self {
        let shifted = |range: &Range<usize>| range.start + by..range.end + by;
        self.range = shifted(&self.range);
        for piece in &mut self.pieces {
            piece.range = shifted(&piece.range);
        }
        self
    }
}

fn subject<'a>(expected: Expected<'a>, captured: &'a [u8], lines: Vec<Line<'a>>, plan: Option<&'a Plan>) -> Subject<'a> {
    let expected = filled(expected, captured);
    let common_start = common_start(&expected, captured);
    let common_end = common_end(&expected, captured);
    Subject {
        expected,
        captured,
        lines,
        plan: plan.map(|plan| plan.text.as_str()),
        common_start,
        common_end,
        watch: Watch::NOBODY,
        changes: OnceCell::new(),
        counted: OnceCell::new(),
    }
}

/// What was expected, with what came filled in under the masks: counted from the start where all before a mask came right, from the
/// end where not.
fn filled<'a>(expected: Expected<'a>, captured: &[u8]) -> Cow<'a, [u8]> {
    let mut octets = Cow::Borrowed(expected.octets);
    for mask in expected.masks {
        let Some(range) = octets.get(mask.start..).map(|rest| mask.start..mask.start + mask.length.min(rest.len())) else {
            continue;
        };
        let from_end = (captured.len() + range.start).checked_sub(octets.len());
        let start = if captured.starts_with(&octets[..range.start]) { Some(range.start) } else { from_end };
        if let Some(came) = start.and_then(|start| captured.get(start..start + range.len())) {
            octets.to_mut()[range].copy_from_slice(came);
        }
    }
    octets
}

/// The lines of each connection; none for one of which something else is expected than the plan says.
fn parts<'a>(plan: &'a Plan, expected: &[Expected<'_>]) -> Vec<Vec<Line<'a>>> {
    let streams = plan::encode(plan);
    let pairs = streams.iter().zip(by_connection(plan)).zip(expected);
    pairs
        .map(
            |((stream, told), expected)| if same(*expected, &stream.octets) { lines_of(plan, stream, &told) } else { Vec::new() },
        )
        .collect()
}

/// Whether octets are what was expected, but for masks.
pub(super) fn same(expected: Expected<'_>, octets: &[u8]) -> bool {
    expected.octets.len() == octets.len() && *filled(expected, octets) == *octets
}

fn by_connection(plan: &Plan) -> Vec<Vec<&plan::Line>> {
    plan.lines.split(|line| line.instruction == Instruction::Connect).map(|lines| lines.iter().collect()).collect()
}

/// The encoder makes one field an argument; so do [`values`], in the same order.
fn lines_of<'a>(plan: &'a Plan, stream: &Stream, told: &[&'a plan::Line]) -> Vec<Line<'a>> {
    let text: Vec<&str> = plan.text.split('\n').collect();
    let mut fields = stream.fields.iter();
    let mut lines = Vec::new();
    for line in told {
        let values = values(&line.instruction, text.get(line.number - 1).unwrap_or(&""));
        let pieces: Vec<Piece<'a>> = fields.by_ref().take(values.len()).zip(values).map(piece).collect();
        if let (Some(first), Some(last)) = (pieces.first(), pieces.last()) {
            lines.push(Line { number: line.number, range: first.range.start..last.range.end, pieces });
        }
    }
    lines
}

fn piece<'a>((field, value): (&plan::Field, Value<'a>)) -> Piece<'a> {
    Piece { range: field.start..field.start + field.length, what: field.what.clone(), value }
}

fn values<'a>(instruction: &'a Instruction, text: &str) -> Vec<Value<'a>> {
    match instruction {
        Instruction::Text(_) => vec![Value::Plain],
        Instruction::Points(points) => vec![Value::Plain; points.len()],
        Instruction::Bytes(arguments) => vec![Value::Plain; arguments.len()],
        Instruction::Integers(fixed, values) => values.iter().map(|value| Value::Integer(*fixed, *value)).collect(),
        Instruction::Floats(float, values) => {
            let written = text.split(' ').skip(1).map(|argument| argument.parse().unwrap_or_default());
            values.iter().zip(written).map(|(value, written)| Value::Float(*float, *value, written)).collect()
        }
        Instruction::Varints(varint, values) => values.iter().map(|value| Value::Varint(*varint, *value)).collect(),
        Instruction::Frame(prefix, text) => vec![Value::Length(*prefix, text), Value::Body(*prefix)],
        Instruction::Repeat(count, octet) => vec![Value::Repeat(*count, *octet)],
        Instruction::Ramp(count) => vec![Value::Ramp(*count)],
        Instruction::Noise(count, seed) => vec![Value::Noise(*count, *seed)],
        Instruction::Pause(_) | Instruction::HalfClose | Instruction::Receive(_) | Instruction::Connect | Instruction::Reset => {
            Vec::new()
        }
    }
}

/// Octets compared at once while they are the same.
const CHUNK: usize = 4096;

fn common_start(one: &[u8], other: &[u8]) -> usize {
    let chunks = one.chunks(CHUNK).zip(other.chunks(CHUNK)).take_while(|(one, other)| one == other);
    let same: usize = chunks.map(|(one, _)| one.len()).sum();
    same + one[same..].iter().zip(&other[same..]).take_while(|(one, other)| one == other).count()
}

fn common_end(one: &[u8], other: &[u8]) -> usize {
    let chunks = one.rchunks(CHUNK).zip(other.rchunks(CHUNK)).take_while(|(one, other)| one == other);
    let same: usize = chunks.map(|(one, _)| one.len()).sum();
    let (one, other) = (&one[..one.len() - same], &other[..other.len() - same]);
    same + one.iter().rev().zip(other.iter().rev()).take_while(|(one, other)| one == other).count()
}
