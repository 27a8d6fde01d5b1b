//! Stretches of a message: what differs, and as much around it as a field may have.
//!
//! Where octets part is known from lining them up. Where the field begins that they belong to is not: its border may be a
//! delimiter, a quote, the end of a line, a change between text and binary, or the size of a number. Each plausible border gives a
//! stretch, and rules are tried on all of them. Around what differs both sides are the same, so a border is a distance.

use std::collections::BTreeSet;
use std::ops::Range;

pub(super) use super::sides::Sides;
use crate::judge::align::Change;

/// The most changes of which each run of neighbours is taken for one stretch.
const MOST_RUNS: usize = 6;

/// The most octets between two changes of one stretch, where there are more changes than that.
const NEAR: usize = 64;

/// The widths of numbers, of numbers after an octet that says their type, and of UUIDs, in octets.
pub(super) const WIDTHS: [usize; 8] = [1, 2, 3, 4, 5, 8, 9, 16];

/// Octets of both sides that belong together, and what differs in them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Stretch {
    /// How its borders were found.
    pub border: Border,
    /// Which changes it has in it, by number.
    pub changes: (usize, usize),
    /// Where it begins and ends in what was expected.
    pub expected: (usize, usize),
    /// Where it begins and ends in what came.
    pub captured: (usize, usize),
}

/// How the borders of a stretch were found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Border {
    /// It is all there is.
    Whole,
    /// It is what differs, and nothing else.
    Exact,
    /// By delimiters, quotes, ends of lines, or changes between text and binary.
    Field,
    /// By the width of a number.
    Number,
}

impl Stretch {
    /// What differs, and nothing else.
    pub(super) fn exact(change: &Change) -> Self {
        let (expected, captured) = (&change.expected, &change.captured);
        let changes = (0, 1);
        Self {
            border: Border::Exact,
            changes,
            expected: (expected.start, expected.end),
            captured: (captured.start, captured.end),
        }
    }

    pub(super) fn expected<'a>(&self, sides: Sides<'a>) -> &'a [u8] {
        sides.expected.get(self.expected.0..self.expected.1).unwrap_or_default()
    }

    pub(super) fn captured<'a>(&self, sides: Sides<'a>) -> &'a [u8] {
        sides.captured.get(self.captured.0..self.captured.1).unwrap_or_default()
    }

    /// The same without so many octets at its beginning and its end.
    pub(super) fn within(&self, (left, right): (usize, usize)) -> Self {
        let inner = |(start, end): (usize, usize)| (start + left, end - right);
        Self { expected: inner(self.expected), captured: inner(self.captured), ..self.clone() }
    }

    /// How many octets both sides have.
    pub(super) fn size(&self) -> usize {
        self.expected.1 - self.expected.0 + self.captured.1 - self.captured.0
    }
}

/// Every stretch, the shortest of each run of changes first.
pub(super) fn all(sides: Sides<'_>) -> Vec<Stretch> {
    let mut found = BTreeSet::new();
    for run in runs(sides.changes) {
        let core = Core::of(sides, &run);
        let mut push = |border, left: usize, right: usize| {
            found.insert(core.grown(border, left, right));
        };
        push(Border::Exact, 0, 0);
        push(Border::Whole, core.before.len(), core.after.len());
        let (lefts, rights) = (lefts(core.before), rights(core.after));
        for (kind, left) in lefts.iter().enumerate() {
            for (other, right) in rights.iter().enumerate() {
                if run.len() == 1 || kind == other {
                    push(Border::Field, *left, *right);
                }
            }
        }
        // The first or the last of several zeros of text of 16 bits has its character beside it.
        if run.len() > 1 && sides.changes[run.clone()].iter().all(|change| change.captured.is_empty()) {
            push(Border::Field, core.before.len().min(1), 0);
            push(Border::Field, 0, core.after.len().min(1));
        }
        for (left, right) in core.windows() {
            push(Border::Number, left, right);
        }
    }
    // A border that is more than one thing is the plainest of them.
    let mut seen = BTreeSet::new();
    let mut found: Vec<Stretch> = found.into_iter().filter(|stretch| is_plausible(stretch, sides)).collect();
    found.retain(|stretch| seen.insert((stretch.expected, stretch.captured)));
    found.sort_by_key(|stretch| (stretch.size(), stretch.border));
    found
}

/// Only what is all there is of both sides is the whole.
fn is_plausible(stretch: &Stretch, sides: Sides<'_>) -> bool {
    let all = stretch.expected == (0, sides.expected.len()) && stretch.captured == (0, sides.captured.len());
    stretch.border != Border::Whole || all
}

