//! Lengths that are not those of what follows them: what they count became another size and they stayed, or they changed alone.
//!
//! Which octets a number counts is clear where they end with the message, where a line says so, or where they are a run of text.

use std::fmt;
use std::ops::Range;

use super::catalogue;
use super::followers;
use super::layouts::{self, Layout, Unit};
use super::sides::Sides;
use super::subject::Subject;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most octets in which lengths are looked for.
const MOST: usize = 4096;

/// The most changes among which they are.
const MOST_CHANGES: usize = 64;

/// A length that counts to the end of the message ends so near to its beginning.
const HEADER: usize = 8;

/// One of a single octet begins so near to it, and not in text.
const NEAR: usize = 3;

/// Text that a length of one octet counts has so many octets at the least; there are fewer by chance.
const LEAST_TEXT: u64 = 3;

/// A length on the side that came, what it says, and what follows it.
#[derive(Debug, PartialEq, Eq)]
struct Stale {
    at: usize,
    /// How many octets it has, and where they came.
    width: usize,
    came: usize,
    /// Whether it says what it should have said.
    stayed: bool,
    says: u64,
    follow: u64,
}

/// The findings, with what they leave of lengths that are wrong now.
pub(super) fn said(subject: &Subject<'_>, found: Vec<Finding>) -> Vec<Finding> {
    if !subject.lines.is_empty() || subject.expected.len().max(subject.captured.len()) > MOST {
        return found;
    }
    let changes = subject.changes();
    let Some(stale) = first(Sides { expected: &subject.expected, captured: subject.captured, changes }) else { return found };
    let said = stale.to_string();
    // These tell of it by themselves.
    let is_told = |finding: &Finding| finding.name.starts_with("length-");
    let told = |finding: Finding| match finding.detail.clone() {
        _ if is_told(&finding) => finding,
        Some(detail) => finding.detail(format!("{detail}; {said}")),
        None => finding.detail(said.clone()),
    };
    let is_explained = found.iter().any(|finding| is_cause(finding) && !is_told(finding));
    let beside = (stale.stayed && is_explained).then(|| stale.finding());
    found.into_iter().map(told).chain(beside).collect()
}

/// Whether it tells why octets differ.
fn is_cause(finding: &Finding) -> bool {
    !catalogue::is_shape(finding.name) && finding.fit < Fit::Sparsely
}

impl Stale {
    fn finding(&self) -> Finding {
        let (octets, detail) = (self.width as u64, self.to_string());
        let (offset, captured_offset) = (self.at as u64, self.came as u64);
        let spot = Spot { offset, octets, captured_offset, captured_octets: octets, looks_like: None, follows: false };
        // Behind whatever made it another size.
        Finding { spots: vec![spot], bits: -1, ..Finding::new("length-not-adjusted").fit(Fit::Loosely).detail(detail) }
    }
}

/// `the length at offset 0 says 6, and 5 octets follow`
impl fmt::Display for Stale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the length at offset {} says {}, and {} follow", self.at, self.says, counted(self.follow as usize, "octet"))
    }
}

/// The first that is wrong on the side that came.
fn first(sides: Sides<'_>) -> Option<Stale> {
    let last = sides.changes.last()?.expected.end;
    if sides.changes.len() > MOST_CHANGES || sides.captured.is_empty() {
        return None;
    }
    let mut places: Vec<(usize, usize)> = (0..last).filter_map(|at| Some((at, same(sides, at)?))).collect();
    places.extend(followers::places(sides));
    places.sort_unstable();
    places.dedup();
    places.into_iter().find_map(|(at, came)| layouts::ALL.iter().find_map(|layout| stale(sides, layout, at, came)))
}

/// Where an octet came that is outside of all changes.
fn same(sides: Sides<'_>, at: usize) -> Option<usize> {
    let next = sides.changes.partition_point(|change| change.expected.end <= at);
    let is_outside = sides.changes.get(next).is_none_or(|change| at < change.expected.start);
    let before = next.checked_sub(1).map_or((0, 0), |last| (sides.changes[last].expected.end, sides.changes[last].captured.end));
    is_outside.then(|| before.1 + (at - before.0))
}

fn stale(sides: Sides<'_>, layout: &Layout, at: usize, came: usize) -> Option<Stale> {
    let ((before, width), (says, _)) = ((layout.read)(sides.expected, at)?, (layout.read)(sides.captured, came)?);
    let counted = counted_by(sides.expected, layout, &(at..at + width), before)?;
    let inside = |change: &&Change| counted.start <= change.expected.start && change.expected.end <= counted.end;
    let across = |change: &Change| {
        change.expected.start < counted.start && at + width < change.expected.end
            || change.expected.start < counted.end && counted.end < change.expected.end
    };
    let (mut gone, mut new) = (0, 0);
    for change in sides.changes.iter().filter(inside) {
        gone += change.expected.len() as u64;
        new += change.captured.len() as u64;
    }
    let follow = before - gone + new;
    let is_wrong = says != follow && !sides.changes.iter().any(across);
    is_wrong.then_some(Stale { at, width, came, stayed: says == before, says, follow })
}

