//! NULs that align what follows: gaps that a compiler leaves in a struct, or a format between its fields.

use std::ops::Range;

use super::sides::Sides;
use super::stretch::Stretch;
use super::walk::Fit;
use super::{Finding, Spot};
use crate::judge::align::Change;
use crate::printable::counted;

/// What fields are aligned to, in octets.
const SIZES: [usize; 2] = [8, 4];

/// The longest gap has at least so many octets: a single NUL is one that ends a text.
const LEAST: usize = 2;

/// Fewer gaps are none.
const LEAST_GAPS: usize = 2;

/// What a gap tells, and each octet of it, in bits, of the right size at the right place.
const GAP: (i32, i32) = (6, 2);

/// All that differs is NULs that align what follows, which came or are missing.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let added = |change: &Change| change.expected.is_empty() && is_gap(sides.captured, &change.captured);
    let missing = |change: &Change| change.captured.is_empty() && is_gap(sides.expected, &change.expected);
    let (name, octets, ranges): (_, _, Vec<Range<usize>>) = if sides.changes.iter().all(added) {
        ("padding-added", sides.captured, sides.changes.iter().map(|change| change.captured.clone()).collect())
    } else if sides.changes.iter().all(missing) {
        ("padding-missing", sides.expected, sides.changes.iter().map(|change| change.expected.clone()).collect())
    } else {
        return None;
    };
    let all: usize = ranges.iter().map(Range::len).sum();
    // At the end alone it may be anything.
    let longest = ranges.iter().map(Range::len).max().unwrap_or_default();
    if longest < LEAST || matches!(ranges.as_slice(), [] | [_]) && ranges.first().is_none_or(|only| only.end == octets.len()) {
        return None;
    }
    // One alone is as well a number that has another width, and one behind each octet is text of 32 bits.
    let fills_text = |range: &Range<usize>| {
        let nuls = octets[..range.start].iter().rev().take_while(|octet| **octet == 0).count();
        octets[..range.start - nuls].last_chunk::<2>().is_some_and(|text| text.iter().all(u8::is_ascii_graphic))
    };
    if ranges.len() < LEAST_GAPS && !ranges.iter().all(fills_text) || is_text_of_32_bits(&ranges) {
        return None;
    }
    // Each aligns the field behind it, which is as wide as it is.
    let size_of = |range: &Range<usize>| SIZES.into_iter().rev().find(|size| aligns(octets, range, *size));
    let sizes: Vec<usize> = ranges.iter().map(size_of).collect::<Option<_>>()?;
    let size = sizes.into_iter().max()?;
    let spots: Vec<Spot> = sides.changes.iter().map(|change| Spot::of(&Stretch::exact(change), None)).collect();
    let more = if spots.len() > 1 { format!(", and in {} more", counted(spots.len() - 1, "place")) } else { String::new() };
    let detail = format!("to a multiple of {size}: {}{more}", spots[0]);
    let bits = GAP.0 * ranges.len() as i32 + GAP.1 * all as i32;
    Some(Finding { spots, bits, ..Finding::new(name).fit(Fit::InPlaces).detail(detail) })
}

fn is_text_of_32_bits(ranges: &[Range<usize>]) -> bool {
    ranges.len() > LEAST_GAPS
        && ranges.windows(2).all(|pair| pair[1].start == pair[0].end + 1 || pair[1].start == pair[0].start + 1)
}

/// So few NULs that they only align.
fn is_gap(octets: &[u8], range: &Range<usize>) -> bool {
    (1..SIZES[0]).contains(&range.len()) && octets[range.clone()].iter().all(|octet| *octet == 0)
}

/// Whether a gap ends at a multiple of a size and is no longer than it takes. Among other NULs it may be any of these.
fn aligns(octets: &[u8], range: &Range<usize>, size: usize) -> bool {
    let behind = octets[range.end..].iter().take_while(|octet| **octet == 0).count();
    let before = octets[..range.start].iter().rev().take_while(|octet| **octet == 0).count();
    range.len() < size && (range.end - before..=range.end + behind).any(|end| end.is_multiple_of(size) && end >= range.len())
}
