//! A checksum that is another one than it should be: of another kind, of other octets, or left at zero.
//!
//! That the octets are a checksum is proved on the side that was expected, and what came by working it out as well.

use std::borrow::Cow;

use super::checksums::{self, Checksum};
use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// The most octets that are summed up.
const MOST: usize = 2048;

/// So many octets at the beginning may not be summed up, and between what is and its sum: a flag, `*` in NMEA, `10=` in FIX.
const AROUND: (usize, [usize; 3]) = (6, [0, 1, 3]);

/// As many may be between a sum and what it is of, which stands behind it.
const BEHIND: [usize; 4] = [0, 1, 2, 4];

/// What an octet of a sum that is worked out on both sides tells, in bits.
const OCTET: i32 = 8;

/// Behind a sum at the end there is no more than a flag or a line end.
const AT_THE_END: usize = 2;

/// Fewer octets have no sum.
const LEAST: usize = 3;

/// Octets that are summed up.
struct Part<'a> {
    octets: Cow<'a, [u8]>,
    /// Where they begin and end.
    ends: (usize, usize),
    /// Whether that is where sums usually are from and to: others are right for two octets by chance.
    is_usual: bool,
    /// Whether the sum itself is among them, as zero.
    is_zeroed: bool,
}

impl Part<'_> {
    /// Whether a sum of that kind is made of such octets. Plain sums of few octets are small numbers, as many others are.
    fn may_have(&self, sum: &Checksum) -> bool {
        let is_plain = sum.name.starts_with("sum of octets") && sum.width > 1 || sum.name.starts_with("Fletcher");
        !is_plain && (!self.is_zeroed || sum.width == 4 || sum.name.contains("RFC 1071"))
    }
}

/// All that differs is one checksum.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let (first, last) = (sides.changes.first()?, sides.changes.last()?);
    let (start, end) = (first.expected.start, last.expected.end);
    if sides.expected.len() > MOST || sides.expected.len() != sides.captured.len() {
        return None;
    }
    let widths = [4, 2, 8, 3].into_iter().filter(|width| *width >= end - start);
    let windows = widths.flat_map(|width| (0..=width - (end - start)).map(move |back| (width, back)));
    windows.into_iter().find_map(|(width, back)| of(sides, start.checked_sub(back)?, width))
}

/// As many octets at an offset, if they are a checksum.
fn of(sides: Sides<'_>, at: usize, width: usize) -> Option<Finding> {
    let (was, is) = (sides.expected.get(at..at + width)?, sides.captured.get(at..at + width)?);
    if was == is || sides.changes.iter().any(|change| change.expected.end > at + width) {
        return None;
    }
    let is_text = was.iter().all(u8::is_ascii_alphanumeric);
    let is_marked = matches!(sides.expected[..at].last(), Some(b'*' | b'='));
    let fits = |sum: &&Checksum| match (is_text, sum.width) {
        // Of one octet anything is the sum of something: there has to be a mark before it.
        (true, 1) => is_marked && (width == 2 || width == 3),
        (true, sum) => sum * 2 == width,
        (false, sum) => sum == width && width > 1,
    };
    let sums: Vec<&Checksum> = checksums::ALL.iter().chain(&checksums::OTHERS).filter(fits).collect();
    let parts = parts(sides.expected, at, width);
    let (sum, part) = parts.iter().filter(|part| part.is_usual || width >= 4 && !is_text).find_map(|part| {
        let is_it = |sum: &&&Checksum| part.may_have(sum) && sum.written(&part.octets).iter().any(|form| form == was);
        Some((*sums.iter().find(is_it)?, part))
    })?;
    // The same sum in another form is said elsewhere.
    let is_same = sum.written(&part.octets).iter().any(|form| form == is);
    if is_same {
        return None;
    }
    let other = || sums.iter().find(|other| other.name != sum.name && other.written(&part.octets).iter().any(|form| form == is));
    let elsewhere = || parts.iter().find(|other| sum.written(&other.octets).iter().any(|form| form == is));
    let is_inverted = || was.iter().zip(is).all(|(was, is)| *was == !is) && !is_text;
    let (name, detail) = if is.iter().all(|octet| *octet == 0 || is_text && *octet == b'0') {
        (
            "checksum-not-filled-in",
            format!("zero instead of the {} of what is at offsets {} to {}", sum.name, part.ends.0, part.ends.1 - 1),
        )
    } else if let Some(other) = other() {
        ("checksum-algorithm", format!("{} instead of {}", other.name, sum.name))
    } else if is_inverted() {
        ("checksum-algorithm", format!("{} with all bits inverted", sum.name))
    } else {
        let ((from, to), (begins, ends)) = (elsewhere()?.ends, part.ends);
        ("checksum-range", format!("{} of what is at offsets {from} to {} instead of {begins} to {}", sum.name, to - 1, ends - 1))
    };
    let stretch = Stretch {
        border: Border::Field,
        changes: (0, sides.changes.len()),
        expected: (at, at + width),
        captured: (at, at + width),
    };
    let spot = Spot::of(&stretch, Some(format!("a checksum, {}", sum.name)));
    let detail = format!("{spot}: {detail}");
    Some(Finding { spots: vec![spot], bits: OCTET * (width as i32 + 1), ..Finding::new(name).fit(Fit::InPlaces).detail(detail) })
}