/// What a number counts that was expected, where that is clear.
fn counted_by(octets: &[u8], layout: &Layout, number: &Range<usize>, count: u64) -> Option<Range<usize>> {
    let of_start = |start: usize| Some(start..Unit::OCTETS.end(octets, start, count)?);
    if count < 2 {
        return None;
    }
    if layout.is_text {
        // What is behind a sign or a letter, or begins with a zero, is no length by itself.
        let is_amid =
            number.start.checked_sub(1).and_then(|before| octets.get(before)).is_some_and(|octet| b"+-.T".contains(octet));
        if is_amid || number.len() > 1 && octets.get(number.start) == Some(&b'0') {
            return None;
        }
        let rest = octets.get(number.end..)?;
        let line = if rest.starts_with(b"\r\n") { Some(number.end + 2) } else { None };
        let net = if rest.starts_with(b":") { Some(number.end + 1) } else { None };
        let body = layouts::heads(octets, number.end).and_then(of_start).filter(|body| body.end == octets.len());
        let of_line = line.and_then(of_start).filter(|line| octets[line.end..].starts_with(b"\r\n"));
        let of_net = net.and_then(of_start).filter(|net| octets[net.end..].starts_with(b","));
        return of_line.or(of_net).or(body.filter(|_| line.is_some()));
    }
    let is_narrow = number.len() == 1;
    let is_text = octets.iter().take(NEAR).all(|octet| matches!(octet, b' '..=b'~' | b'\r' | b'\n' | b'\t'));
    let is_near = if is_narrow { number.start < NEAR && !is_text } else { number.end <= HEADER };
    let to_end = of_start(number.end).filter(|all| all.end == octets.len() && is_near);
    let is_one = !is_narrow || count >= LEAST_TEXT && !ends_line(octets, number.start);
    let text = of_start(number.end).filter(|text| is_one && is_run(octets, text));
    text.or(to_end)
}

/// Whether an octet is a tab or what ends a line, behind text.
fn ends_line(octets: &[u8], at: usize) -> bool {
    let before = octets[..at].strip_suffix(b"\r").unwrap_or(&octets[..at]);
    let is_behind_text = before.iter().rev().take(2).filter(|octet| matches!(octet, b' '..=b'~')).count() == 2;
    matches!(octets[at], b'\t' | b'\n' | b'\r') && is_behind_text
}

/// Whether it is text, and what is beside it is not.
fn is_run(octets: &[u8], run: &Range<usize>) -> bool {
    let is_text = |octet: &u8| matches!(octet, b' '..=b'~' | 0x80..);
    let parted = |octet: Option<&u8>| !octet.is_some_and(is_text);
    let text = &octets[run.clone()];
    text.iter().all(is_text)
        && std::str::from_utf8(text).is_ok()
        && parted(octets.get(run.end))
        && parted(run.start.checked_sub(1).and_then(|before| octets.get(before)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::align::{self, Pattern};

    #[track_caller]
    fn assert_stale(expected: &[u8], captured: &[u8], stale: Option<(usize, u64, u64)>) {
        let changes = align::finest(Pattern { octets: expected, masks: &[], refused: &[] }, captured);
        let found = first(Sides { expected, captured, changes: &changes });
        assert_eq!(found.map(|found| (found.at, found.says, found.follow)), stale);
    }

    #[test]
    fn a_length_that_stayed_when_its_text_grew_or_shrank_is_stale() {
        assert_stale(b"\x00\x00\x00\x06hello!\x07\x08", b"\x00\x00\x00\x06hello\x07\x08", Some((0, 6, 5)));
        assert_stale(b"\x08\x2a\x12\x05alice\x18\x01", b"\x08\x2a\x12\x05alicia\x18\x01", Some((3, 5, 6)));
        assert_stale(b"$5\r\nhello\r\n", b"$5\r\nhell\r\n", Some((1, 5, 4)));
        assert_stale(b"5:hello,", b"5:help!!,", Some((0, 5, 6)));
        assert_stale(b"POST /\r\nLength: 4\r\n\r\nbody", b"POST /\r\nLength: 4\r\n\r\nbod", Some((16, 4, 3)));
    }

    #[test]
    fn a_length_that_changed_alone_is_stale() {
        assert_stale(b"\x00\x00\x00\x06hello!\x07\x08", b"\x00\x00\x00\x09hello!\x07\x08", Some((0, 9, 6)));
    }

    #[test]
    fn a_length_that_is_right_is_not() {
        assert_stale(b"\x00\x00\x00\x06hello!\x07\x08", b"\x00\x00\x00\x05hello\x07\x08", None);
        assert_stale(b"\x08\x2a\x12\x05alice\x18\x01", b"\x08\x2a\x12\x05peter\x18\x01", None);
        assert_stale(b"a-03:30\",", b"a-03:-30\",", None);
        // A line feed is none, as long as the text behind it may be.
        assert_stale(b"hello\n.012345678\n", b"hello\n012345678\n", None);
        assert_stale(b"\x12\x0a0123456789\x18", b"\x12\x0a012345678\x18", Some((1, 10, 9)));
        assert_stale(b"GET /5 HTTP/1.1\r\nA: 5\r\n\r\nabc", b"GET /5 HTTP/1.1\r\nA: 5\r\n\r\nabcd", None);
    }
}
