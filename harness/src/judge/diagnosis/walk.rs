//! Whether what came is the parts of what was expected, one after the other, each as it should be or as a fault makes it.

use super::subject::{Line, Piece, Subject, pieces_of};

/// The most offsets that are followed at once. Octets that repeat themselves can be read in many ways; one is enough.
const MAX_READINGS: usize = 64;

/// A part, and what may stand in its place.
#[derive(Debug, Clone)]
pub(super) struct Part<'a> {
    /// The line of the plan it comes from, from 1.
    pub line: usize,
    /// As it should be.
    pub expected: &'a [u8],
    /// As a fault makes it.
    pub faulty: Vec<Vec<u8>>,
}

/// How well a cause explains a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(super) enum Fit {
    /// By a fault that touched everything it could.
    #[default]
    Throughout,
    /// By octets that are missing at one end, and nothing else.
    AtAnEnd,
    /// By a fault that touched some places and spared others.
    InPlaces,
    /// In a way that would explain much else: something is missing, or came again.
    Loosely,
    /// By a fault that touched a few places and spared many more: a coincidence, perhaps.
    Sparsely,
}

/// A fault that spares more than so many places for each that it touches is hardly the cause.
const SPARED: usize = 8;

/// Which parts were touched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Touched {
    /// How many.
    pub parts: usize,
    /// The line of the first, from 1.
    pub first: Option<usize>,
    /// How many could have been and were not.
    pub spared: usize,
    /// How well this explains what came.
    pub fit: Fit,
}

impl Touched {
    fn and(self, line: usize) -> Self {
        Self { parts: self.parts + 1, first: self.first.or(Some(line)), ..self }
    }

    fn sparing(self, part: &Part<'_>) -> Self {
        Self { spared: self.spared + usize::from(!part.may_be_spared()), ..self }
    }

    fn judged(self) -> Self {
        let sparse = self.fit == Fit::InPlaces && self.spared > self.parts * SPARED;
        if sparse { Self { fit: Fit::Sparsely, ..self } } else { self }
    }
}

impl Part<'_> {
    /// Whether the fault leaves it as it should be, in one of its variants.
    fn may_be_spared(&self) -> bool {
        self.faulty.is_empty() || self.faulty.iter().any(|faulty| faulty == self.expected)
    }

    /// What a fault makes of it that is not as it should be.
    fn faults(&self) -> impl Iterator<Item = &[u8]> {
        self.faulty.iter().map(Vec::as_slice).filter(|faulty| *faulty != self.expected)
    }
}

/// The parts that must have been touched for `captured` to come of it; `None` where it cannot, or where none was. Parts are made one
/// at a time, and no more of them than it takes to tell.
pub(super) fn walk<'a>(parts: impl Iterator<Item = Part<'a>> + Clone, captured: &[u8]) -> Option<Touched> {
    read(parts.clone(), captured, Fit::Throughout).or_else(|| read(parts, captured, Fit::InPlaces))
}

/// As [`walk`], of the lines of a plan.
pub(super) fn touched_lines(subject: &Subject<'_>, faulty: impl Fn(&Line<'_>) -> Vec<Vec<u8>> + Copy) -> Option<Touched> {
    let part = |line: &Line<'_>| Part { line: line.number, expected: subject.octets(&line.range), faulty: faulty(line) };
    touched(subject, |lines| lines.iter().map(part))
}

