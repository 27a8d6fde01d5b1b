//! Stretches that have all that differs in them, however many changes that are: content in another form differs all over.

use std::collections::BTreeSet;

use super::super::rule::Held;
use super::super::stretch::{Border, Sides, Stretch};
use super::binary;

/// Up to so many octets of both sides every pair of borders is tried, and beyond it only those of one kind.
const FEW: usize = 8 << 10;

/// How far a border is from what differs, of each kind that there is.
type Borders = Vec<Option<usize>>;

/// Every stretch, the shortest first.
pub(super) fn all(sides: Sides<'_>) -> Vec<Stretch> {
    let (Some(first), Some(last)) = (sides.changes.first(), sides.changes.last()) else { return Vec::new() };
    let before = &sides.expected[..first.expected.start];
    let after = &sides.expected[last.expected.end..];
    let is_small = sides.expected.len() + sides.captured.len() <= FEW;
    let backwards: Vec<u8> = before.iter().rev().copied().collect();
    let (lefts, rights) = (borders(&backwards, b"{["), borders(after, b"}]"));
    let kinds = (0..lefts.len()).flat_map(|kind| (0..rights.len()).map(move |other| (kind, other)));
    let pairs = kinds.filter(|(kind, other)| is_small || kind == other);
    let pairs: BTreeSet<(usize, usize)> = pairs.filter_map(|(kind, other)| Some((lefts[kind]?, rights[other]?))).collect();
    let stretch = |(left, right): (usize, usize)| Stretch {
        border: border(left, right, (before.len(), after.len())),
        changes: (0, sides.changes.len()),
        expected: (first.expected.start - left, last.expected.end + right),
        captured: (first.captured.start - left, last.captured.end + right),
    };
    let mut found: Vec<Stretch> = pairs.into_iter().map(stretch).collect();
    found.sort_by_key(Stretch::size);
    found
}

/// How far around what differs a value is looked for, to the left and to the right.
const NEAR: (usize, usize) = (64, 32);

/// Every stretch that begins and ends near to what differs, the shortest first.
pub(super) fn near(sides: Sides<'_>) -> Vec<Stretch> {
    let (Some(first), Some(last)) = (sides.changes.first(), sides.changes.last()) else { return Vec::new() };
    let size = last.expected.end - first.expected.start + last.captured.end - first.captured.start;
    if size > binary::MOST_OCTETS {
        return Vec::new();
    }
    let (before, after) = (first.expected.start, sides.expected.len() - last.expected.end);
    let stretch = |left: usize, right: usize| Stretch {
        border: border(left, right, (before, after)),
        changes: (0, sides.changes.len()),
        expected: (first.expected.start - left, last.expected.end + right),
        captured: (first.captured.start - left, last.captured.end + right),
    };
    let rights = 0..=after.min(NEAR.1);
    let mut found: Vec<Stretch> = (0..=before.min(NEAR.0))
        .flat_map(|left| rights.clone().map(move |right| (left, right)))
        .map(|(left, right)| stretch(left, right))
        .collect();
    found.sort_by_key(Stretch::size);
    found
}

/// The value of a binary format that has all that differs in it, and is the same in another form. It tells where it ends.
pub(super) fn values(sides: Sides<'_>) -> Option<(Stretch, Vec<Held>)> {
    let (first, last) = (sides.changes.first()?, sides.changes.last()?);
    let before = first.expected.start;
    let lefts = (0..=before.min(NEAR.0)).chain((NEAR.0 < before && before <= binary::MOST_OCTETS).then_some(before));
    lefts.into_iter().find_map(|left| {
        let (start, came) = (before - left, first.captured.start - left);
        let (held, (taken, took)) = binary::forms(&sides.expected[start..], &sides.captured[came..])?;
        let (end, ended) = (start + taken, came + took);
        let has_all = end >= last.expected.end && ended >= last.captured.end && sides.meet(end, ended);
        let all = (start, end) == (0, sides.expected.len());
        let border = if all { Border::Whole } else { Border::Field };
        let stretch = Stretch { border, changes: (0, sides.changes.len()), expected: (start, end), captured: (came, ended) };
        has_all.then_some((stretch, held))
    })
}

fn border(left: usize, right: usize, all: (usize, usize)) -> Border {
    match (left, right) {
        both if both == all => Border::Whole,
        (0, 0) => Border::Exact,
        _ => Border::Field,
    }
}

/// Nothing more; to a delimiter of lists; to a quote; with the nearest bracket that stands open, and the farthest; to an end of a
/// line; to an empty line; to what is no text, or not of ASCII; to where something compressed begins; and all. What stands before comes backwards.
fn borders(octets: &[u8], open: &[u8; 2]) -> Borders {
    let to = |is_border: fn(u8) -> bool| octets.iter().position(|octet| is_border(*octet)).unwrap_or(octets.len());
    let text = to(|octet| !is_text(octet));
    let brackets = brackets(&octets[..text], open);
    vec![
        Some(0),
        Some(to(|octet| octet.is_ascii_whitespace() || b"?#&;,|\0".contains(&octet))),
        Some(to(|octet| matches!(octet, b'"' | b'\''))),
        brackets.first().copied(),
        brackets.last().copied(),
        Some(to(|octet| matches!(octet, b'\n' | b'\r'))),
        Some(to(|octet| octet == b'\n')),
        empty_line(octets),
        Some(text),
        Some(to(|octet| !is_text(octet) || !octet.is_ascii())),
        compressed(octets),
        Some(octets.len()),
    ]
}

/// What stands in a text: not a control character, unless it is blank.
fn is_text(octet: u8) -> bool {
    octet >= 0x20 && octet != 0x7f || matches!(octet, b'\t' | b'\n' | b'\r')
}

/// How far it is back to where gzip or zlib begins, as these are told by their first octets.
fn compressed(backwards: &[u8]) -> Option<usize> {
    const MARKS: [&[u8]; 5] = [&[0x08, 0x8b, 0x1f], &[0x01, 0x78], &[0x5e, 0x78], &[0x9c, 0x78], &[0xda, 0x78]];
    MARKS.iter().filter_map(|mark| Some(memchr::memmem::find(backwards, mark)? + mark.len())).min()
}

/// How far it is to an empty line, which reads the same backwards but for where its CRs are.
fn empty_line(octets: &[u8]) -> Option<usize> {
    let ends = [&b"\r\n\r\n"[..], b"\n\r\n\r", b"\n\n"];
    ends.iter().filter_map(|end| memchr::memmem::find(octets, end)).min()
}

/// How far it is to behind each bracket whose other half is not on this side.
fn brackets(octets: &[u8], open: &[u8; 2]) -> Vec<usize> {
    let mut depth = 0_i64;
    let mut found = Vec::new();
    for (at, octet) in octets.iter().enumerate().filter(|(_, octet)| b"{}[]".contains(octet)) {
        depth += if open.contains(octet) { 1 } else { -1 };
        if depth > found.len() as i64 {
            found.push(at + 1);
        }
    }
    found
}
