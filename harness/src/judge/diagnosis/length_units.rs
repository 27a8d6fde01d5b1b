//! Lengths that count octets where they should count words or characters of several, or the other way round.

use super::followers;
use super::layouts;
use super::sides::Sides;
use super::stretch::{Border, Stretch};
use super::walk::Fit;
use super::{Finding, Spot};

/// The octets of a word, or of a character.
const UNITS: [u64; 3] = [2, 4, 8];

/// What it tells that both numbers are right, each in its unit, in bits.
const BOTH: i32 = 16;

/// Fewer octets are so many words by chance.
const LEAST: u64 = 16;

/// How far from the beginning of a message the length of all of it may be, and how much is not counted before what is.
const HEAD: usize = 16;
const HEADERS: [usize; 4] = [0, 2, 4, 8];

/// The one number that differs is such a length.
pub(super) fn find(sides: Sides<'_>) -> Option<Finding> {
    let [change] = sides.changes else { return None };
    if sides.expected.len() != sides.captured.len() {
        return None;
    }
    let places = followers::places(sides).into_iter().filter(|(at, came)| at == came);
    let read = places.flat_map(|(at, _)| layouts::ALL.iter().map(move |layout| (at, layout)));
    let found = read.filter(|(_, layout)| !layout.is_text).find_map(|(at, layout)| {
        let ((was, width), (is, wide)) = ((layout.read)(sides.expected, at)?, (layout.read)(sides.captured, at)?);
        let is_all = width == wide && at <= change.expected.start && change.expected.end <= at + width;
        let (octets, words) = (was.max(is), was.min(is));
        // A length that counts itself too is told as that.
        if octets - words == width as u64 {
            return None;
        }
        let unit = is_all.then(|| unit(sides.expected, (at, at + width), octets, words))??;
        Some((at, width, (was, is), unit))
    });
    let (at, width, (was, is), unit) = found?;
    let ends = (at, at + width);
    let spot = Spot::of(&Stretch { border: Border::Number, changes: (0, 1), expected: ends, captured: ends }, None);
    let (wanted, came) = if is > was { (unit, 1) } else { (1, unit) };
    let of = |size: u64| if size == 1 { "octets".to_owned() } else { format!("units of {size} octets") };
    let detail = format!("{spot}: {is} {} instead of {was} {}", of(came), of(wanted));
    Some(Finding { spots: vec![spot], bits: BOTH, ..Finding::new("length-unit").fit(Fit::InPlaces).detail(detail) })
}

/// The unit in which there are so many of as many octets, up to the end of the message, or of text of 16 bits.
fn unit(octets: &[u8], (start, end): (usize, usize), size: u64, words: u64) -> Option<u64> {
    // One octet is so many of something by chance, unless that begins behind it.
    let headers = if end - start == 1 { &HEADERS[..1] } else { &HEADERS[..] };
    let is_from = |from: usize| (octets.len() as u64).checked_sub(from as u64) == Some(size);
    let is_all = start < HEAD && (is_from(0) || headers.iter().any(|header| is_from(end + header)));
    // RTCP counts one word less.
    let counts =
        |unit: &u64| size.is_multiple_of(*unit) && (size / unit == words || is_all && *unit == 4 && size / unit == words + 1);
    let ends = || usize::try_from(size).ok().and_then(|size| end.checked_add(size));
    let is_text = || ends().and_then(|ends| octets.get(end..ends)).is_some_and(is_wide_text);
    let is_it = |unit: &u64| counts(unit) && (is_all && size >= LEAST || *unit == 2 && is_text());
    UNITS.into_iter().find(is_it)
}

/// Whether every second octet is none of a letter, and the others are.
fn is_wide_text(octets: &[u8]) -> bool {
    let (pairs, rest) = octets.as_chunks::<2>();
    let is_letter = |octet: u8| octet.is_ascii_graphic() || octet == b' ';
    let big = pairs.iter().all(|[high, low]| *high == 0 && is_letter(*low));
    let little = pairs.iter().all(|[low, high]| *high == 0 && is_letter(*low));
    rest.is_empty() && pairs.len() > 2 && (big || little)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::diagnosis::sides::lined_up;

    #[test]
    fn a_number_beyond_all_memory_counts_nothing() {
        assert_eq!(unit(&[0xff; 16], (4, 12), u64::MAX - 1, u64::MAX / 2), None);
    }

    fn found(expected: &[u8], captured: &[u8]) -> Option<String> {
        lined_up(expected, captured, find)?.detail
    }

    #[test]
    fn a_length_may_count_octets_for_words() {
        let rest = [0x5a; 28];
        let (words, octets) = ([&b"\x81\xc9\x00\x07"[..], &rest].concat(), [&b"\x81\xc9\x00\x20"[..], &rest].concat());
        let told = found(&words, &octets).unwrap();
        assert!(told.ends_with("32 octets instead of 7 units of 4 octets"), "{told}");
        assert!(found(&octets, &words).is_some_and(|told| told.ends_with("7 units of 4 octets instead of 32 octets")));
        let text = b"n\0a\0m\0e\0\x07\x07";
        let message = |length: u8| [&[1, 2, length, 0][..], text].concat();
        assert!(found(&message(4), &message(8)).is_some_and(|told| told.ends_with("8 octets instead of 4 units of 2 octets")));
    }

    #[test]
    fn another_number_is_none() {
        let rest = [0x5a; 28];
        let (words, octets) = ([&b"\x81\xc9\x00\x07"[..], &rest].concat(), [&b"\x81\xc9\x00\x21"[..], &rest].concat());
        assert_eq!(found(&words, &octets), None);
        assert_eq!(
            found(
                b"\x01\x02\x04\x00\x11\x12\x13\x14\x15\x16\x17\x18\x07",
                b"\x01\x02\x08\x00\x11\x12\x13\x14\x15\x16\x17\x18\x07"
            ),
            None
        );
    }
}
