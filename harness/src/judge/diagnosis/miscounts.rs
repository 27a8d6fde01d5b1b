//! Lengths that count something else than they should, where nothing else differs.
//!
//! Which octets a number counts is clear where they end with the message, or with a line; or where they are text of which the number
//! now counts the characters.

use std::ops::Range;

use super::followers;
use super::layouts::{self, Layout, Unit};
use super::miscounted;
use super::sides::Sides;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// What it tells that a number is one that this fault would send, in bits.
const FORETOLD: i32 = 8;

/// The most octets between a length and what it counts: where it is text, and where it is not.
const MOST_HEADER: (usize, usize) = (2, 8);

/// The most changes: that many lengths are hardly one in the other.
const MOST_CHANGES: usize = 16;

/// A single octet that counts as many octets, up to the end, is a length.
const SURELY: u64 = 4;

/// A length on both sides, with what it should count.
struct Length {
    expected: Range<usize>,
    captured: Range<usize>,
    counts: (u64, u64),
    counted: Range<usize>,
}

/// The causes that explain all that differs, each of the likeliest number that one is of.
pub(super) fn find(sides: Sides<'_>) -> Vec<Finding> {
    if sides.changes.len() > MOST_CHANGES {
        return Vec::new();
    }
    let lengths: Vec<Length> = layouts::ALL.iter().flat_map(|layout| lengths(sides, layout)).collect();
    let of = |length: &Length| -> Vec<Finding> {
        let held = CAUSES.iter().filter(|(_, holds)| holds(sides, length));
        held.filter_map(|(name, _)| explained(sides, name, length, &lengths)).collect()
    };
    let known = lengths.iter().map(of).find(|found| !found.is_empty());
    known.unwrap_or_else(|| miscounted::find(sides).into_iter().collect())
}

/// The most octets of a header that a length counts together with what follows it.
const MOST_COUNTED_HEADER: u64 = 32;

/// What ends a message of FIX, and is not counted: `10=128` and its end.
fn is_fix_trailer(octets: &[u8]) -> bool {
    matches!(octets, [b'1', b'0', b'=', digits @ .., 0x01] if digits.len() == 3 && digits.iter().all(u8::is_ascii_digit))
}

