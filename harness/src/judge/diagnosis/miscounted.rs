//! Lengths that are a few more or less than what they count, for no reason that shows, where nothing else differs.

use std::ops::Range;

use super::followers;
use super::layouts::{self, Layout};
use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// The most lengths.
const MOST: usize = 8;

/// The most octets by which they are wrong: of a length in one octet, which counts as many as that by chance, and of others.
const MOST_OFF: (u64, u64) = (4, 64);

/// A length of one octet counts so many at the least.
const LEAST: u64 = 8;

/// What it tells that a number was right, and is nearly so, in bits.
const NEARLY: i32 = 8;

/// How far it is to the end of a line that tells of what follows it.
const LINE: usize = 64;

/// A length that was right.
struct Length {
    expected: Range<usize>,
    captured: Range<usize>,
    was: u64,
    is: u64,
}

/// All that differs is such lengths.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    if sides.changes.is_empty() || sides.changes.len() > MOST {
        return None;
    }
    let places = followers::places(sides);
    let mut found: Vec<Length> = Vec::new();
    for change in sides.changes {
        let is_known = found.last().is_some_and(|last| change.expected.end <= last.expected.end);
        if !is_known {
            found.push(
                places
                    .iter()
                    .find_map(|(at, came)| layouts::ALL.iter().find_map(|layout| length(sides, change, layout, (*at, *came))))?,
            );
        }
    }
    let spots: Vec<Spot> = found.iter().enumerate().map(|(index, length)| length.spot(index)).collect();
    let told: Vec<String> = found.iter().zip(&spots).map(|(length, spot)| format!("{spot}: {}", length.told())).collect();
    let is_one = found.iter().all(|length| length.was.abs_diff(length.is) == 1);
    let name = if is_one { "length-off-by-one" } else { "length-miscounted" };
    let bits = NEARLY * spots.len() as i32;
    Some(Finding { spots, bits, ..Finding::new(name).fit(Fit::InPlaces).detail(told.join("; ")) })
}

/// A change is of a length of that layout.
fn length(sides: Sides<'_>, change: &Change, layout: &Layout, (at, came): (usize, usize)) -> Option<Length> {
    let ((was, width), (is, wide)) = ((layout.read)(sides.expected, at)?, (layout.read)(sides.captured, came)?);
    let (expected, captured) = (at..at + width, came..came + wide);
    let is_in = |part: &Range<usize>, all: &Range<usize>| all.start <= part.start && part.end <= all.end;
    let is_all = is_in(&change.expected, &expected) && is_in(&change.captured, &captured);
    // In binary a number keeps its width.
    let is_whole = is_all && sides.meet(at, came) && sides.meet(expected.end, captured.end) && (layout.is_text || width == wide);
    let off = was.abs_diff(is);
    let is_narrow = width == 1 && !layout.is_text;
    let most = if is_narrow { MOST_OFF.0 } else { MOST_OFF.1 };
    let is_off = (1..=most).contains(&off) && (!is_narrow || was >= LEAST);
    (is_whole && is_off && counts(sides.expected, layout, expected.end, was)).then_some(Length { expected, captured, was, is })
}

/// Whether so many octets end where the message does, or what a line tells of.
fn counts(octets: &[u8], layout: &Layout, end: usize, count: u64) -> bool {
    let ends = |start: usize| usize::try_from(count).ok().and_then(|count| start.checked_add(count));
    let rest = |start: usize| ends(start).and_then(|end| octets.get(end..));
    if !layout.is_text {
        return rest(end).is_some_and(<[u8]>::is_empty);
    }
    let near = octets.get(end..octets.len().min(end + LINE)).unwrap_or_default();
    let line = near.iter().position(|octet| *octet == b'\n').map(|at| end + at + 1);
    let is_body = |start: usize| rest(start).is_some_and(|rest| matches!(rest, [] | [0] | b"\n" | b"\r\n"));
    // The head of a message, up to its empty line, has a length of its own in NATS.
    let is_head = |start: usize| {
        ends(start).and_then(|end| octets.get(start..end)).is_some_and(|head| count > 4 && head.ends_with(b"\r\n\r\n"))
    };
    count > 1 && (line.is_some_and(|start| is_body(start) || is_head(start)) || layouts::heads(octets, end).is_some_and(is_body))
}

impl Length {
    /// `66 instead of 76, 10 octets fewer than follow`
    fn told(&self) -> String {
        let (off, way) = (self.was.abs_diff(self.is), if self.is > self.was { "more" } else { "fewer" });
        format!("{} instead of {}, {} {way} than follow", self.is, self.was, counted(off as usize, "octet"))
    }

    fn spot(&self, index: usize) -> Spot {
        let both = |range: &Range<usize>| (range.start, range.end);
        let (expected, captured) = (both(&self.expected), both(&self.captured));
        Spot::of(&Stretch { border: Border::Number, changes: (index, index + 1), expected, captured }, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<(&'static str, String)> {
        let found = lined_up(expected, captured, find)?;
        Some((found.name, found.detail.unwrap_or_default()))
    }

    #[test]
    fn lengths_may_be_a_few_octets_too_much_or_too_little() {
        let (right, wrong) = (
            b"PUB a 26 32\r\nA/1.0\r\nA-B: 7777777777\r\n\r\nhello!\r\n",
            b"PUB a 16 22\r\nA/1.0\r\nA-B: 7777777777\r\n\r\nhello!\r\n",
        );
        let told = "offset 6, 2 octets: 16 instead of 26, 10 octets fewer than follow; \
                    offset 9, 2 octets: 22 instead of 32, 10 octets fewer than follow";
        assert_eq!(found(right, wrong), Some(("length-miscounted", told.into())));
        let binary = |all: u8, part: u8| [&[0, 7, 0, all, 9, 9, part][..], &[0x5a; 12]].concat();
        let told = found(&binary(15, 12), &binary(14, 13));
        assert!(told.is_some_and(|(name, told)| name == "length-off-by-one" && told.contains("13 instead of 12, 1 octet more")));
    }

    #[test]
    fn numbers_that_count_nothing_are_no_lengths() {
        assert_eq!(found(b"PUB a 17 24\r\nhello, hello, hello!\r\n", b"PUB a 10 14\r\nhello, hello, hello!\r\n"), None);
        assert_eq!(found(b"\x01\x05\x00\x03abcdefgh", b"\x01\x05\x00\x04abcdefgh"), None);
        assert_eq!(found(b"\x01\x00\x08abcdefgh", b"\x01\x00\x88abcdefgh"), None, "far too much");
        assert_eq!(found(b"\x01\x00\x08abcdefgh", b"\x01\x00\x09abcdefgi"), None, "more differs");
    }
}