/// What a sum at an offset may be of: what is before it, from the beginning or from where a length says; what is behind it; and all,
/// with the sum as zero.
fn parts(octets: &[u8], at: usize, width: usize) -> Vec<Part<'_>> {
    let all = octets.len();
    let is_last = all - at - width <= AT_THE_END;
    let of = |(start, end): (usize, usize), is_usual: bool| {
        let octets = Cow::Borrowed(octets.get(start..end)?);
        Some(Part { octets, ends: (start, end), is_usual, is_zeroed: false })
    };
    let ends = AROUND.1.into_iter().filter_map(|mark| at.checked_sub(mark));
    let before = ends.flat_map(|end| (0..AROUND.0).map(move |start| (start, end)));
    let before = before.map(|part| (part, part.0 < 2 && is_last));
    let counted = counted(octets, at).into_iter().map(|start| ((start, at), true));
    let behind = BEHIND.into_iter().flat_map(|mark| BEHIND.map(|left| (at + width + mark, all.saturating_sub(left))));
    let behind = behind.map(|part| (part, part == (at + width, all)));
    let plain = before.chain(counted).chain(behind).filter(|((start, end), _)| start + LEAST <= *end);
    let zeroed = (0..AROUND.0.min(at)).map(|start| {
        let mut part = octets[start..].to_vec();
        part[at - start..at - start + width].fill(0);
        Part { octets: Cow::Owned(part), ends: (start, all), is_usual: start == 0, is_zeroed: true }
    });
    plain.filter_map(|(part, is_usual)| of(part, is_usual)).chain(zeroed).collect()
}

/// The most places where a length says that what it counts ends at an offset.
const MOST_COUNTED: usize = 8;

/// Where what ends at an offset may begin: behind a length of it, which may count a name of four octets in or not.
fn counted(octets: &[u8], at: usize) -> Vec<usize> {
    let says = |start: usize| {
        let read = |width: usize| {
            let octets = octets.get(start.checked_sub(width)?..start)?;
            let push = |number: u64, octet: &u8| number << 8 | u64::from(*octet);
            Some([octets.iter().fold(0, push), octets.iter().rev().fold(0, push)])
        };
        let size = (at - start) as u64;
        [1, 2, 4].into_iter().filter_map(read).flatten().any(|number| number == size || number + 4 == size)
    };
    (1..at).rev().filter(|start| says(*start)).take(MOST_COUNTED).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    fn found(expected: &[u8], captured: &[u8]) -> Option<(&'static str, String)> {
        let found = lined_up(expected, captured, find)?;
        Some((found.name, found.detail.unwrap_or_default()))
    }

    fn sum(name: &str, octets: &[u8]) -> Vec<u8> {
        let sum = checksums::ALL.iter().chain(&checksums::OTHERS).find(|sum| sum.name == name).unwrap();
        (sum.sum)(octets).to_be_bytes()[4 - sum.width..].to_vec()
    }

    #[test]
    fn a_checksum_is_of_another_kind() {
        let body = b"\x02\x00\x01record one";
        let message = |name: &str| [&b"HDR1"[..], &sum(name, body), body].concat();
        let told = "offset 4, 4 octets (looks like a checksum, CRC-32C): CRC-32 instead of CRC-32C";
        assert_eq!(found(&message("CRC-32C"), &message("CRC-32")), Some(("checksum-algorithm", told.into())));
    }

    #[test]
    fn a_checksum_is_of_other_octets() {
        let head = b"\x11\x03\x00\x6b\x00\x03data";
        let message = |from: usize| [&head[..], &sum("CRC-16/MODBUS", &head[from..])].concat();
        assert_eq!(found(&message(0), &message(1)).map(|told| told.0), Some("checksum-range"));
    }

    #[test]
    fn a_checksum_is_not_filled_in() {
        let head = b"\x11\x03\x00\x6b\x00\x03data";
        let (right, zero) = ([&head[..], &sum("CRC-16/MODBUS", head)].concat(), [&head[..], &[0, 0]].concat());
        assert_eq!(found(&right, &zero).map(|told| told.0), Some("checksum-not-filled-in"));
    }

    #[test]
    fn what_is_no_checksum_is_none() {
        assert_eq!(found(b"\x11\x03\x00\x6b\x00\x03data\x76\x87", b"\x11\x03\x00\x6b\x00\x03data\x00\x00"), None);
        let head = b"\x11\x03\x00\x6b\x00\x03data";
        let right = [&head[..], &sum("CRC-16/MODBUS", head)].concat();
        assert_eq!(found(&right, &[&head[..], &[0x12, 0x34]].concat()), None);
    }
}