/// Whether a length differs as a cause would have it.
type Holds = fn(Sides<'_>, &Length) -> bool;

const CAUSES: &[(&str, Holds)] = &[
    ("length-counts-characters", |sides, length| length.counts_less(sides, |text| text.chars().count())),
    ("length-counts-utf-16-units", |sides, length| length.counts_less(sides, |text| text.encode_utf16().count())),
    ("length-includes-nul", |sides, length| {
        let rest = sides.expected.get(length.counted.end..).unwrap_or_default();
        rest == [0] && length.is_text(sides) && length.counts.1 == length.counts.0 + 1
    }),
    ("length-without-nul", |sides, length| length.counts.0 == length.counts.1 + 1 && length.is_text_and_nul(sides, 0)),
    ("length-includes-nul", |sides, length| length.counts.1 == length.counts.0 + 1 && length.is_text_and_nul(sides, 1)),
    ("length-wraps", |sides, length| {
        let cut = [length.counts.0 & 0xff, length.counts.0 & 0xffff].contains(&length.counts.1);
        let is_rest = length.counted.end == sides.expected.len() && length.counted.start == length.expected.end;
        cut && length.expected.len() > 1 && is_rest && length.counts.1 != 0
    }),
    ("length-includes-itself", |sides, length| {
        let is_beside = length.counted.start <= length.expected.end + MOST_HEADER.0;
        is_beside && length.is_sure(sides) && length.counts.1 == length.counts.0 + length.expected.len() as u64
    }),
    ("length-without-itself", |sides, length| {
        length.is_sure(sides) && length.counts_itself() && length.counts.0 == length.counts.1 + length.expected.len() as u64
    }),
    ("length-includes-header", |sides, length| {
        let header = length.counted.start as u64;
        let is_clear = length.counted.end == sides.expected.len() || length.is_clear(sides);
        is_clear && header > length.expected.len() as u64 && length.counts.1 == length.counts.0 + header
    }),
    ("length-without-header", |sides, length| {
        let header = length.counts.0.saturating_sub(length.counts.1);
        let is_all = length.counted.start == 0 && length.expected.start > 0 && length.counted.end == sides.expected.len();
        is_all && length.expected.len() > 1 && header >= length.expected.end as u64 && header <= MOST_COUNTED_HEADER
    }),
    ("length-includes-trailer", |sides, length| {
        let rest = sides.expected.get(length.counted.end..).unwrap_or_default();
        let is_trailer = is_fix_trailer(rest) || length.expected.len() > 1 && matches!(rest.len(), 2 | 4);
        let is_beside = length.counted.start <= length.expected.end + 1;
        is_trailer && is_beside && length.counts.1 == length.counts.0 + rest.len() as u64
    }),
    ("length-off-by-one", |sides, length| length.is_sure(sides) && length.counts.1.abs_diff(length.counts.0) == 1),
    ("length-not-filled-in", |sides, length| {
        let is_text = length.is_text(sides);
        let has_it = |change: &&Change| change.expected.contains(&length.expected.start);
        let is_as_long = |change: &Change| is_text || change.expected.len() == change.captured.len();
        let is_there = sides.changes.iter().filter(has_it).all(is_as_long);
        is_there && length.is_clear(sides) && length.counts.0 > 1 && length.counts.1 == 0 && length.is_zeroed(sides)
    }),
];

/// A cause of one length, where all other lengths that differ count it too.
fn explained(sides: Sides<'_>, name: &'static str, length: &Length, all: &[Length]) -> Option<Finding> {
    let by = |length: &Length| i128::from(length.counts.1) - i128::from(length.counts.0);
    let is_outer = |other: &&Length| other.counted.start <= length.expected.start && length.counted.end <= other.counted.end;
    let mut told: Vec<&Length> = vec![length];
    for outer in all.iter().filter(is_outer).filter(|outer| by(outer) == by(length)) {
        if told.iter().all(|other| outer.expected.end <= other.expected.start || other.expected.end <= outer.expected.start) {
            told.push(outer);
        }
    }
    told.sort_by_key(|length| length.expected.start);
    // A change may be of two lengths side by side.
    let covers = |at: usize| told.iter().any(|length| length.expected.contains(&at));
    let is_told = |change: &Change| {
        let starts = told.iter().any(|length| length.expected.contains(&change.expected.start));
        let came = told.iter().any(|length| length.captured.end >= change.captured.end);
        starts && came && change.expected.clone().all(covers)
    };
    sides.changes.iter().all(is_told).then(|| finding(name, &told, length))
}

fn finding(name: &'static str, told: &[&Length], length: &Length) -> Finding {
    let spots: Vec<Spot> = told.iter().map(|length| length.spot()).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("{}: {} instead of {}{more}", length.spot(), length.counts.1, length.counts.0);
    let bits = FORETOLD * spots.len() as i32;
    Finding { spots, bits, ..Finding::new(name).fit(Fit::InPlaces).detail(detail) }
}

fn lengths(sides: Sides<'_>, layout: &Layout) -> Vec<Length> {
    followers::places(sides).into_iter().flat_map(|(at, came)| of_place(sides, layout, at, came)).collect()
}

/// The readings of a place as a length that differs, one for each place where what it counts may begin.
fn of_place(sides: Sides<'_>, layout: &Layout, at: usize, came: usize) -> Vec<Length> {
    let (Some((before, width)), Some((now, came_width))) =
        ((layout.read)(sides.expected, at), (layout.read)(sides.captured, came))
    else {
        return Vec::new();
    };
    let (end, ended) = (at + width, came + came_width);
    // Three octets behind a zero are the rest of four.
    let is_rest = width == 3 && !layout.is_text && at.checked_sub(1).and_then(|at| sides.expected.get(at)) == Some(&0);
    let is_more = before > sides.expected.len() as u64;
    // Numbers of messages of one size may be lined up across each other.
    let is_behind = sides.meet(end, ended) || end == ended && sides.expected.len() == sides.captured.len();
    if is_rest || is_more || before == now || !is_behind {
        return Vec::new();
    }
    // Behind it, behind the rest of a header, with itself, or behind the head of a text.
    let header = if layout.is_text { MOST_HEADER.0 } else { MOST_HEADER.1 };
    let starts = (end..=end + header).map(Some);
    let beyond = if layout.is_text { layouts::heads(sides.expected, end) } else { Some(at) };
    let all = Some(0).filter(|_| !layout.is_text && width > 1 && at > 0 && end as u64 <= MOST_COUNTED_HEADER);
    let starts = starts.chain([beyond, all]);
    let of_start = |start: usize| {
        let counted = start..Unit::OCTETS.end(sides.expected, start, before)?;
        (counted.end > end).then_some(Length { expected: at..end, captured: came..ended, counts: (before, now), counted })
    };
    starts.flatten().filter_map(of_start).collect()
}

impl Length {
    /// Whether what it counts ends where the message does, or where a line or a netstring does.
    fn is_clear(&self, sides: Sides<'_>) -> bool {
        let is_text = self.is_text(sides);
        let rest = sides.expected.get(self.counted.end..).unwrap_or_default();
        let is_near = is_text || self.counted.start <= self.expected.end + MOST_HEADER.0;
        let between = sides.expected.get(self.expected.end..self.counted.start).unwrap_or_default();
        let is_text_end = rest.starts_with(b"\r\n") || rest.starts_with(b",") && between == b":";
        is_near && (rest.is_empty() || is_text && (is_text_end || is_fix_trailer(rest)))
    }

    /// Whether nothing came of a number: as many octets as it should have, or the digit of nothing.
    fn is_zeroed(&self, sides: Sides<'_>) -> bool {
        let came = &sides.captured[self.captured.clone()];
        let is_text = self.is_text(sides);
        if is_text {
            came.iter().all(|digit| *digit == b'0')
        } else {
            came.len() == self.expected.len() && came.iter().all(|octet| *octet == 0)
        }
    }

    /// Whether that is clear, and it is no single octet that is near the end by chance, as many are that count nothing.
    fn is_sure(&self, sides: Sides<'_>) -> bool {
        let is_wide = self.expected.len() > 1 || (self.counted.start <= self.expected.end && self.counts.0 >= SURELY);
        is_wide && self.is_clear(sides)
    }

    /// Whether what it counts, and so many octets more, is text right behind it and the NUL that ends it.
    fn is_text_and_nul(&self, sides: Sides<'_>, more: usize) -> bool {
        let Some(all) = sides.expected.get(self.counted.start..self.counted.end + more) else { return false };
        let Some((0, text)) = all.split_last() else { return false };
        let is_text = std::str::from_utf8(text).is_ok_and(|text| !text.contains(char::is_control));
        is_text && text.len() > 2 && self.counted.start == self.expected.end
    }

    /// Whether it is digits.
    fn is_text(&self, sides: Sides<'_>) -> bool {
        sides.expected[self.expected.clone()].iter().all(u8::is_ascii_digit)
    }

    fn counts_itself(&self) -> bool {
        self.counted.start == self.expected.start
    }

    /// Whether it counts text in another unit, of which there are fewer.
    fn counts_less(&self, sides: Sides<'_>, count: impl Fn(&str) -> usize) -> bool {
        // No character has more than four octets.
        if !(self.counts.0.div_ceil(4)..self.counts.0).contains(&self.counts.1) {
            return false;
        }
        let text = sides.expected.get(self.counted.clone()).map(std::str::from_utf8);
        matches!(text, Some(Ok(text)) if count(text) as u64 == self.counts.1)
    }

    fn spot(&self) -> Spot {
        Spot {
            offset: self.expected.start as u64,
            octets: self.expected.len() as u64,
            captured_offset: self.captured.start as u64,
            captured_octets: self.captured.len() as u64,
            looks_like: None,
            follows: false,
        }
    }
}