/// Neighbouring changes that may be one fault.
fn runs(changes: &[Change]) -> Vec<Range<usize>> {
    let count = changes.len();
    let is_near = |run: &Range<usize>| {
        count <= MOST_RUNS
            || run.len() == 1
            || (run.len() <= MOST_RUNS && changes[run.end - 1].expected.start - changes[run.start].expected.end <= NEAR)
    };
    let mut runs: Vec<Range<usize>> = (0..count)
        .flat_map(|first| (first + 1..=count.min(first + MOST_RUNS)).map(move |end| first..end))
        .filter(is_near)
        .collect();
    if count > MOST_RUNS {
        runs.extend(clusters(changes).into_iter().filter(|run| run.len() > MOST_RUNS));
    }
    runs
}

/// All changes, and what comes of parting them, and each part again, where they are farthest from each other.
fn clusters(changes: &[Change]) -> Vec<Range<usize>> {
    let gap = |next: &usize| changes[*next].expected.start - changes[*next - 1].expected.end;
    let (mut found, mut open) = (Vec::new(), Vec::from_iter(std::iter::once(0..changes.len())));
    while let Some(run) = open.pop() {
        if let Some(middle) = (run.start + 1..run.end).max_by_key(gap) {
            open.extend([run.start..middle, middle..run.end]);
        }
        found.push(run);
    }
    found
}

/// What differs, from the first of some changes to the last, and what is the same on both sides of it.
struct Core<'a> {
    changes: (usize, usize),
    expected: (usize, usize),
    captured: (usize, usize),
    before: &'a [u8],
    after: &'a [u8],
}

impl<'a> Core<'a> {
    fn of(sides: Sides<'a>, run: &Range<usize>) -> Self {
        let (first, last) = (&sides.changes[run.start], &sides.changes[run.end - 1]);
        let begins = run.start.checked_sub(1).map_or(0, |previous| sides.changes[previous].expected.end);
        let ends = sides.changes.get(run.end).map_or(sides.expected.len(), |next| next.expected.start);
        Self {
            changes: (run.start, run.end),
            expected: (first.expected.start, last.expected.end),
            captured: (first.captured.start, last.captured.end),
            before: &sides.expected[begins..first.expected.start],
            after: &sides.expected[last.expected.end..ends],
        }
    }

    fn grown(&self, border: Border, left: usize, right: usize) -> Stretch {
        Stretch {
            border,
            changes: self.changes,
            expected: (self.expected.0 - left, self.expected.1 + right),
            captured: (self.captured.0 - left, self.captured.1 + right),
        }
    }

    /// Where a number of each width may stand that has all that differs in it.
    fn windows(&self) -> impl Iterator<Item = (usize, usize)> {
        let (size, before, after) = (self.expected.1 - self.expected.0, self.before.len(), self.after.len());
        let of_width = move |width: usize| {
            let spare = width.checked_sub(size);
            spare.into_iter().flat_map(move |spare| (0..=spare).map(move |left| (left, spare - left)))
        };
        WIDTHS.into_iter().flat_map(of_width).filter(move |(left, right)| *left <= before && *right <= after)
    }
}

/// A place where a field may end.
fn is_delimiter(octet: u8) -> bool {
    octet.is_ascii_whitespace() || octet == 0 || b",;=&:/?#|<>()[]{}\"'".contains(&octet)
}

/// What stands inside of a text: not a control character, unless it is blank.
fn is_text(octet: u8) -> bool {
    octet >= 0x20 && octet != 0x7f || matches!(octet, b'\t' | b'\n' | b'\r')
}

/// Kinds of borders: a delimiter, without its blank; a quote; the end of a line, without a CR; a change between text and binary.
const BORDERS: [fn(u8) -> bool; 6] = [
    is_delimiter,
    |octet| matches!(octet, b'"' | b'\''),
    |octet| matches!(octet, b'\n' | b'\r'),
    |octet| octet == b'\n',
    |octet| !is_text(octet),
    is_text,
];

/// The end of a line, which a line has in it.
const IS_LINE_FEED: fn(u8) -> bool = |octet| octet == b'\n';

/// How far borders are looked for. Beyond it a stretch is too long for rules.
const REACH: usize = 48 << 10;

/// How far it is back to a border of each kind, and to the beginning.
fn lefts(before: &[u8]) -> Vec<usize> {
    let near = || before.iter().rev().take(REACH);
    let to = |is_border: &fn(u8) -> bool| near().position(|octet| is_border(*octet)).unwrap_or(before.len());
    [0].into_iter().chain(BORDERS.iter().map(to)).chain([to(&IS_LINE_FEED), before.len()]).collect()
}

/// As [`lefts`], to the end.
fn rights(after: &[u8]) -> Vec<usize> {
    let near = || after.iter().take(REACH);
    let to = |is_border: &fn(u8) -> bool| near().position(|octet| is_border(*octet)).unwrap_or(after.len());
    let line = (to(&IS_LINE_FEED) + 1).min(after.len());
    [0].into_iter().chain(BORDERS.iter().map(to)).chain([line, after.len()]).collect()
}