/// As [`walk`], of the arguments of a plan.
pub(super) fn touched_pieces(subject: &Subject<'_>, faulty: impl Fn(&Piece<'_>) -> Vec<Vec<u8>> + Copy) -> Option<Touched> {
    let part = |(line, piece): (usize, &Piece<'_>)| Part { line, expected: subject.octets(&piece.range), faulty: faulty(piece) };
    touched(subject, |lines| pieces_of(lines).map(part))
}

fn touched<'a, Parts>(subject: &'a Subject<'_>, parts: impl Fn(&'a [Line<'a>]) -> Parts) -> Option<Touched>
where
    Parts: Iterator<Item = Part<'a>> + Clone,
{
    if leads_nowhere(subject, &parts) { None } else { walk(parts(&subject.lines), subject.captured) }
}

/// Lines before and behind the first difference on which a walk is tried first. Twice as many as there are readings, so that one that
/// loses line by line is not taken for one that began long ago.
const NEAR: usize = 2 * MAX_READINGS;

/// Whether a walk ends around the first difference. All before it is right as it came: only where octets repeat themselves could what
/// was touched long before it still be read, and then nothing is said.
pub(super) fn leads_nowhere<'a, Parts>(subject: &'a Subject<'_>, parts: impl Fn(&'a [Line<'a>]) -> Parts) -> bool
where
    Parts: Iterator<Item = Part<'a>>,
{
    let lines = &subject.lines;
    let differing = lines.partition_point(|line| line.range.end <= subject.common_start);
    let Some(first) = differing.checked_sub(NEAR).filter(|first| *first > 0) else { return false };
    let number = |index: usize| lines.get(index).map_or(usize::MAX, |line| line.number);
    let (middle, difference, last) = (number(first + NEAR / 2), number(differing), number(differing + NEAR));
    let is_old = |readings: &Readings| readings.iter().any(|(_, touched)| touched.first.is_some_and(|line| line < middle));
    let start = (lines[first].range.start, Touched { fit: Fit::InPlaces, ..Touched::default() });
    let (mut readings, mut next): (Readings, Readings) = (vec![start], Vec::new());
    for part in parts(&lines[first..]) {
        if part.line >= last || (part.line >= difference && is_old(&readings)) {
            return false;
        }
        if !advance(&mut readings, &mut next, &part, subject.captured) {
            return true;
        }
    }
    !is_old(&readings) && readings.iter().all(|(offset, _)| *offset != subject.captured.len())
}

/// What was read so far in one way or another: how far, and what was touched on the way. Sorted by offset, one for each.
type Readings = Vec<(usize, Touched)>;

/// As [`walk`], for a fault that spared nothing, or one that may have spared anything ([`Fit::InPlaces`]).
pub(super) fn read<'a>(parts: impl Iterator<Item = Part<'a>>, captured: &[u8], fit: Fit) -> Option<Touched> {
    let (mut readings, mut next): (Readings, Readings) = (vec![(0, Touched { fit, ..Touched::default() })], Vec::new());
    for part in parts {
        if !advance(&mut readings, &mut next, &part, captured) {
            return None;
        }
    }
    let whole = readings.into_iter().find(|(offset, _)| *offset == captured.len());
    whole.map(|(_, touched)| touched).filter(|touched| touched.parts > 0).map(Touched::judged)
}

/// Reads a part; false where it cannot be read in any way.
fn advance(readings: &mut Readings, next: &mut Readings, part: &Part<'_>, captured: &[u8]) -> bool {
    step(readings, part, captured, next);
    next.drain(..next.len().saturating_sub(MAX_READINGS));
    std::mem::swap(readings, next);
    !readings.is_empty()
}

fn step(readings: &Readings, part: &Part<'_>, captured: &[u8], next: &mut Readings) {
    next.clear();
    for (offset, touched) in readings {
        let rest = captured.get(*offset..).unwrap_or_default();
        let spared = touched.fit == Fit::InPlaces || part.may_be_spared();
        if spared && rest.starts_with(part.expected) {
            reach(next, offset + part.expected.len(), touched.sparing(part));
        }
        for fault in part.faults().filter(|fault| rest.starts_with(fault)) {
            reach(next, offset + fault.len(), touched.and(part.line));
        }
    }
}

/// Of two ways to an offset the one that touched less is kept, the first where both touched as much.
fn reach(next: &mut Readings, offset: usize, touched: Touched) {
    match next.binary_search_by_key(&offset, |(offset, _)| *offset) {
        Ok(found) if touched.parts < next[found].1.parts => next[found].1 = touched,
        Ok(_) => {}
        Err(place) => next.insert(place, (offset, touched)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(line: usize, expected: &'static [u8], faulty: &[&[u8]]) -> Part<'static> {
        Part { line, expected, faulty: faulty.iter().map(|octets| octets.to_vec()).collect() }
    }

    fn touched(parts: usize, first: usize, fit: Fit) -> Option<Touched> {
        Some(Touched { parts, first: Some(first), spared: usize::from(fit == Fit::InPlaces), fit })
    }

    #[test]
    fn any_of_the_parts_may_be_touched_but_one_must_be() {
        let parts = [part(1, b"a", &[b"a\n"]), part(2, b"b", &[b"b\n"])];
        assert_eq!(walk(parts.iter().cloned(), b"ab"), None);
        assert_eq!(walk(parts.iter().cloned(), b"ab\n"), touched(1, 2, Fit::InPlaces));
        assert_eq!(walk(parts.iter().cloned(), b"a\nb\n"), touched(2, 1, Fit::Throughout));
        assert_eq!(walk(parts.iter().cloned(), b"a\nb\n\n"), None);
    }

    #[test]
    fn one_that_is_touched_among_many_is_a_coincidence() {
        let parts: Vec<Part<'_>> = (1..=10).map(|line| part(line, b"a", &[b"A"])).collect();
        let fit = |captured: &[u8]| walk(parts.iter().cloned(), captured).map(|touched| touched.fit);
        assert_eq!(fit(b"aaaaAaaaaa"), Some(Fit::Sparsely));
        assert_eq!(walk(parts[1..].iter().cloned(), b"aaaaAaaaa").map(|touched| touched.fit), Some(Fit::InPlaces), "just not");
        assert_eq!(fit(b"aaaaAaaAaa"), Some(Fit::InPlaces));
    }

    #[test]
    fn a_part_that_could_be_read_two_ways_is_read_both_ways() {
        let parts = [part(1, b"a", &[b"aa"]), part(2, b"ab", &[b"ab", b"b"])];
        assert_eq!(walk(parts.iter().cloned(), b"aaab"), touched(1, 1, Fit::Throughout));
    }
}
